// Addresses in a packet.

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function from(view: DataView, offset: number, length = view.byteLength - offset): DataView {
  return new DataView(view.buffer, view.byteOffset + offset, length);
}

export function macAt(view: DataView, offset: number): bigint {
  return (BigInt(view.getUint16(offset)) << 32n) | BigInt(view.getUint32(offset + 2));
}

export function ipv6At(view: DataView, offset: number): bigint {
  return (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8);
}
