// One class gets a new share; the others make room in proportion.

import { sum } from "../shared/numbers.js";

export const isNear = (p, q) => p.length === q.length && p.every((share, k) => Math.abs(share - q[k]) < 1e-9);

/**
 * The distribution with class k at `share` and the others scaled so that the sum stays 1. Where the others have
 * nothing, they get equal parts.
 */
export function rescaled(p, k, share) {
  const rest = sum(p.filter((_, j) => j !== k)),
    left = 1 - share;
  return p.map((own, j) => {
    if (j === k) return share;
    return rest > 0 ? (own / rest) * left : left / (p.length - 1);
  });
}

/**
 * As `rescaled`, with a memory: while the same class is moved on, the proportions are those from before its first move,
 * so that a bar taken to 100% and back leaves the others as they were.
 */
export function makeRescale() {
  let last = {};
  return (who, p, k, share) => {
    const same = last.who === who && last.k === k && isNear(last.given, p);
    const before = same ? last.before : p;
    last = { who, k, before, given: rescaled(before, k, share) };
    return last.given;
  };
}
