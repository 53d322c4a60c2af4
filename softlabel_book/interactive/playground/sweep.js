// What one more annotator buys: the same trial with 1 to 20 of them, a little at a time so that the page stays free.

import { ARMS, makeTrial } from "./trial.js";
import { MOST_ANNOTATORS } from "./world.js";

const SLICE = 20; // steps between two looks at the clock

/**
 * @param {number} steps how long each trial learns
 * @returns {{kl, begin(settings), work(ms): boolean, done(): boolean}} kl[arm][m - 1], as far as known
 */
export function makeSweep(steps) {
  const sweep = { kl: { hard: [], soft: [] } };
  let settings, trial, of;

  /** Start anew where anything but the number of annotators changed. */
  sweep.begin = (wanted) => {
    const key = JSON.stringify({ ...wanted, annotators: undefined });
    if (key === of) return;
    [of, settings, trial] = [key, wanted, undefined];
    sweep.kl = { hard: [], soft: [] };
  };
  sweep.done = () => sweep.kl.soft.length === MOST_ANNOTATORS;

  /** Learn for some milliseconds; whether a point was added. */
  sweep.work = (ms) => {
    const until = performance.now() + ms,
      before = sweep.kl.soft.length;
    while (!sweep.done() && performance.now() < until) {
      trial ??= makeTrial({ ...settings, annotators: sweep.kl.soft.length + 1 });
      if (trial.step < steps) {
        trial.learn(Math.min(SLICE, steps - trial.step));
        continue;
      }
      trial.measure();
      for (const arm of ARMS) sweep.kl[arm].push(trial.arms[arm].kl);
      trial = undefined;
    }
    return sweep.kl.soft.length > before;
  };
  return sweep;
}
