// The two distributions as bars that are sliders: the browser's own range input lies over each bar, so that a drag on the
// bar, a tap and the arrow keys are one and the same.

import { apart, element } from "../shared/elements.js";
import { clamp, datum, exactPercent, number } from "../shared/numbers.js";
import { entropy } from "../shared/measures.js";

const SIDES = [
  { value: "p_human", arm: "human", label: "human", sign: "p" },
  { value: "p_model", arm: "model", label: "model", sign: "q" },
];

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -100, End: 100 };

/** Letters that the names of classes are given room for, "entropy" among them; longer ones take two lines. */
export const longest = (classes) => Math.min(12, Math.max(7, ...classes.map((name) => name.length)));

/** @param {(who: "p_human"|"p_model", k: number, share: number) => void} act called while the reader drags */
export function makeSliders(classes, act) {
  const rows = classes.map((name, k) => {
    const cells = SIDES.map((side) => makeCell(side, name, (share) => act(side.value, k, share)));
    return { cells, node: element("tr", {}, element("th", { scope: "row", title: name }, apart(name)), ...cells.map(({ node }) => node)) };
  });
  const feet = SIDES.map(() => element("td", {}));
  const table = element("table", { class: "sl-grid sl-sliders" },
    element("caption", {}, "The share of each class: among people’s votes (p) and in the model’s answer (q)"),
    element("thead", {}, element("tr", {}, element("td", {}),
      ...SIDES.map(({ arm, label, sign }) => element("th", { scope: "col", "data-arm": arm }, label, element("i", {}, sign))))),
    element("tbody", {}, ...rows.map((row) => row.node)),
    element("tfoot", {}, element("tr", {}, element("th", { scope: "row" }, "entropy"), ...feet)));
  const node = element("div", {}, table, element("p", { class: "sl-hint" },
    "Drag a bar, or use the arrow keys. The other classes make room in proportion."));
  table.style.setProperty("--_longest", longest(classes));
  return {
    node,
    show(...both) {
      rows.forEach(({ cells }, k) => cells.forEach((cell, side) => cell.show(both[side][k])));
      feet.forEach((cell, side) => cell.replaceChildren(datum(entropy(both[side])), " nats"));
    },
  };
}

function makeCell({ arm, label }, name, act) {
  // Whole per cents are made here: with a step of .01 the browser would take .004 for 0, and no key could bring it there.
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
      text.title = number(share);
    },
  };
}
