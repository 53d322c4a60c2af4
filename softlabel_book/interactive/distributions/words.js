// The measures by name, value and what each answers.

import { number } from "../shared/numbers.js";
import { crossEntropy, entropy, jsDistance, kl, totalVariation } from "../shared/metrics.js";

/**
 * @param {number} n how many classes
 * @returns {{key, label, unit, of(p, q): number, says: string}[]}
 */
export function factsOf(n) {
  const most = number(Math.log(n)),
    furthest = number(Math.sqrt(Math.LN2));
  return [
    {
      key: "entropy_human",
      label: "entropy of the votes",
      of: (p) => entropy(p),
      says: `How far people disagree: 0 if all agree, ${most} nats if evenly torn.`,
    },
    { key: "entropy_model", label: "entropy of the model", of: (_, q) => entropy(q), says: "How unsure the model is." },
    {
      key: "cross_entropy",
      label: "cross-entropy",
      of: crossEntropy,
      says: "The loss: how much a person’s vote surprises the model, on average.",
    },
    {
      key: "kl",
      label: "KL(human ‖ model)",
      of: kl,
      says: "What training can take off; ∞ if the model rules out a class with votes.",
    },
    {
      key: "kl_reverse",
      label: "KL(model ‖ human)",
      of: (p, q) => kl(q, p),
      says: "Forgives votes the model ignores; ∞ if it allows a class without votes.",
    },
    {
      key: "js_distance",
      label: "JS distance",
      of: jsDistance,
      says: `Both mistakes alike, each against the mean of the two. At most ${furthest}.`,
    },
    {
      key: "total_variation",
      label: "total variation",
      of: totalVariation,
      says: "The share of probability in the wrong place, from 0 to 1.",
    },
  ];
}

/** All numbers as one sentence, for a screen reader. */
export function factsInWords(p, q) {
  const spoken = (value) => (value === Infinity ? "infinite" : number(value));
  const said = factsOf(p.length).map(({ label, of }) => `${label.replace(" ‖ ", " to ")} ${spoken(of(p, q))}`);
  return `${said.join(", ")}.`;
}
