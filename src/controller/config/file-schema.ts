// The configuration file as people write it. Whether its parts fit together is for cross-check.ts.

import { z } from 'zod';
import { parseMac, parsePrefix } from '../../lib/address.ts';
import { parseActiveEndpoint } from '../../lib/endpoint.ts';
import { whyUnstorable } from '../../lib/text.ts';
import { parseListen } from './listen.ts';

const ovsdbPort = 6640;

/** A string that `parse` understands; what it throws becomes the message. */
function parsed<T>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** Bit 0 of the first octet marks a group (IEEE 802): no device can have such an address. */
function parseUnicastMac(text: string): bigint {
  const mac = parseMac(text);
  if (mac === 0n || (mac >> 40n) & 1n) throw new Error(`"${text}" is not a unicast MAC address`);
  return mac;
}

function checkStorable(text: string, context: z.RefinementCtx<string>): void {
  const why = whyUnstorable(text);
  if (why !== undefined) context.addIssue({ code: 'custom', message: why });
}

/** A name in OVSDB; ranges in brackets are for representors only. */
const portName = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/,
    'expected 1 to 63 letters, digits, "-", "_" or ".", beginning with a letter or digit',
  );

const namePattern = z
  .string()
  .regex(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]|\[[0-9,-]+\])*$/,
    'expected a port name, in which ranges such as [0-7] or [0,2-3] stand for a port each',
  );

const text = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected a string, a number, true or false' })
  .transform(String)
  .superRefine(checkStorable);
const texts = z
  .record(z.string().min(1).superRefine(checkStorable), text)
  .transform(record => new Map(Object.entries(record)));

/** As in a URL, without a port (RFC 3986 section 3.2.2; an IPv6 address in brackets). */
const hostName = z
  .string()
  .regex(
    /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,252})|\[[0-9a-fA-F:.]+\])$/,
    'expected a host name or an address as it stands in a URL, without a port',
  )
  .transform(name => name.toLowerCase());

const path = z.string().min(1, 'expected a path');
const absolutePath = path.regex(/^\//, 'expected an absolute path');

const bridgeSchema = z.strictObject({
  name: portName.optional(),
  mac: parsed(parseUnicastMac).optional(),
});

const portFields = {
  type: z.enum(['auto', 'system', 'dpdk', 'doca']).default('auto'),
  options: texts.prefault({}),
  mtu: z.int().min(68).max(9978).optional(),
  rxQueues: z.int().min(1).max(64).optional(),
};

export const physicalPortSchema = z.strictObject({
  name: portName,
  ...portFields,
  checkTagType: z.boolean().default(false),
});
export const representorSchema = z.strictObject({ name: namePattern, ...portFields });

export const vtepSchema = z.strictObject({
  name: portName,
  address: parsed(parsePrefix),
  port: portName,
  infraVlan: z.int().min(1).max(4094).optional(),
  device: portName.optional(),
});

export const fileSchema = z.strictObject({
  node: z.strictObject({ name: portName.optional() }).prefault({}),
  ovs: z
    .strictObject({
      database: parsed(value => parseActiveEndpoint(value, ovsdbPort)).prefault('unix:/run/openvswitch/db.sock'),
      runDir: absolutePath.default('/run/openvswitch'),
      control: absolutePath.optional(),
      networkNamespace: portName.optional(),
      maxBehind: z.int().min(1).max(3600).default(10),
      settings: texts.prefault({}),
    })
    .prefault({}),
  datapath: z.strictObject({
    type: z.enum(['doca', 'netdev', 'system']),
    fallback: z.enum(['netdev', 'system']).optional(),
  }),
  bridges: z.strictObject({ physical: bridgeSchema.prefault({}), integration: bridgeSchema.prefault({}) }).prefault({}),
  physicalPorts: z.array(physicalPortSchema).min(1, 'expected at least one physical port').max(64),
  representors: z.array(representorSchema).max(4096).default([]),
  vteps: z.array(vtepSchema).max(64).default([]),
  assignAddresses: z.boolean().default(true),
  state: z
    .strictObject({
      directory: absolutePath.default('/var/lib/pointsman'),
      runDir: absolutePath.default('/run/pointsman'),
      remotes: z
        .array(parsed(value => parseActiveEndpoint(value, ovsdbPort)))
        .min(1, 'expected at least one member of the cluster')
        .max(16)
        .optional(),
      tls: z.strictObject({ key: path, cert: path, ca: path, verifyName: z.boolean().default(false) }).optional(),
      lease: z.int().min(5).max(86_400).default(60),
      fencing: z.boolean().default(false),
      rest: z.int().min(1).max(86_400).default(600),
      portRest: z.int().min(0).max(86_400).default(120),
      adopt: z.enum(['wait', 'discard']).default('wait'),
    })
    .prefault({}),
  rest: z
    .strictObject({
      listen: parsed(parseListen).optional(),
      tokens: z.array(z.string().min(16, 'expected at least 16 characters')).optional(),
      tokenFile: path.optional(),
      tls: z.strictObject({ key: path, cert: path, clientCa: path.optional() }).optional(),
      hostNames: z.array(hostName).max(64).optional(),
      allowUnauthenticated: z.boolean().default(false),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
});

export type ConfigFile = z.infer<typeof fileSchema>;
export type PortEntry = z.infer<typeof representorSchema>;
