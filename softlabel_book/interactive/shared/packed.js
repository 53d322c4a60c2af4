// Arrays that travel as base64 of little-endian values: what Python's base.pack wrote.

const KINDS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, float32: Float32Array };

export function unpack({ type, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new KINDS[type](bytes.buffer);
}
