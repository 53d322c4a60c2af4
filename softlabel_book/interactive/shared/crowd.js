// What a crowd's votes say of one more annotator: majorities, how many would share a vote, what one of the crowd could expect.

import { topClasses } from "./metrics.js";
import { sum } from "./numbers.js";

/** Whether a class is among those with the most votes. */
export const isMajority = (counts, k) => topClasses(counts).includes(k);

/** Chance that one of the crowd, picked at random, voted with the majority (any class of a tie). */
export const chanceOfMajority = (counts) => sum(topClasses(counts).map((k) => counts[k])) / sum(counts);

/** Share of the crowd that gave this vote. */
export const shareOfVote = (counts, k) => counts[k] / sum(counts);

/** Share of the others that gave the same vote as one of the crowd picked at random, on the average: Σ c(c − 1) / n(n − 1). */
export function chanceOfPair(counts) {
  const n = sum(counts);
  return n > 1 ? sum(counts.map((c) => c * (c - 1))) / (n * (n - 1)) : NaN;
}

/**
 * How many of several independent events happen, in nine of ten cases: [low, high], from the exact distribution of their
 * number; at most one case in twenty lies below, and at most one above.
 *
 * @param {number[]} chances
 */
export function nineInTen(chances) {
  let p = [1];
  for (const chance of chances) {
    const next = new Array(p.length + 1).fill(0);
    p.forEach((share, k) => {
      next[k] += share * (1 - chance);
      next[k + 1] += share * chance;
    });
    p = next;
  }
  const within = (limit) => {
    let total = 0;
    return p.findIndex((share) => (total += share) > limit);
  };
  return [within(0.05), within(0.95 - 1e-12)];
}
