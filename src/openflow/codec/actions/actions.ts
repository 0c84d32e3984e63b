// The table of actions, and lists of them. To add an action: a variant of Action, a form, a row here.

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../../errors.ts';
import type { Action, WireForm } from '../../flow/action.ts';
import type { Reader } from '../../wire/reader.ts';
import { highestVersion, versions } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import type { ActionForm, ActionKind, ActionListCodec, ActionOf, ActionPlace } from './action-codec.ts';
import * as balance from './balance.ts';
import { controller } from './controller.ts';
import * as tracking from './ct.ts';
import * as tunnels from './encap.ts';
import * as onFields from './fields.ts';
import * as headers from './headers.ts';
import { learn } from './learn.ts';
import { lower } from './lower.ts';
import * as misc from './misc.ts';
import * as out from './output.ts';

/** Forms in the order in which `encode` tries them. `enqueue` has none: it is always said in other actions. */
const forms: { readonly [K in Exclude<ActionKind, 'enqueue'>]: readonly ActionForm<ActionOf<K>>[] } = {
  output: [out.output],
  output_reg: out.outputReg,
  output_trunc: [out.outputTrunc],
  group: [out.group],
  controller,
  set_queue: [out.setQueue],
  pop_queue: [out.popQueue],
  meter: [out.meter],
  resubmit: out.resubmit,
  push_vlan: [headers.pushVlan],
  pop_vlan: [headers.popVlan],
  push_mpls: [headers.pushMpls],
  pop_mpls: [headers.popMpls],
  push_pbb: [headers.pushPbb],
  pop_pbb: [headers.popPbb],
  dec_ttl: headers.decTtl,
  set_ttl: [headers.setTtl],
  set_mpls_ttl: [headers.setMplsTtl],
  dec_mpls_ttl: [headers.decMplsTtl],
  dec_nsh_ttl: [headers.decNshTtl],
  copy_ttl_out: [headers.copyTtlOut],
  copy_ttl_in: [headers.copyTtlIn],
  encap: [tunnels.encap],
  decap: [tunnels.decap],
  set_field: onFields.setField,
  load: [onFields.load],
  move: onFields.move,
  push: [onFields.push],
  pop: [onFields.pop],
  delete_field: [onFields.deleteField],
  check_pkt_larger: [onFields.checkPktLarger],
  set_tunnel: onFields.setTunnel,
  set_legacy: onFields.setLegacy,
  ct: [tracking.ct],
  nat: [tracking.nat],
  ct_clear: [tracking.ctClear],
  learn,
  conjunction: [misc.conjunction],
  multipath: [balance.multipath],
  bundle: balance.bundle,
  note: [misc.note],
  exit: [misc.exit],
  fin_timeout: [misc.finTimeout],
  nx_write_metadata: [misc.writeMetadata],
  sample: misc.sample,
  clone: [misc.clone],
  debug_recirc: [misc.debugRecirc],
  debug_slow: [misc.debugSlow],
};

type AnyForm = ActionForm<Action>;

const experimenterType = 0xffff;

/** What stands where in one version. */
interface Index {
  readonly byKind: Map<Action['kind'], readonly AnyForm[]>;
  readonly byType: Map<number, AnyForm>;
  readonly byVendor: Map<number, Map<number, AnyForm>>;
}

function isIn({ since = 0, until = highestVersion }: ActionPlace, version: number): boolean {
  return version >= since && version <= until;
}

function indexOf(version: number): Index {
  const index: Index = { byKind: new Map(), byType: new Map(), byVendor: new Map() };
  for (const [kind, all] of Object.entries(forms)) {
    const known = (all as readonly AnyForm[]).filter(form => isIn(form.place, version));
    index.byKind.set(kind as ActionKind, known);
    for (const form of known) {
      const { place } = form;
      if ('type' in place) {
        index.byType.set(place.type, form);
        continue;
      }
      const subtypes = index.byVendor.get(place.vendor) ?? new Map<number, AnyForm>();
      index.byVendor.set(place.vendor, subtypes.set(place.subtype, form));
    }
  }
  return index;
}

