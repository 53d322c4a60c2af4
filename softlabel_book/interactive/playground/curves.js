// How both models fare: by step, against the truth and against what each was told; and by the number of annotators.

import { element } from "../shared/elements.js";
import { datum, signed } from "../shared/numbers.js";
import { makeChart, topOf } from "./chart.js";
import { ARMS } from "./trial.js";
import { MOST_ANNOTATORS, N_CLASSES } from "./world.js";

const LINES = ARMS.map((arm) => ({ arm, label: arm }));
const TRUTH = { arm: "human", label: "truth", steady: true };

export function makeCurves() {
  const ends = { low: "step 0", high: String };
  const charts = {
    kl: makeChart("KL to the truth, nats", LINES, ends),
    entropy: makeChart("Entropy, nats", [TRUTH, ...LINES], ends),
    loss: makeChart("Loss in training, nats", LINES, ends),
  };
  const bought = makeChart("One more annotator: KL to the truth, nats", LINES, { low: "1 annotator", high: String });
  const byStep = element("div", { class: "sl-charts" }, ...Object.values(charts).map(({ node }) => node));
  let x, past;

  return {
    byStep,
    byAnnotators: bought.node,

    /** Forget the steps of another trial. */
    begin(trial) {
      x = [];
      past = Object.fromEntries(ARMS.map((arm) => [arm, { kl: [], entropy: [], loss: [] }]));
      this.add(trial);
    },
    add(trial) {
      x.push(trial.step);
      for (const arm of ARMS) {
        for (const [name, values] of Object.entries(past[arm])) values.push(trial.arms[arm][name]);
      }
    },
    /** @param {number} end the last step of the training */
    show(trial, end) {
      const of = (name) => ARMS.map((arm) => ({ x, y: past[arm][name], now: trial.arms[arm][name] }));
      const even = Math.log(N_CLASSES); // both start where all classes are equal
      const top = { kl: topOf(ARMS.flatMap((arm) => past[arm].kl)), entropy: even, loss: even };
      for (const [name, chart] of Object.entries(charts)) {
        const truth = name === "entropy" ? [{ now: trial.truth.entropy }] : [];
        chart.show([...truth, ...of(name)], { x0: 0, x1: end, top: top[name] });
      }
    },
    /** @param {{hard: number[], soft: number[]}} kl by the number of annotators, as far as known */
    showBought(kl, annotators) {
      const x = kl.hard.map((_, i) => i + 1);
      const lines = ARMS.map((arm) => ({ x, y: kl[arm], now: kl[arm][annotators - 1] ?? NaN }));
      const scale = { x0: 1, x1: MOST_ANNOTATORS, top: topOf(ARMS.flatMap((arm) => kl[arm])), at: annotators };
      bought.show(lines, scale, inWords(kl, annotators));
    },
  };
}

/** What the next annotator would change. */
function inWords(kl, m) {
  if (m === MOST_ANNOTATORS) return [`There are ${m} annotators at most; go back to see what the last ones bought.`];
  if (kl.soft.length < m + 1) return ["Trying every number of annotators …"];
  const change = (arm) => {
    const by = kl[arm][m] - kl[arm][m - 1];
    return element("span", { "data-arm": arm }, `${arm} `, datum(by, signed(by)));
  };
  return [`From ${m} to ${m + 1}: `, change("hard"), ", ", change("soft"), " nats; the first votes stay as they are."];
}
