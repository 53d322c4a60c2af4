// Why the direction matters: what each class adds to KL(human ‖ model) and to KL(model ‖ human), on one scale.
// Each column has the colour of the side whose shares weigh in it.

import { apart, element } from "../shared/elements.js";
import { datum, exactPercent, sum } from "../shared/numbers.js";
import { kl, klTerms } from "../shared/metrics.js";
import { makeTerms } from "./terms.js";

const SCALE = { low: -0.4, high: 1.2 }; // nats; no term is below −1/e
const LEVEL = 0.0005; // nats; below it a KL reads 0.000
const COLUMNS = [
  { arm: "human", label: "KL(human ‖ model)", sign: "p log p/q" },
  { arm: "model", label: "KL(model ‖ human)", sign: "q log q/p" },
];

export function makeDirection(classes) {
  const terms = makeTerms(classes, COLUMNS, "What each class adds to KL, in both directions, nats", SCALE);
  const words = element("p", { class: "sl-hint sl-words" });
  return {
    node: element("div", {}, terms.node, words),
    show(p, q) {
      const forward = klTerms(p, q),
        back = klTerms(q, p);
      terms.show([forward, back], [kl(p, q), kl(q, p)].map(total));
      words.replaceChildren(...sentence(classes, p, q, forward, back));
    },
  };
}

const total = (value) => [element("span", { class: "sl-sum", "aria-hidden": "true" }, "sum "), datum(value), " nats"];

/** Which class hurts most in which direction, as the parts of a sentence. */
function sentence(classes, p, q, forward, back) {
  if (sum(forward) < LEVEL && sum(back) < LEVEL) return ["No class hurts: the model says what people say."];
  const worst = (terms) => terms.indexOf(Math.max(...terms));
  const share = (side, k) => exactPercent(side[k]);
  const i = worst(forward),
    j = worst(back);
  return [
    "KL(human ‖ model) weighs by the votes and is hurt most by ",
    apart(classes[i]),
    ` (votes ${share(p, i)}, model ${share(q, i)}); KL(model ‖ human) weighs by the model and is hurt most by `,
    apart(classes[j]),
    ` (model ${share(q, j)}, votes ${share(p, j)}).`,
  ];
}
