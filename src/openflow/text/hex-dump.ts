// Bytes as ovs-ofctl dumps them (OVS lib/dynamic-string.c, ds_put_hex_dump()).

const perLine = 16;

function dumpLine(bytes: Uint8Array, offset: number): string {
  const digits = Array.from({ length: perLine }, (_, i) => {
    const byte = bytes[offset + i];
    return byte === undefined ? '   ' : `${byte.toString(16).padStart(2, '0')}${i === perLine / 2 - 1 ? '-' : ' '}`;
  });
  const letters = Array.from({ length: perLine }, (_, i) => {
    const byte = bytes[offset + i];
    return byte === undefined ? ' ' : byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.';
  });
  return `${offset.toString(16).padStart(8, '0')}  ${digits.join('')}|${letters.join('')}|`;
}

/** Sixteen bytes to a line: offset, hexadecimal, ASCII. Empty for no bytes. */
export function hexDump(bytes: Uint8Array): string {
  const lines = Array.from({ length: Math.ceil(bytes.length / perLine) }, (_, i) => dumpLine(bytes, i * perLine));
  return lines.join('\n');
}
