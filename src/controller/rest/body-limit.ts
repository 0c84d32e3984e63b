// How long a body may be: as long as the largest document that its schema takes, and not much longer.

import { z } from 'zod';

/** JSON Schema, as far as zod writes it for our documents. */
interface Shape {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Shape>>;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Shape[];
  readonly maxLength?: number;
  readonly items?: Shape;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly propertyNames?: Shape;
  readonly additionalProperties?: Shape | false;
  readonly maxProperties?: number;
}

/** For indentation, escapes in free text, and a `status` that is sent back. */
const slack = 2;
const least = 64 * 1024;

/** In bytes. @throws TypeError when a part of the schema has no bound */
export function bodyLimit(schema: z.ZodType): number {
  const shape = z.toJSONSchema(schema, { io: 'input' }) as Shape;
  return Math.max(least, slack * longest(shape, shape.$defs ?? {}, ''));
}

/** Bytes of the longest JSON text of the shape, without white space. */
function longest(shape: Shape, named: Readonly<Record<string, Shape>>, where: string): number {
  const name = shape.$ref?.replace('#/$defs/', '');
  if (name !== undefined) return longest(named[name] ?? {}, named, where);
  const literals = shape.enum ?? (shape.const === undefined ? undefined : [shape.const]);
  if (literals) return Math.max(...literals.map(literal => JSON.stringify(literal).length));
  if (shape.oneOf) return Math.max(...shape.oneOf.map(variant => longest(variant, named, where)));
  switch (shape.type) {
    case 'string':
      return bounded(shape.maxLength, where) + '""'.length;
    case 'array':
      return (
        bounded(shape.maxItems, where) * (longest(shape.items ?? {}, named, `${where}/*`) + ','.length) + '[]'.length
      );
    case 'object': {
      const { propertyNames, additionalProperties, properties = {} } = shape;
      if (propertyNames && additionalProperties) {
        const [key, value] = [propertyNames, additionalProperties].map(part => longest(part, named, `${where}/*`));
        return bounded(shape.maxProperties, where) * ((key ?? 0) + (value ?? 0) + ':,'.length) + '{}'.length;
      }
      return Object.entries(properties).reduce(
        (sum, [key, value]) => sum + `"${key}":,`.length + longest(value, named, `${where}/${key}`),
        '{}'.length,
      );
    }
    case undefined:
      // What takes anything is not looked at, and need not be sent.
      return 0;
    default:
      // A number in its longest form, true or false, null.
      return 24;
  }
}

function bounded(bound: number | undefined, where: string): number {
  if (bound === undefined) throw new TypeError(`${where}: the schema sets no bound`);
  return bound;
}
