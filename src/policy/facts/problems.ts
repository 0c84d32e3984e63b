// What is wrong with documents, what refers to what, and what there is to say of documents that are in order.

import { table } from '../engine/table.ts';
import type { Kind } from '../kinds/names.ts';
import { objectKey } from './base.ts';

/** What nodes offer, of which one has nothing: whoever shows the problem lists what there is. */
export interface Lack {
  readonly what: 'vtep' | 'physical-port' | 'representor';
  readonly name: string;
  /** The one node that the attachment is for. */
  readonly pin?: string;
}

interface ObjectName {
  readonly kind: Kind;
  readonly name: string;
}

/** An object, and where in it something is. */
interface Place extends ObjectName {
  /** JSON pointer (RFC 6901) into the object. */
  readonly pointer: string;
}

/** Why an object cannot be what it says, as people are told. */
export interface Problem extends Place {
  readonly detail: string;
  /** `missing`: it refers to what does not exist; `conflict`: two objects want the same; `invalid`: it contradicts itself or the node. */
  readonly why: 'missing' | 'conflict' | 'invalid';
  /** Of a conflict: who has it, where in that object it is, and what to say to it if it were the one to be refused. */
  readonly holder?: Place & { readonly detail: string };
}

/** As units find it. Which problem it is does not depend on how it is said, nor on whom it names. */
export interface ProblemFact extends Problem {
  /** Of several at one pointer, which: what is claimed, or a word. */
  readonly about: string;
  readonly lack?: Lack;
  /** It is this switch's doing, and no document's. */
  readonly isOfSwitch?: true;
}

export const problems = table({
  name: 'problems',
  key: ({ kind, name, pointer, why, about }: ProblemFact) => `${objectKey(kind, name)} ${pointer} ${why} ${about}`,
  indexes: {
    object: ({ kind, name }) => [objectKey(kind, name)],
    holder: ({ holder }) => (holder ? [objectKey(holder.kind, holder.name)] : []),
  },
});

/** Documents with a problem: they have no rows, nor has what refers to them. */
export const faulty = table({ name: 'faulty', key: ({ kind, name }: ObjectName) => objectKey(kind, name) });

/** Documents, whatever they say. */
export const existing = table({ name: 'existing', key: ({ kind, name }: ObjectName) => objectKey(kind, name) });

/** A field of a document that names another. */
export interface ReferenceFact {
  readonly from: Place;
  readonly to: ObjectName;
}

export const references = table({
  name: 'references',
  key: ({ from: { kind, name, pointer } }: ReferenceFact) => `${objectKey(kind, name)} ${pointer}`,
  indexes: { to: ({ to: { kind, name } }) => [objectKey(kind, name)] },
});

/** A document that is in order, and yet will not do what it says. */
export interface Warning extends Place {
  readonly detail: string;
}

export const warnings = table({
  name: 'warnings',
  key: ({ kind, name, pointer }: Warning) => `${objectKey(kind, name)} ${pointer}`,
});
