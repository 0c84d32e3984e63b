// The form of actions that set a TTL.

import type { ActionForm } from './action-form.ts';

export function ttlForm<K extends string>(
  kind: K,
  type: number,
): ActionForm<{ readonly kind: K; readonly ttl: number }> {
  return {
    place: { type },
    encode(action, writer) {
      writer.u8(action.ttl);
      writer.zeros(3);
    },
    decode(reader) {
      const ttl = reader.u8();
      reader.pad(3);
      return { kind, ttl };
    },
  };
}