const indexes = new Map<number, Index>(Object.values(versions).map(version => [version, indexOf(version)]));

/** The form to write an action in; undefined when the version has none. */
function formOf(action: Action, version: number): AnyForm | undefined {
  const known = indexes.get(version)?.byKind.get(action.kind);
  if (!known) return undefined;
  const mark = 'form' in action ? action.form : undefined;
  for (const form of known) if (mark === undefined ? (form.fits?.(action) ?? true) : form.form === mark) return form;
  if (mark === undefined) return undefined;
  const { form: _elsewhere, ...unmarked } = action as Action & { readonly form?: WireForm };
  return formOf(unmarked as Action, version);
}

/** Actions inside actions deeper than this are kept raw: OVS nests two deep, and malice must not exhaust the stack. */
const deepest = 8;

const lists: readonly ActionListCodec[] = Array.from({ length: deepest + 1 }, (_, depth) => ({
  encode: encodeActions,
  decode: (reader: Reader) => decodeList(reader, depth),
}));

/** Writes actions in the writer's version. @throws OpenFlowEncodeError for one that the version does not have */
export function encodeActions(writer: Writer, actions: readonly Action[]): void {
  for (const action of actions) encodeAction(writer, action);
}

function encodeAction(writer: Writer, action: Action): void {
  if (action.kind === 'unknown_action') {
    writer.raw(action.bytes);
    return;
  }
  const lowered = lower(action, writer.version);
  if (lowered) {
    encodeActions(writer, lowered);
    return;
  }
  const form = formOf(action, writer.version);
  if (!form) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', `version ${writer.version} of OpenFlow cannot say ${action.kind}`);
  }
  const start = writer.length;
  const { place } = form;
  if ('type' in place) {
    writer.u16(place.type);
    writer.u16(0);
  } else {
    writer.u16(experimenterType);
    writer.u16(0);
    writer.u32(place.vendor);
    writer.u16(place.subtype);
  }
  form.encode(action, writer, lists[0] as ActionListCodec);
  writer.align(start, 8);
  writer.patchLength(start + 2, start, `action ${action.kind}`);
}

/** Reads actions to the end of the reader. */
export function decodeActions(reader: Reader): readonly Action[] {
  return decodeList(reader, 0);
}

function decodeList(reader: Reader, depth: number): readonly Action[] {
  const actions: Action[] = [];
  while (reader.remaining > 0) actions.push(decodeAction(reader, lists[depth + 1]));
  return actions;
}

function decodeAction(reader: Reader, nested: ActionListCodec | undefined): Action {
  const length = reader.peekU16(2);
  if (length < 8 || length % 8 !== 0) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `action of ${length} bytes`);
  const whole = reader.sub(length);
  const start = whole.offset;
  const known = nested && decodeKnown(whole, nested);
  return known ?? { kind: 'unknown_action', bytes: whole.bytes.slice(start, whole.end) };
}

function decodeKnown(reader: Reader, nested: ActionListCodec): Action | undefined {
  const index = indexes.get(reader.version);
  if (!index) return undefined;
  const type = reader.u16();
  reader.skip(2);
  let form: AnyForm | undefined;
  if (type !== experimenterType) form = index.byType.get(type);
  else if (reader.remaining >= 6) form = index.byVendor.get(reader.u32())?.get(reader.u16());
  const action = form?.decode(reader, nested);
  // What is left over would be lost: then the action is kept raw as a whole.
  if (!form || !action || reader.remaining > 0) return undefined;
  if (lower(action, reader.version)) return undefined;
  if (formOf(action, reader.version) === form) return action;
  // Written in another form than it came in: marked if the form has a mark, else kept raw.
  return form.form === undefined ? undefined : ({ ...action, form: form.form } as Action);
}
