// A trial: one world, one crowd, and two models that learn from its votes, compared with the truth all over the square.

import { featuresOf } from "./features.js";
import { makeLearner, predict } from "./model.js";
import { GRID, N_CLASSES, gridPlaces, makeCrowd, placesOf, targetsOf, truthAt } from "./world.js";

export const ARMS = ["hard", "soft"];

const everywhere = gridPlaces(),
  seen = {}; // features of the grid, by kind

/** @typedef {{ambiguity: number, annotators: number, items: number, features: string, seed: number}} Settings */

/** @param {Settings} settings */
export function makeTrial({ ambiguity, annotators, items, features: kind, seed }) {
  const places = placesOf(items, seed),
    p = truthAt(places, ambiguity),
    crowd = makeCrowd(p, seed);
  const features = featuresOf(places, kind),
    grid = (seen[kind] ??= featuresOf(everywhere, kind));
  const truth = { p: truthAt(everywhere, ambiguity) };
  truth.entropy = meanEntropy(truth.p);
  const counts = crowd.counts(annotators),
    first = targetsOf(counts, crowd.coins);
  const arms = Object.fromEntries(
    ARMS.map((arm) => [
      arm,
      {
        learner: makeLearner(features, first[arm], N_CLASSES),
        p: new Float64Array(GRID * GRID * N_CLASSES),
      },
    ]),
  );
  const trial = { places, p, truth, counts, arms, step: 0, edited: new Set() };

  trial.learn = (steps) => {
    for (let s = 0; s < steps; s++) for (const arm of ARMS) arms[arm].learner.step();
    trial.step += steps;
  };

  /** Compare both models with the truth as they are now. */
  trial.measure = () => {
    for (const arm of ARMS) {
      predict(grid, arms[arm].learner.weights, N_CLASSES, arms[arm].p);
      const { p: q, learner } = arms[arm];
      Object.assign(arms[arm], { kl: meanKl(truth.p, q), entropy: meanEntropy(q), loss: learner.loss() });
    }
  };

  /** An arm's distribution for one item. */
  trial.answer = (arm, i) => {
    const one = new Float64Array(N_CLASSES),
      d = features.length / items;
    predict(features.subarray(i * d, (i + 1) * d), arms[arm].learner.weights, N_CLASSES, one);
    return one;
  };

  /** Give an item other votes; both models forget what they learned from the old ones. */
  trial.vote = (i, votes) => {
    counts.set(votes, i * N_CLASSES);
    trial.edited.add(i);
    const targets = targetsOf(counts, crowd.coins);
    for (const arm of ARMS) arms[arm].learner.forget(targets[arm]);
    trial.step = 0;
    trial.measure();
  };

  trial.votes = (i) => Array.from(counts.subarray(i * N_CLASSES, (i + 1) * N_CLASSES));
  trial.truthOf = (i) => p.subarray(i * N_CLASSES, (i + 1) * N_CLASSES);
  trial.majority = (i) => arms.hard.learner.targets.subarray(i * N_CLASSES, (i + 1) * N_CLASSES).indexOf(1);
  trial.measure();
  return trial;
}

/** Mean entropy of distributions, nats. */
export function meanEntropy(p) {
  let total = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) total -= p[i] * Math.log(p[i]);
  return (total * N_CLASSES) / p.length;
}

/** Mean KL(p ‖ q) of distributions, nats. */
export function meanKl(p, q) {
  let total = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) total += p[i] * Math.log(p[i] / q[i]);
  return (total * N_CLASSES) / p.length;
}
