// Comma-separated values, written and read by d3-dsv, and the clipboard and files that they go to.

import { csvFormatRow } from "d3-dsv";
import { element } from "./elements.js";

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
