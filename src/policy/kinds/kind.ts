// What every kind of object says of itself.

import type { z } from 'zod';
import type { Kind } from './names.ts';

/** A field that names another object. */
export interface Reference {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly kind: Kind;
  readonly name: string;
}

export interface KindHome<Document> {
  /** In a sentence: `VNI "web"`. */
  readonly noun: string;
  readonly plural: string;
  readonly references: (document: Document) => readonly Reference[];
  /** Every address in its canonical text; lists keep their order, so JSON pointers into the document stay true. */
  readonly spell: (document: Document) => Document;
  /** Lists are sets: in order, without repeats. */
  readonly sort: (document: Document) => Document;
}

/** What REST, files and the OpenAPI document hold a document to. */
export interface HasSchema<Schema> {
  readonly schema: Schema;
}

type HomeText<Document> = Omit<KindHome<Document>, 'spell' | 'sort'> & Partial<KindHome<Document>>;

/** A kind without addresses has nothing to spell, one without lists nothing to sort. */
export function kindHome<Schema extends z.ZodType>(
  text: HomeText<z.infer<Schema>> & HasSchema<Schema>,
): KindHome<z.infer<Schema>> & HasSchema<Schema> {
  return { spell: document => document, sort: document => document, ...text };
}
