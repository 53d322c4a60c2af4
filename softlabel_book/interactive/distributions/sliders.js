// The two distributions as bars that are sliders: the browser's own range input lies over each bar, so that a drag on
// the bar, a tap and the arrow keys are one and the same.

import { element } from "../shared/elements.js";
import { clamp, datum, exactPercent } from "../shared/numbers.js";
import { entropy } from "../shared/metrics.js";
import { makeGrid } from "./grid.js";

const COLUMNS = [
  { value: "p_human", arm: "human", label: "human", sign: "p" },
  { value: "p_model", arm: "model", label: "model", sign: "q" },
];
const CAPTION = "The share of each class: among people’s votes (p) and in the model’s answer (q)";
const HINT = "Drag a bar, or use the arrow keys. The other classes make room in proportion.";
const KEYS = {
  // per cent
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -100,
  End: 100,
};

/** @param {(who: "p_human"|"p_model", k: number, share: number) => void} act called while the reader drags */
export function makeSliders(classes, act) {
  const makeCell = (column, name, k) => makeSlider(column, name, (share) => act(column.value, k, share));
  const grid = makeGrid(classes, COLUMNS, CAPTION, "entropy", makeCell);
  grid.node.classList.add("sl-sliders");
  return {
    node: element("div", {}, grid.node, element("p", { class: "sl-hint" }, HINT)),
    show(...both) {
      grid.cells.forEach((row, k) => row.forEach((cell, side) => cell.show(both[side][k])));
      grid.show(both.map((side) => [datum(entropy(side)), " nats"]));
    },
  };
}

function makeSlider({ arm, label }, name, act) {
  // Whole per cents are made here: with a step of .01 the browser would take .004 for 0, and no key could make it 0.
  const input = element("input", { type: "range", min: 0, max: 1, step: "any", "aria-label": `${name}, ${label}` });
  const text = element("span", { class: "sl-value" });
  const bar = element("span", { class: "sl-slide" }, element("span", { class: "sl-fill" }), input);
  let now;
  const move = (perCent) => act(clamp(Math.round(perCent), 0, 100) / 100);
  input.addEventListener("input", () => move(100 * Number(input.value)));
  input.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(Math.round(100 * now) + KEYS[event.key]);
  });
  return {
    node: element("td", { "data-arm": arm }, element("div", {}, bar, text)),
    show(share) {
      now = share;
      input.value = share;
      input.setAttribute("aria-valuetext", exactPercent(share));
      bar.style.setProperty("--_share", share);
      text.replaceChildren(datum(share, exactPercent(share)));
    },
  };
}
