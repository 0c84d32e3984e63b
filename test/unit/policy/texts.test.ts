// Every text of every kind of document: what the state database cannot hold is refused, at its place.

import t from 'tap';
import { z } from 'zod';
import { bodySchemas } from '../../../src/controller/rest/bodies.ts';
import { detailsOf } from '../../../src/controller/rest/validation.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';

const bad = ['\0', 'a\0b', '\udc00x', 'x\ud800', '\ud800\ud800'];

/** A value with `text` at one place, and that place. */
interface Probe {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** One probe for each place in the schema where a text may stand; the rest of the value need not be right. */
function probes(schema: z.core.$ZodType, text: string): readonly Probe[] {
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral)
    return [{ path: [], value: text }];
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return probes(schema.unwrap(), text);
  if (schema instanceof z.ZodPipe) return probes(schema.in, text);
  if (schema instanceof z.ZodArray)
    return probes(schema.element, text).map(({ path, value }) => ({ path: [0, ...path], value: [value] }));
  if (schema instanceof z.ZodRecord)
    return probes(schema.valueType, text).map(({ path, value }) => ({ path: ['k', ...path], value: { k: value } }));
  // Also what is chosen by a literal: each choice is an object.
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(option => probes(option, text));
  if (schema instanceof z.ZodObject) {
    const literals = Object.fromEntries(
      Object.entries<z.core.$ZodType>(schema.shape).flatMap(([name, field]) =>
        field instanceof z.ZodLiteral ? [[name, field.value]] : [],
      ),
    );
    return Object.entries<z.core.$ZodType>(schema.shape)
      .filter(([name]) => name !== 'status')
      .flatMap(([name, field]) =>
        probes(field, text).map(({ path, value }) => ({
          path: [name, ...path],
          value: { ...literals, [name]: value },
        })),
      );
  }
  if (schema instanceof z.ZodNumber || schema instanceof z.ZodBoolean) return [];
  throw new Error(`the test does not know ${schema.constructor.name}`);
}

t.test('every text of every kind', async t => {
  for (const kind of kinds) {
    const places = probes(bodySchemas[kind], 'x').map(({ path }) => path.join('/'));
    t.ok(places.includes('name'), `${kind}: ${new Set(places).size} places`);
    for (const text of bad) {
      for (const { path, value } of probes(bodySchemas[kind], text)) {
        const pointer = `/${path.join('/')}`;
        const found = bodySchemas[kind].safeParse(value).error?.issues.flatMap(detailsOf) ?? [];
        t.ok(
          found.some(detail => detail.pointer === pointer),
          `${kind} ${pointer} ${JSON.stringify(text)}`,
        );
      }
    }
  }
});
