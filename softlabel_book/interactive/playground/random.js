// Numbers between 0 and 1 that depend on a seed and a key alone, so that one more annotator redraws nobody else.
// world.py has the same arithmetic.

/** Stir the bits until each of them may turn any other: the end of MurmurHash3 (Austin Appleby, public domain). */
function stir(h) {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The number of a key: uniform(seed, stream, item, annotator). */
export function uniform(seed, ...key) {
  let h = stir((seed + 0x9e3779b9) >>> 0);
  for (const part of key) h = stir((h + Math.imul(part + 1, 0x9e3779b1)) >>> 0);
  return h / 2 ** 32;
}
