// Cross-entropy = entropy + KL, as lengths laid end to end: for the votes as a soft label, and for their hard label.

import { apart, element } from "../shared/elements.js";
import { clamp, datum } from "../shared/numbers.js";
import { crossEntropy, entropy, hardLabel, kl } from "../shared/metrics.js";

const HIGHEST = 3; // nats at the right end; a longer loss ends in an arrow
const HINT = "Training can shorten only the coloured part; the other is the people’s own entropy.";

export function makeLosses(classes) {
  const soft = makeRow("soft", "soft label"),
    hard = makeRow("hard", "hard label");
  const ticks = Array.from({ length: HIGHEST }, (_, nats) => element("span", {}, String(nats)));
  const node = element(
    "section",
    { class: "sl-losses", "aria-label": "The loss as entropy and KL" },
    element("p", { class: "sl-part" }, "Loss (cross-entropy) = entropy + KL"),
    soft.node,
    hard.node,
    element("div", { class: "sl-ticks", "aria-hidden": "true" }, ...ticks, element("span", {}, `${HIGHEST} nats`)),
    element("p", { class: "sl-hint" }, HINT),
  );
  return {
    node,
    show(p, q) {
      const one = hardLabel(p);
      soft.show(p, q, ["votes"]);
      hard.show(one, q, ["all on ", apart(classes[one.indexOf(1)])]);
    },
  };
}

function makeRow(arm, label) {
  const equation = element("span", { class: "sl-equation" }),
    target = element("span", { class: "sl-target" });
  const own = element("span", { class: "sl-own" }),
    rest = element("span", { class: "sl-rest" });
  const node = element(
    "div",
    { class: "sl-loss", "data-arm": arm },
    element("p", {}, element("b", {}, label), " ", target, " ", equation),
    element("div", { class: "sl-stack", "aria-hidden": "true" }, own, rest),
  );
  const nats = (value) => clamp(value / HIGHEST, 0, 1);
  return {
    node,
    /** @param {Node[]} words what the target is */
    show(t, q, words) {
      const total = crossEntropy(t, q),
        fixed = entropy(t),
        extra = kl(t, q);
      target.replaceChildren("(", ...words, ")");
      equation.replaceChildren(
        datum(total),
        " = ",
        element("span", { class: "sl-constant" }, datum(fixed)),
        " + ",
        element("span", { class: "sl-training" }, datum(extra)),
      );
      own.style.setProperty("--_size", nats(fixed));
      rest.style.setProperty("--_size", nats(total) - nats(fixed));
      rest.classList.toggle("sl-beyond", total > HIGHEST);
    },
  };
}
