// Where a reader stands in the crowd, over the items that they labelled; the models' answers are taken as votes too.

import { chanceOfMajority, chanceOfPair, isMajority, nineInTen, shareOfVote } from "../shared/crowd.js";
import { mean, topClass } from "../shared/metrics.js";
import { sum } from "../shared/numbers.js";

/**
 * @returns {{labelled: number, range: [number, number], you: Score, crowd: Score, models: {arm: string, score: Score}[]}}
 *   `range` is how many majorities nine in ten of the crowd would hit
 *
 * @typedef {{majority: number, shared: number}} Score
 *   votes with the majority; the mean share of the crowd (of the others, for one of the crowd) with the same vote
 */
export function scoresOf(set, answers) {
  const rows = answers.flatMap((k, row) => (k === null ? [] : [row]));
  const score = (vote) => ({
    majority: rows.filter((row) => isMajority(set.counts[row], vote(row))).length,
    shared: mean(rows.map((row) => shareOfVote(set.counts[row], vote(row)))),
  });
  const chances = rows.map((row) => chanceOfMajority(set.counts[row]));
  return {
    labelled: rows.length,
    range: nineInTen(chances),
    you: score((row) => answers[row]),
    crowd: { majority: sum(chances), shared: mean(rows.map((row) => chanceOfPair(set.counts[row]))) },
    models: set.arms.map((arm) => ({ arm, score: score((row) => topClass(set.models[arm][row])) })),
  };
}
