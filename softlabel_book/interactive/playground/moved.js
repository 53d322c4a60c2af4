// Votes that change hands: one class gains what the others lose, so that an item keeps as many votes as it has.

import { sum } from "../shared/numbers.js";

/**
 * The votes when class k has n of them and the others share the rest as they shared before, in whole votes.
 *
 * @param {number[]} votes
 * @param {number} k
 * @param {number} n from 0 to the sum of the votes
 */
export function moved(votes, k, n) {
  const rest = sum(votes) - n,
    others = votes.map((had, j) => (j === k ? 0 : had));
  const weights = sum(others) ? others : votes.map((_, j) => Number(j !== k)); // k had all: equal parts
  const exact = weights.map((weight) => (rest * weight) / sum(weights)),
    whole = exact.map(Math.floor);
  // What rounding down left goes to those who lost most by it.
  const order = exact.map((_, j) => j).filter((j) => j !== k);
  order.sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]));
  const left = rest - sum(whole);
  for (const j of order.slice(0, left)) whole[j] += 1;
  whole[k] = n;
  return whole;
}
