// Lists of actions in bytes (OpenFlow 1.5.1 section 7.2.6).

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../../errors.ts';
import type { Reader } from '../../wire/reader.ts';
import { highestVersion, versions } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { type Action, actionDefinitions } from '../all.ts';
import type { ActionDefinition } from '../shared/action-definition.ts';
import type { ActionForm, ActionListCodec, ActionPlace, WireForm } from '../shared/action-form.ts';

type AnyForm = ActionForm<Action>;
type AnyDefinition = ActionDefinition<Action>;

const experimenterType = 0xffff;

/** What one version has of a kind. */
interface Known {
  readonly definition: AnyDefinition;
  readonly forms: readonly AnyForm[];
}

/** What stands where in one version. */
interface Index {
  readonly byKind: Map<Action['kind'], Known>;
  readonly byType: Map<number, AnyForm>;
  readonly byVendor: Map<number, Map<number, AnyForm>>;
}

function isIn({ since = 0, until = highestVersion }: ActionPlace, version: number): boolean {
  return version >= since && version <= until;
}

function indexOf(version: number): Index {
  const index: Index = { byKind: new Map(), byType: new Map(), byVendor: new Map() };
  for (const definition of actionDefinitions as readonly AnyDefinition[]) {
    const forms = definition.forms.filter(form => isIn(form.place, version));
    index.byKind.set(definition.kind, { definition, forms });
    for (const form of forms) {
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
function formOf(action: Action, forms: readonly AnyForm[]): AnyForm | undefined {
  const mark = 'form' in action ? action.form : undefined;
  for (const form of forms) if (mark === undefined ? (form.fits?.(action) ?? true) : form.form === mark) return form;
  if (mark === undefined) return undefined;
  const { form: _elsewhere, ...unmarked } = action as Action & { readonly form?: WireForm };
  return formOf(unmarked as Action, forms);
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
  const known = indexes.get(writer.version)?.byKind.get(action.kind);
  const lowered = known?.definition.lower?.(action, writer.version);
  if (lowered) {
    encodeActions(writer, lowered);
    return;
  }
  const form = known && formOf(action, known.forms);
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
  const known = index.byKind.get(action.kind);
  if (!known || known.definition.lower?.(action, reader.version)) return undefined;
  if (formOf(action, known.forms) === form) return action;
  // Written in another form than it came in: marked if the form has a mark, else kept raw.
  return form.form === undefined ? undefined : ({ ...action, form: form.form } as Action);
}
