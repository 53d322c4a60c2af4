// Where each loss pulls: its gradient by the logits, the prediction minus the target.

import { element } from "../shared/elements.js";
import { hardLabel, logitGradient } from "../shared/metrics.js";
import { makeTerms } from "./terms.js";

const COLUMNS = [
  { arm: "soft", label: "soft label", sign: "q − p" },
  { arm: "hard", label: "hard label", sign: "q − one-hot" },
];

export function makeGradient(classes) {
  const terms = makeTerms(classes, COLUMNS, "Gradient of the loss by each class’s logit", { low: -1, high: 1 });
  const node = element(
    "section",
    { class: "sl-gradient", "aria-label": "The gradient of the loss" },
    element("p", { class: "sl-part" }, "Gradient of the loss by logit"),
    terms.node,
    element("p", { class: "sl-hint" }, "A step goes against it: a class with a negative value rises."),
  );
  return {
    node,
    show(p, q) {
      terms.show([logitGradient(q, p), logitGradient(q, hardLabel(p))]);
    },
  };
}
