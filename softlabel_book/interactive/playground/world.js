// The little world that is learned: items in a square, the true distribution at every place, and a crowd that votes.
// world.py has the same world; its docstrings say why.

import { distribution, hardLabel } from "../shared/metrics.js";
import { softmaxInto } from "./model.js";
import { uniform } from "./random.js";

export const N_CLASSES = 3;
export const MOST_ANNOTATORS = 20;
export const GRID = 48; // points along a side of the square on which models and truth are compared

const CENTRES = [
    [-0.75, -0.35],
    [0.55, -0.6],
    [0.15, 0.8],
  ],
  SPREADS = [1, 0.8, 0.9]; // of the classes
const EDGE = 0.94; // items keep so far from the square's border that their marks are whole
const PLACES = 0,
  VOTES = 1,
  COINS = 2; // streams of random numbers

/** How soft the true border is: the temperature of the true softmax. */
const temperature = (ambiguity) => 0.08 * 20 ** ambiguity;

/** Places x, y of each item: an additive recurrence that fills the square evenly, shifted by the seed. */
export function placesOf(n, seed) {
  const places = new Float64Array(2 * n),
    steps = [0.7548776662466927, 0.5698402909980532];
  for (let axis = 0; axis < 2; axis++) {
    const shift = uniform(seed, PLACES, axis);
    for (let i = 0; i < n; i++) places[2 * i + axis] = EDGE * (2 * ((shift + i * steps[axis]) % 1) - 1);
  }
  return places;
}

/** Midpoints of the grid's cells, row by row from the bottom. */
export function gridPlaces() {
  const places = new Float64Array(2 * GRID * GRID),
    at = (i) => (2 * i + 1) / GRID - 1;
  for (let i = 0; i < GRID * GRID; i++) places.set([at(i % GRID), at(Math.floor(i / GRID))], 2 * i);
  return places;
}

/** The true distribution at each place: a softmax of quadratic scores, sharp or soft. */
export function truthAt(places, ambiguity) {
  const n = places.length / 2,
    t = temperature(ambiguity),
    p = new Float64Array(n * N_CLASSES);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < N_CLASSES; k++) {
      const dx = places[2 * i] - CENTRES[k][0],
        dy = places[2 * i + 1] - CENTRES[k][1];
      p[i * N_CLASSES + k] = -(dx * dx + dy * dy) / (SPREADS[k] ** 2 * t);
    }
    softmaxInto(p, i * N_CLASSES, N_CLASSES);
  }
  return p;
}

/** Each item's votes by the first m annotators, and the coins that break its ties. */
export function makeCrowd(p, seed) {
  const n = p.length / N_CLASSES,
    chosen = new Uint8Array(n * MOST_ANNOTATORS),
    coins = new Float64Array(n * N_CLASSES);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < MOST_ANNOTATORS; a++) chosen[i * MOST_ANNOTATORS + a] = pick(p, i, uniform(seed, VOTES, i, a));
    for (let k = 0; k < N_CLASSES; k++) coins[i * N_CLASSES + k] = uniform(seed, COINS, i, k);
  }
  return {
    coins,
    counts(m) {
      const counts = new Uint8Array(n * N_CLASSES);
      for (let i = 0; i < n; i++) {
        for (let a = 0; a < m; a++) counts[i * N_CLASSES + chosen[i * MOST_ANNOTATORS + a]] += 1;
      }
      return counts;
    },
  };
}

function pick(p, i, u) {
  let up = 0;
  for (let k = 0; k < N_CLASSES - 1; k++) {
    up += p[i * N_CLASSES + k];
    if (u < up) return k;
  }
  return N_CLASSES - 1;
}

/** What each arm trains towards: one-hot of the majority, ties by the item's coins; and the annotation distribution. */
export function targetsOf(counts, coins) {
  const n = counts.length / N_CLASSES,
    hard = new Float64Array(counts.length),
    soft = new Float64Array(counts.length);
  for (let i = 0; i < n; i++) {
    const row = i * N_CLASSES;
    const own = counts.subarray(row, row + N_CLASSES);
    hard.set(hardLabel(own, coins.subarray(row, row + N_CLASSES)), row);
    soft.set(distribution(own), row);
  }
  return { hard, soft };
}
