// learn(...) (OVS lib/learn.c, learn_format()).

import { actionBits } from '../codec/oxm.ts';
import type { LearnAction, LearnSpec } from '../flow/action.ts';
import { fieldOf } from '../flow/fields.ts';
import { defaultPriority } from '../flow/flow.ts';
import { formatSubfield } from './format-subfield.ts';
import { formatFieldValue, hex } from './format-value.ts';
import { type FormatOptions, formatTable } from './names.ts';

const flag = { sendFlowRemoved: 1, deleteLearned: 2 };

function formatSpec(spec: LearnSpec, options: FormatOptions): string {
  if (spec.kind === 'output') return `output:${formatSubfield(spec.from)}`;
  const { to } = spec;
  const target = formatSubfield(to);
  if (spec.kind === 'load') return `load:${'value' in spec ? hex(spec.value) : formatSubfield(spec.from)}->${target}`;
  if (!('value' in spec)) {
    const same = spec.from.field === to.field && spec.from.offset === to.offset;
    return same ? target : `${target}=${formatSubfield(spec.from)}`;
  }
  const field = fieldOf(to.field);
  if (to.offset !== 0 || to.bits !== actionBits(field)) return `${target}=${hex(spec.value)}`;
  const value = field.bytes <= 4 ? Number(spec.value) : spec.value;
  return `${field.setName ?? field.name}=${formatFieldValue(field, value, undefined, options)}`;
}

export function formatLearn(action: LearnAction, options: FormatOptions): string {
  const { idleTimeout, hardTimeout, finIdleTimeout, finHardTimeout, priority = defaultPriority } = action;
  const { flags = 0, cookie, limit, result } = action;
  const parts = [
    `table=${formatTable(action.table, options)}`,
    ...(idleTimeout ? [`idle_timeout=${idleTimeout}`] : []),
    ...(hardTimeout ? [`hard_timeout=${hardTimeout}`] : []),
    ...(finIdleTimeout ? [`fin_idle_timeout=${finIdleTimeout}`] : []),
    ...(finHardTimeout ? [`fin_hard_timeout=${finHardTimeout}`] : []),
    ...(priority === defaultPriority ? [] : [`priority=${priority}`]),
    ...(flags & flag.sendFlowRemoved ? ['send_flow_rem'] : []),
    ...(flags & flag.deleteLearned ? ['delete_learned'] : []),
    ...(cookie ? [`cookie=${hex(cookie)}`] : []),
    ...(limit ? [`limit=${limit}`] : []),
    ...(result ? [`result_dst=${formatSubfield(result)}`] : []),
    ...action.specs.map(spec => formatSpec(spec, options)),
  ];
  return `learn(${parts.join(',')})`;
}
