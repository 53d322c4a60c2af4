// One item: its picture or its text, covered by a warning where there is one.

import { element } from "./elements.js";
import { onResize, sharpness } from "./page.js";

const PICTURE = 112; // longest side of an item's picture, in pixels
const SPOKEN = 300; // characters of each part of a text that the live text repeats

/**
 * Where the item itself appears: its picture, its text, or a word that neither is in this build.
 *
 * @param {{sprite, texts, warning, ids}} items `sprite` or `texts` as Python's item_media.pictures and .pairs wrote them
 * @param {{row, all}} asked which covered text the reader asked for; shared with whoever speaks of the item
 * @returns {{node, wide: boolean, show(row)}} `wide` where the item wants a line of its own
 */
export function makeMedia(items, asked = { row: undefined, all: false }) {
  if (items.sprite) return makePicture(items);
  if (items.texts) return makeText(items, asked);
  const node = element("p", { class: "sl-absent" }, "The items themselves are not shown in this build.");
  return { node, wide: true, show() {} };
}

export function makePicture({ sprite, ids }, longest = PICTURE) {
  const { width, height, columns } = sprite;
  const enlarge = longest / Math.max(width, height),
    sharp = Math.max(2, sharpness());
  const canvas = element("canvas", { class: "sl-picture", role: "img" });
  canvas.width = Math.round(width * enlarge * sharp);
  canvas.height = Math.round(height * enlarge * sharp);
  canvas.style.width = `${width * enlarge}px`;
  const sheet = new Image();
  let shown;
  const show = (row) => {
    shown = row;
    canvas.setAttribute("aria-label", `picture of item ${ids[row]}`);
    if (row === undefined || !sheet.complete || !sheet.naturalWidth) return;
    const brush = canvas.getContext("2d"),
      [left, top] = [(row % columns) * width, Math.floor(row / columns) * height];
    brush.imageSmoothingEnabled = Math.max(width, height) > 16; // tiny digits are clearer as squares
    brush.imageSmoothingQuality = "high";
    brush.drawImage(sheet, left, top, width, height, 0, 0, canvas.width, canvas.height);
  };
  sheet.addEventListener("load", () => show(shown));
  sheet.src = sprite.src;
  return { node: canvas, wide: false, show };
}

/** The text under its headings. Where there is a warning, a text is in the page only while the reader asks for it. */
function makeText(items, asked) {
  const node = element("div", { class: "sl-text", role: "group", "aria-label": "text of the item" });
  const paragraph = (text) => element("p", { dir: "auto" }, text);
  const part = ([heading, body]) =>
    (heading ? [element("p", { class: "sl-heading", dir: "auto" }, heading)] : []).concat(paragraph(body));
  let shown;
  const reach = () => {
    for (const box of [node, ...node.children]) {
      // what scrolls must be reached by keyboard
      if (box.scrollHeight > box.clientHeight) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  const show = (row) => {
    if (row !== asked.row) asked.row = undefined;
    shown = row;
    node.hidden = isCovered(items, asked, row);
    node.replaceChildren(...(node.hidden ? [] : partsOf(items, row).flatMap(part)));
    node.scrollTop = 0;
    cover.show(row);
    reach();
  };
  const cover = makeCover(
    items,
    asked,
    () => show(shown),
    () => shown,
  );
  onResize(node, reach);
  return { node: element("div", { class: "sl-media" }, cover.node, node), wide: true, show };
}

/** The warning with what uncovers a text: a button for this one, a box to tick for all. */
function makeCover(items, asked, changed, current) {
  const node = element("p", { class: "sl-cover" });
  const one = element("button", { type: "button" }, "Show text");
  const all = element("input", { type: "checkbox" });
  one.addEventListener("click", () => {
    asked.row = isCovered(items, asked, current()) ? current() : undefined;
    changed();
  });
  all.addEventListener("change", () => {
    Object.assign(asked, { row: undefined, all: all.checked });
    changed();
  });
  if (items.warning)
    node.append(element("span", {}, items.warning), " ", one, " ", element("label", {}, all, " show all"));
  return {
    node,
    show(row) {
      one.disabled = asked.all;
      one.setAttribute("aria-expanded", String(!isCovered(items, asked, row)));
    },
  };
}

/** Whether the text is hidden: there is a warning, and the reader has asked neither for this text nor for all. */
export const isCovered = (items, asked, row) => Boolean(items.warning) && !asked.all && asked.row !== row;

/** An item's text as pairs of heading and body; no heading for a text of one part, no pair where items are not texts. */
export function partsOf({ texts }, row) {
  const text = texts?.[row] ?? [];
  return typeof text === "string" ? [["", text]] : text;
}

/** The item's text as a screen reader hears it, whole letters only; the warning where the text is covered. */
export function textInWords(items, asked, row) {
  if (isCovered(items, asked, row)) return `Text not shown. ${items.warning}`;
  const say = ([heading, body]) => (heading ? `${heading}: ` : "") + shorten(Array.from(body));
  return partsOf(items, row).map(say).join(" ");
}

const shorten = (letters) => letters.slice(0, SPOKEN).join("") + (letters.length > SPOKEN ? " …" : "");
