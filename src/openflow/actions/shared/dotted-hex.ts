// Bytes in texts of actions: `01.2a.ff`.

import { type Piece, unexpected } from '../../text/parse/cursor.ts';

export function dottedHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?=.)/g, '$&.');
}

export function parseHexBytes(text: Piece): Uint8Array {
  const digits = text.text.replace(/[\s.]/g, '');
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw unexpected(text, 'bytes in hexadecimal');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
