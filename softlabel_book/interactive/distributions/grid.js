// A table of one row a class, whose cells are drawn: what the sliders and the signed bars share.

import { apart, element } from "../shared/elements.js";
import { clamp } from "../shared/numbers.js";

const ROOM = { least: 7, most: 12 }; // letters in the column of names, which holds "entropy" too

/**
 * @param {string[]} classes
 * @param {{arm: string, label: string, sign: string}[]} columns `sign` is the formula under the label
 * @param {string} caption what the table holds, for a screen reader
 * @param {string} last name of the row beneath
 * @param {(column, name: string, k: number) => {node, show}} makeCell
 * @returns {{node, cells, foot, show(feet: Node[][])}} cells[k][column]; `foot` is the row beneath, filled by `show`
 */
export function makeGrid(classes, columns, caption, last, makeCell) {
  const cells = classes.map((name, k) => columns.map((column) => makeCell(column, name, k)));
  const heads = columns.map(({ arm, label, sign }) => {
    return element("th", { scope: "col", "data-arm": arm }, label, element("i", {}, sign));
  });
  const rows = classes.map((name, k) => {
    const head = element("th", { scope: "row", title: name }, apart(name)); // a long name is cut off
    return element("tr", {}, head, ...cells[k].map(({ node }) => node));
  });
  const feet = columns.map(() => element("td", {}));
  const foot = element("tr", {}, element("th", { scope: "row" }, last), ...feet);
  const node = element(
    "table",
    { class: "sl-grid" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, element("td", {}), ...heads)),
    element("tbody", {}, ...rows),
    element("tfoot", {}, foot),
  );
  const longest = Math.max(...classes.map((name) => name.length));
  node.style.setProperty("--_longest", clamp(longest, ROOM.least, ROOM.most));
  return { node, cells, foot, show: (contents) => feet.forEach((cell, c) => cell.replaceChildren(...contents[c])) };
}
