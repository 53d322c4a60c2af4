// Items side by side, each under a bar, one of them chosen: radio buttons, so that arrow keys and screen readers know them.

import { element } from "./elements.js";

const SIDE = 28; // of an item's picture, in pixels

/**
 * @param {object} set an item set: `sprite`, `ids`, `one`
 * @param {string} legend what the strip is, for a screen reader
 * @param {(row: number) => void} act
 * @returns {{node, show(cells: Cell[], row: number)}} the cells from left to right
 *
 * @typedef {{row: number, height: number, tick?: number, mark?: string, words: string}} Cell
 *   height of the bar and of a tick across it, from 0 to 1; a mark beneath; what a screen reader says
 */
export function makeStrip(set, legend, act) {
  const name = `sl-${Math.random().toString(36).slice(2)}`; // of its own in the page, as in controls.js
  const cells = set.ids.map((_, row) => makeCell(set, name, row, act));
  const node = element(
    "fieldset",
    { class: "sl-strip" },
    element("legend", {}, legend),
    ...cells.map(({ node: label }) => label),
  );
  return {
    node,
    show(wanted, row) {
      const order = wanted.map((cell) => cells[cell.row].node);
      if (order.some((label, i) => label !== node.children[i + 1])) {
        // the first child is the legend
        const focused = node.contains(document.activeElement) && document.activeElement;
        node.append(...order); // arrow keys follow the order of the page
        if (focused) focused.focus();
      }
      for (const cell of wanted) cells[cell.row].show(cell, cell.row === row);
    },
  };
}

function makeCell(set, name, row, act) {
  const input = element("input", { type: "radio", name, value: row });
  const bar = element("span", { class: "sl-up" }),
    tick = element("span", { class: "sl-tick" });
  const mark = element("span", { class: "sl-mark" });
  const face = element("span", { class: "sl-face" }, set.sprite ? "" : String(row + 1));
  const node = element(
    "label",
    {},
    input,
    element("span", { class: "sl-column", "aria-hidden": "true" }, bar, tick),
    face,
    mark,
  );
  for (const part of [face, mark]) part.setAttribute("aria-hidden", "true");
  if (set.sprite) paint(face, set.sprite, row);
  input.addEventListener("change", () => act(row));
  return {
    node,
    show(cell, chosen) {
      input.checked = chosen;
      input.setAttribute("aria-label", cell.words);
      bar.style.setProperty("--_share", cell.height);
      tick.hidden = cell.tick === undefined;
      if (!tick.hidden) tick.style.setProperty("--_share", cell.tick);
      mark.textContent = cell.mark ?? "";
    },
  };
}

/** One picture of the sheet, as an element's background. */
function paint(node, { src, width, height, columns }, row) {
  const scale = SIDE / Math.max(width, height);
  Object.assign(node.style, {
    width: `${width * scale}px`,
    height: `${height * scale}px`,
    backgroundImage: `url("${src}")`,
    backgroundSize: `${columns * width * scale}px auto`,
    backgroundPosition: `${-(row % columns) * width * scale}px ${-Math.floor(row / columns) * height * scale}px`,
    imageRendering: Math.max(width, height) > 16 ? "auto" : "pixelated", // tiny digits are clearer as squares
  });
}
