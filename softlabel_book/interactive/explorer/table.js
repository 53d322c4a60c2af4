// The shown items as a table, and as CSV to take away.

import { apart, element } from "../shared/elements.js";
import { copyButton, toCsv } from "../shared/csv.js";
import { datum, plural } from "../shared/numbers.js";
import { partsOf } from "../shared/item.js";
import { votesOf } from "./data.js";
import { orderOf } from "./view.js";

const ROWS = 50; // in the page; the CSV holds all

export function makeTable(view) {
  const { data } = view;
  const words = element("span", {});
  const done = () => `Copied ${plural(view.rows.length, "row")}`;
  const copy = copyButton("Copy as CSV", () => csv(view), { done });
  const table = element("table", { class: "sl-list" });
  const scroll = element(
    "div",
    { class: "sl-scroll", tabindex: "0", role: "group", "aria-label": "table of items" },
    table,
  );
  const node = element(
    "details",
    { class: "sl-more" },
    element("summary", {}, "Show as table"),
    element("p", {}, words, " ", copy),
    scroll,
  );
  const show = () => {
    if (!node.open) return;
    const shown = view.rows.slice(0, ROWS);
    words.textContent = `${shown.length} of ${plural(view.rows.length, "item")}, ${orderOf(view).label}; all numbers in nats.`;
    table.replaceChildren(...listRows(data, shown));
  };
  node.addEventListener("toggle", show);
  return { node, show };
}

function listRows(data, rows) {
  const head = (text) => element("th", { scope: "col" }, text);
  const names = data.arms.map((arm) => arm.name);
  const titles = ["human entropy", ...names.map((name) => `${name} entropy`), ...names.map((name) => `${name} KL`)];
  const body = rows.map((row) => {
    const values = [
      data.entropy[row],
      ...data.arms.map((arm) => arm.entropy[row]),
      ...data.arms.map((arm) => arm.kl[row]),
    ];
    const cells = values.map((value) => element("td", {}, datum(value)));
    return element("tr", {}, element("th", { scope: "row" }, apart(data.ids[row])), ...cells);
  });
  return [element("thead", {}, element("tr", {}, head("item"), ...titles.map(head))), element("tbody", {}, ...body)];
}

/** The shown items in the current order; entropies and KL in nats, votes by class, texts unless they are covered. */
function csv(view) {
  const { data } = view;
  const full = (value) => (value === null ? "inf" : value);
  const names = data.arms.flatMap(({ name }) => [`${name}_entropy`, `${name}_kl`]);
  const titles = data.warning && !view.asked.all ? [] : headingsOf(data);
  const columns = titles.map((title) => (title ? `text_${title}` : "text"));
  const lines = [["id", "human_entropy", ...names, ...data.classes.map((name) => `votes_${name}`), ...columns]];
  for (const row of view.rows) {
    const values = data.arms.flatMap((arm) => [arm.entropy[row], full(arm.kl[row])]);
    const parts = new Map(partsOf(data, row));
    lines.push([
      data.ids[row],
      data.entropy[row],
      ...values,
      ...votesOf(data, row),
      ...titles.map((title) => parts.get(title) ?? ""),
    ]);
  }
  return toCsv(lines);
}

/** Every heading that any text has, in the order in which they come. */
const headingsOf = (data) => [...new Set(data.ids.flatMap((_, row) => partsOf(data, row).map(([heading]) => heading)))];
