// One item: its votes, which the reader may change, what is true of it, and what both models say.

import { button, element } from "../shared/elements.js";
import { cellsOfShares, makeBars } from "../shared/bars.js";
import { slider } from "../shared/controls.js";
import { datum, percent, plural, sum } from "../shared/numbers.js";
import { kl } from "../shared/metrics.js";
import { moved } from "./moved.js";
import { ARMS } from "./trial.js";

const HINT = "What one class gains, others lose. Both models learn anew from these votes, as many steps as before.";

/**
 * @param {string[]} classes
 * @param {(by: number) => void} go to the next item, by how contested they are
 * @param {(votes: number[]) => void} vote called with the item's new votes, as many as before
 */
export function makeChosen(classes, go, vote) {
  const name = element("span", { class: "sl-item" }),
    count = element("span", {});
  const before = button("‹", () => go(-1), { "aria-label": "more contested item" });
  const after = button("›", () => go(1), { "aria-label": "less contested item" });
  const steps = element("div", { class: "sl-steps" }, before, count, after);
  let votes = [],
    held; // the votes when a slider was taken hold of: dragged to and fro, they come back
  const change = (k, n) => {
    held ??= votes;
    vote(moved(held, k, n));
  };
  const range = { min: 0, max: 1, step: 1 };
  const sliders = classes.map((label, k) => slider(`votes for ${label}`, range, (n) => change(k, n)));
  for (const { input } of sliders) input.addEventListener("change", () => (held = undefined));
  const bars = makeBars(
    classes,
    [{ name: "human", label: "truth" }, ...ARMS.map((arm) => ({ name: arm }))],
    "true distribution of the item and both models’ answers",
    [{ label: "KL to the truth", from: 1 }],
  );
  const said = element("p", { class: "sl-note" });
  const node = element(
    "section",
    { class: "sl-chosen", "aria-label": "One item" },
    element("p", { class: "sl-part" }, "One item: move its votes"),
    element("div", { class: "sl-which" }, name, steps),
    element("div", { class: "sl-votes-of" }, ...sliders.map((each) => each.node)),
    element("p", { class: "sl-hint" }, HINT),
    bars.node,
    said,
  );
  return {
    node,
    /** @param {number} rank how many items are more contested @param {number} n of how many */
    show(trial, i, rank, n) {
      votes = trial.votes(i);
      const truth = trial.truthOf(i),
        answers = ARMS.map((arm) => trial.answer(arm, i));
      name.textContent = `${plural(sum(votes), "vote")}${trial.edited.has(i) ? ", changed" : ""}`;
      count.textContent = `${rank + 1} of ${n} by true entropy`;
      before.disabled = rank === 0;
      after.disabled = rank === n - 1;
      sliders.forEach((each, k) => {
        each.input.max = sum(votes);
        each.show(votes[k]);
      });
      bars.show([truth, ...answers].map(cellsOfShares), [answers.map((p) => datum(kl(truth, p)))]);
      const shares = votes.map((n, k) => `${classes[k]} ${percent(n / sum(votes))}`).join(", ");
      said.textContent = `The hard model is told “${classes[trial.majority(i)]}”, the soft one ${shares}.`;
    },
  };
}
