// Comma-separated values, written and read by d3-dsv, and the clipboard and files that they go to.

import { csvFormatRow } from "d3-dsv";
import { button, element } from "./elements.js";

/**
 * Rows of cells as CSV. What a spreadsheet would take for a formula gets an apostrophe before it: data compute nothing.
 * So does what already has one, so that data.from_table can take it away again and read what was written.
 */
export function toCsv(rows) {
  const cell = (value) => (typeof value === "string" ? harmless(value) : String(value));
  return rows.map((row) => `${csvFormatRow(Array.from(row, cell))}\r\n`).join("");
}

const harmless = (text) => (/^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/.test(text) ? `'${text}` : text);

/** Put text on the clipboard; whether the browser allowed it. */
export async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { style: "position: fixed; top: 0", readonly: true }),
      before = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus({ preventScroll: true }); // selecting took it
    return done;
  }
}

/** Hand the reader a file that was made here. */
export function toFile(name, text, type = "text/csv") {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // the browser may ask for it late
}

const SAID = 2500; // milliseconds for which a button says what it did

/**
 * A button that copies, and says for a while whether it could.
 *
 * @param {string} label
 * @param {() => string} text what is copied, asked for at each press
 * @param {{done?: () => string, refused?: string, tell?: (words: string) => void}} words what it says, to whom else
 */
export function copyButton(
  label,
  text,
  { done = () => "Copied", refused = "The browser did not allow it", tell } = {},
) {
  const node = button(label, async () => {
    node.textContent = (await toClipboard(text())) ? done() : refused;
    tell?.(node.textContent);
    setTimeout(() => (node.textContent = label), SAID);
  });
  return node;
}
