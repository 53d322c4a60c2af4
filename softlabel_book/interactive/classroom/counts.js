// The class's own distributions: its votes counted, and their entropies held against the crowd's.

import { distribution, entropy, mean, pearson } from "../shared/metrics.js";
import { sum } from "../shared/numbers.js";

/** Votes of a class by item and class. */
export function countsOf(set, annotators) {
  const counts = set.ids.map(() => set.classes.map(() => 0));
  for (const { answers } of annotators) answers.forEach((k, row) => k !== null && counts[row][k]++);
  return counts;
}

/** Entropy of votes in nats; NaN where nobody voted. */
export const entropyOf = (counts) => (sum(counts) ? entropy(distribution(counts)) : NaN);

/**
 * Everything that is said of the class as a whole, over the items that somebody in it labelled.
 *
 * @returns {{labels: number, rows: number[], entropies: Record<string, number[]>, lines: {arm, name, mean, r}[]}}
 *   entropies by who gave them, of every item; r is Pearson's, with the crowd's entropies
 */
export function standing(set, annotators) {
  const counts = countsOf(set, annotators);
  const entropies = {
    class: counts.map(entropyOf),
    crowd: set.counts.map(entropyOf),
    ...Object.fromEntries(set.arms.map((arm) => [arm, set.models[arm].map((p) => entropy(p))])),
  };
  const rows = set.ids.flatMap((_, row) => (sum(counts[row]) ? [row] : []));
  const over = (who) => rows.map((row) => entropies[who][row]);
  const lines = Object.keys(entropies).map((who) => ({
    who,
    mean: mean(over(who)),
    r: pearson(over(who), over("crowd")),
  }));
  return { labels: sum(counts.flat()), counts, rows, entropies, lines };
}
