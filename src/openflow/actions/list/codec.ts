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

/** A form, and the header it is written with; `vendor` is 0 where it is none's. All have one shape: this is the hot path. */
interface KnownForm {
  readonly form: AnyForm;
  readonly mark: WireForm | undefined;
  readonly fits: ((action: Action) => boolean) | undefined;
  readonly type: number;
  readonly vendor: number;
  readonly subtype: number;
}

/** What one version has of a kind. */
interface Known {
  readonly lower: AnyDefinition['lower'] | undefined;
  readonly forms: readonly KnownForm[];
}

/** What stands where in one version. */
interface Index {
  readonly byKind: Map<Action['kind'], Known>;
  readonly byType: Map<number, KnownForm>;
  readonly byVendor: Map<number, Map<number, KnownForm>>;
}

function isIn({ since = 0, until = highestVersion }: ActionPlace, version: number): boolean {
  return version >= since && version <= until;
}

function knownForm(form: AnyForm): KnownForm {
  const { place, form: mark, fits } = form;
  const head =
    'type' in place
      ? { type: place.type, vendor: 0, subtype: 0 }
      : { type: experimenterType, vendor: place.vendor, subtype: place.subtype };
  return { form, mark, fits, ...head };
}

function indexOf(version: number): Index {
  const index: Index = { byKind: new Map(), byType: new Map(), byVendor: new Map() };
  for (const definition of actionDefinitions as readonly AnyDefinition[]) {
    const forms = definition.forms.filter(({ place }) => isIn(place, version)).map(knownForm);
    index.byKind.set(definition.kind, { lower: definition.lower, forms });
    for (const known of forms) {
      if (known.vendor === 0) {
        index.byType.set(known.type, known);
        continue;
      }
      const subtypes = index.byVendor.get(known.vendor) ?? new Map<number, KnownForm>();
      index.byVendor.set(known.vendor, subtypes.set(known.subtype, known));
    }
  }
  return index;
}

/** By version. */
const indexes: readonly (Index | undefined)[] = Array.from({ length: highestVersion + 1 }, (_, version) =>
  (Object.values(versions) as readonly number[]).includes(version) ? indexOf(version) : undefined,
);

/** The form to write an action in; undefined when the version has none. */
function formOf(action: Action, forms: readonly KnownForm[]): KnownForm | undefined {
  const { form: mark } = action as { readonly form?: WireForm };
  for (const known of forms) {
    if (mark === undefined ? known.fits === undefined || known.fits(action) : known.mark === mark) return known;
  }
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
  const known = indexes[writer.version]?.byKind.get(action.kind);
  const lowered = known?.lower?.(action, writer.version);
  if (lowered) {
    encodeActions(writer, lowered);
    return;
  }
  const chosen = known && formOf(action, known.forms);
  if (!chosen) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', `version ${writer.version} of OpenFlow cannot say ${action.kind}`);
  }
  const start = writer.length;
  writer.u16(chosen.type);
  writer.u16(0);
  if (chosen.vendor !== 0) {
    writer.u32(chosen.vendor);
    writer.u16(chosen.subtype);
  }
  chosen.form.encode(action, writer, lists[0] as ActionListCodec);
  writer.align(start, 8);
  writer.patchLength(start + 2, start, action.kind);
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
  const index = indexes[reader.version];
  if (!index) return undefined;
  const type = reader.u16();
  reader.skip(2);
  let read: KnownForm | undefined;
  if (type !== experimenterType) read = index.byType.get(type);
  else if (reader.remaining >= 6) read = index.byVendor.get(reader.u32())?.get(reader.u16());
  const action = read?.form.decode(reader, nested);
  // What is left over would be lost: then the action is kept raw as a whole.
  if (!read || !action || reader.remaining > 0) return undefined;
  const known = index.byKind.get(action.kind);
  if (!known || known.lower?.(action, reader.version)) return undefined;
  if (formOf(action, known.forms) === read) return action;
  // Written in another form than it came in: marked if the form has a mark, else kept raw.
  return read.mark === undefined ? undefined : ({ ...action, form: read.mark } as Action);
}
