// Fields that documents of several kinds have.

import { z } from 'zod';
import { parseIp, parseMac, parsePrefix } from '../../lib/address.ts';
import { whyUnstorable } from '../../lib/text.ts';
import { newConnectionPolicies } from '../nat/new-connection-policy.ts';

function parses(parse: (text: string) => unknown): (text: string, context: z.RefinementCtx<string>) => void {
  return (text, context) => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** Names appear in URLs, logs and OVSDB rows: letters, digits, `-`, `_`, `.`; 1 to 63 characters. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/,
    'a name is 1 to 63 letters, digits, "-", "_" or ".", and starts with a letter or digit',
  )
  .meta({ maxLength: 63 });

/** Of TCP or UDP. */
export const portNumberSchema = z.int().min(1).max(65535);

/** Free text. What has a form of its own, as names and addresses have, cannot hold what the database does not take. */
export const textSchema = z.string().superRefine((text, context) => {
  const why = whyUnstorable(text);
  if (why !== undefined) context.addIssue({ code: 'custom', message: why });
});

// What the parsers hold people to, in words of JSON Schema: for whoever reads the OpenAPI document.
export const ipSchema = z
  .string()
  .superRefine(parses(parseIp))
  .meta({ anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }], maxLength: 45, examples: ['198.51.100.254'] });
export const prefixSchema = z
  .string()
  .superRefine(parses(parsePrefix))
  .meta({ pattern: '^[0-9a-fA-F:.]{2,45}/[0-9]{1,3}$', maxLength: 49, examples: ['10.0.0.0/8'] });
export const macSchema = z
  .string()
  .superRefine(parses(parseMac))
  .meta({ pattern: '^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$', maxLength: 17, examples: ['02:00:00:00:00:01'] });

/** What becomes of connections that begin inside. */
export const newConnectionsSchema = z.enum(newConnectionPolicies);
