// Distributions side by side: one row a class, one column for the humans and one for each arm. Votes are dots, one each;
// predictions are bars, with a line from the lowest to the highest seed. Dots and bars share one scale, from 0 to 1.

import { apart, drawn, element } from "./elements.js";
import { onResize } from "./page.js";
import { percent, sum } from "./numbers.js";

const HEIGHT = 15; // of a row's dots, in pixels
const VALUE = 2.4; // em kept free for the number at the end of a bar, as in base.css
const LARGEST = 8; // diameter of a dot, in pixels
const DOTS = 1000; // of more votes on an item than these no dot could be seen, and a bar stands for them

/**
 * @param {string[]} classes
 * @param {{name: string, label?: string}[]} columns the first is the humans'; `name` is the arm, which gives the colour
 * @param {string} caption what the table holds, for a screen reader
 * @param {{label: string, from?: number}[]} feet a line of numbers under the columns, from which column on
 * @returns {{node, show(cells, feet)}} cells[column][class] = {votes, total} or {share, low?, high?}; feet[line][column] = node
 */
export function makeBars(classes, columns, caption, feet = []) {
  const cell = (attributes, ...children) => element("td", attributes, ...children);
  const head = ({ name, label = name }) => element("th", { scope: "col", "data-arm": name }, label);
  const rows = classes.map((label) => {
    const cells = columns.map(({ name }) => makeCell(cell({ "data-arm": name })));
    return {
      cells,
      node: element("tr", {}, element("th", { scope: "row" }, apart(label)), ...cells.map(({ node }) => node)),
    };
  });
  const lines = feet.map(({ label, from = 0 }) => {
    const cells = columns.slice(from).map(() => cell());
    return { cells, node: element("tr", {}, element("th", { scope: "row", colspan: 1 + from }, label), ...cells) };
  });
  const node = element(
    "table",
    { class: "sl-bars" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, cell(), ...columns.map(head))),
    element("tbody", {}, ...rows.map((row) => row.node)),
    element("tfoot", {}, ...lines.map((line) => line.node)),
  );
  node.style.setProperty("--_longest", Math.min(14, Math.max(11, ...classes.map((name) => name.length))));
  onResize(node, () => rows.forEach(({ cells }) => cells.forEach((each) => each.fit())));
  return {
    node,
    show(cells, numbers = []) {
      rows.forEach((row, k) => row.cells.forEach((each, c) => each.put(cells[c][k])));
      lines.forEach((line, i) =>
        line.cells.forEach((each, c) => each.replaceChildren(...[numbers[i]?.[c]].filter(Boolean))),
      );
    },
  };
}

/**
 * The humans' bars beside those of arms that the reader may change.
 *
 * @param {(arms: object[]) => string} caption
 * @returns {{node, show(arms, cells, feet)}} the humans' cells first, as in makeBars
 */
export function makeArmBars(classes, caption, feet) {
  const node = element("div", {});
  let table,
    shown = [];
  return {
    node,
    show(arms, cells, numbers) {
      if (arms.length !== shown.length || arms.some((arm, i) => arm !== shown[i])) {
        shown = arms;
        table = makeBars(
          classes,
          ["human", ...arms.map((arm) => arm.name)].map((name) => ({ name })),
          caption(arms),
          feet,
        );
        node.replaceChildren(table.node);
      }
      table.show(cells, numbers);
    },
  };
}

function makeCell(node) {
  const bar = element("span", { class: "sl-bar" }),
    text = element("span", { class: "sl-value" });
  const range = element("span", { class: "sl-range", hidden: true });
  const box = element("div", {}, bar, range, text);
  node.append(box);
  let given = {};

  function fit() {
    if (!given.votes || given.total > DOTS) return;
    const style = getComputedStyle(box),
      track = box.clientWidth - VALUE * parseFloat(style.fontSize);
    if (track > 0) bar.replaceChildren(dots(given.votes, given.total, track));
  }

  /** Draw one class's votes, or its share with the lowest and highest seed's. */
  function put(next) {
    given = next;
    const asVotes = next.votes !== undefined,
      asDots = asVotes && next.total <= DOTS;
    const share = asVotes ? next.votes / Math.max(1, next.total) : next.share;
    const low = next.low ?? share,
      high = Math.max(next.high ?? share, share);
    for (const [name, value] of Object.entries({ share, low, high })) node.style.setProperty(`--_${name}`, value);
    node.classList.toggle("sl-votes", asDots);
    node.classList.toggle("sl-none", share === 0);
    range.hidden = asVotes || !(next.high > next.low);
    bar.replaceChildren();
    text.textContent = next.words ?? (asVotes ? String(next.votes) : percent(share));
    fit();
  }
  return { node, put, fit };
}

/** Votes as dots that fill columns from the left, as long as a bar of the same share would be. */
function dots(n, total, track) {
  const rows = Math.max(1, Math.round(Math.sqrt((total * HEIGHT) / track)));
  const across = (track * rows) / total,
    down = HEIGHT / rows;
  const size = Math.min(LARGEST, 0.84 * Math.min(across, down));
  const at = (i) =>
    `M${(across * (Math.floor(i / rows) + 0.5)).toFixed(2)} ${(down * ((i % rows) + 0.5)).toFixed(2)}h0`;
  const width = across * Math.ceil(n / rows);
  return drawn(
    "svg",
    { "aria-hidden": "true", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` },
    drawn("path", { d: Array.from({ length: n }, (_, i) => at(i)).join(""), "stroke-width": size }),
  );
}

export function cellsOfVotes(votes) {
  const total = sum(votes);
  return Array.from(votes, (n) => ({ votes: n, total }));
}

export const cellsOfShares = (shares) => Array.from(shares, (share) => ({ share }));
