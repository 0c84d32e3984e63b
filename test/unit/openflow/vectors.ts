// Bytes taken from the real programs by test/ovs/openflow/capture-vectors.ts.

import { readFileSync } from 'node:fs';

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`vectors/${name}`, import.meta.url), 'utf8')) as T;
}

export const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
export const hex = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');

/** What ovs-ofctl makes of a text. */
export const flowMods = load<readonly { readonly text: string; readonly hex: string }[]>('flow-mods.json');

/** One message of each kind that ovs-vswitchd sends. */
export const fromSwitch = load<Readonly<Record<string, string>>>('from-switch.json');
