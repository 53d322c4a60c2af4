// What each class adds to a sum: signed bars from a zero line, one row a class.

import { element } from "../shared/elements.js";
import { clamp, datum, signed } from "../shared/numbers.js";
import { makeGrid } from "./grid.js";

/**
 * @param {string[]} classes
 * @param {{arm: string, label: string, sign: string}[]} columns
 * @param {string} caption what the table holds, for a screen reader
 * @param {{low: number, high: number}} scale a bar that would be longer ends in an arrow
 * @returns {{node, show(columns: number[][], sums?: Node[][])}}
 */
export function makeTerms(classes, columns, caption, { low, high }) {
  const grid = makeGrid(classes, columns, caption, "sum", ({ arm }) => makeTerm(arm, low, high));
  grid.node.classList.add("sl-terms");
  grid.node.style.setProperty("--_zero", -low / (high - low));
  return {
    node: grid.node,
    /** With sums, the largest of a column stands out: it is what hurts most. */
    show(values, sums) {
      grid.foot.hidden = !sums;
      if (sums) grid.show(sums);
      values.forEach((column, c) => {
        const most = Math.max(...column);
        column.forEach((value, k) => grid.cells[k][c].show(value, Boolean(sums) && value === most && most >= 0.0005));
      });
    },
  };
}

function makeTerm(arm, low, high) {
  const bar = element("span", { class: "sl-term" }),
    text = element("span", { class: "sl-value" });
  const track = element("span", { class: "sl-track" }, bar);
  const node = element("td", { "data-arm": arm }, element("div", {}, track, text));
  return {
    node,
    /** `most` marks the largest of its column. */
    show(value, most) {
      const shown = clamp(value, low, high);
      bar.style.setProperty("--_from", (Math.min(0, shown) - low) / (high - low));
      bar.style.setProperty("--_size", Math.abs(shown) / (high - low));
      bar.classList.toggle("sl-beyond", value > high);
      node.classList.toggle("sl-most", most);
      text.replaceChildren(datum(value, signed(value)));
    },
  };
}
