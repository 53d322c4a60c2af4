// What each class adds to a sum: signed bars from a zero line, one row a class.

import { apart, element } from "../shared/elements.js";
import { clamp, datum, signed } from "../shared/numbers.js";
import { longest } from "./sliders.js";

/**
 * @param {string[]} classes
 * @param {{arm: string, label: string, sign: string}[]} columns
 * @param {string} caption what the table holds, for a screen reader
 * @param {{low: number, high: number}} scale a bar that would be longer ends in an arrow
 * @returns {{node, show(columns: number[][], feet?: Node[][])}}
 */
export function makeTerms(classes, columns, caption, { low, high }) {
  const rows = classes.map((name) => {
    const cells = columns.map(({ arm }) => makeCell(arm, low, high));
    return { cells, node: element("tr", {}, element("th", { scope: "row", title: name }, apart(name)), ...cells.map(({ node }) => node)) };
  });
  const feet = columns.map(() => element("td", {}));
  const foot = element("tr", {}, element("th", { scope: "row" }, "sum"), ...feet);
  const node = element("table", { class: "sl-grid sl-terms" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, element("td", {}),
      ...columns.map(({ arm, label, sign }) => element("th", { scope: "col", "data-arm": arm }, label, element("i", {}, sign))))),
    element("tbody", {}, ...rows.map((row) => row.node)),
    element("tfoot", {}, foot));
  node.style.setProperty("--_longest", longest(classes));
  node.style.setProperty("--_zero", -low / (high - low));
  return {
    node,
    /** With sums, the largest of a column stands out: it is what hurts most. */
    show(values, sums) {
      foot.hidden = !sums;
      values.forEach((column, c) => {
        const most = Math.max(...column);
        column.forEach((value, k) => rows[k].cells[c].show(value, Boolean(sums) && value === most && most >= 0.0005));
      });
      feet.forEach((cell, c) => cell.replaceChildren(...(sums?.[c] ?? [])));
    },
  };
}

function makeCell(arm, low, high) {
  const bar = element("span", { class: "sl-term" }), text = element("span", { class: "sl-value" });
  const node = element("td", { "data-arm": arm }, element("div", {}, element("span", { class: "sl-track" }, bar), text));
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
