// What the class said: its entropies beside the crowd's, the items that split the room, one item in full, and the CSV.

import { button, element } from "../shared/elements.js";
import { cellsOfShares, cellsOfVotes, makeBars } from "../shared/bars.js";
import { datum, number, plural, sum } from "../shared/numbers.js";
import { makeMedia } from "../shared/item.js";
import { makeStrip } from "../shared/strip.js";
import { copyButton, toCsv, toFile } from "../shared/csv.js";
import { standing } from "./counts.js";

const ARM = { class: "human", crowd: "human" };

export function makeResult(set, tell) {
  const head = element("p", { class: "sl-standing", role: "status" }),
    lines = makeLines(),
    pane = makePane(set),
    table = makeTable(set);
  let annotators = [],
    chosen,
    shown;
  const strip = makeStrip(set, `${set.several}, those that split the room first`, (row) => {
    chosen = row;
    show();
    tell(pane.words());
  });
  strip.node.classList.add("sl-wide");
  const key = element(
    "p",
    { class: "sl-hint" },
    `All ${set.several}, those that split the room first: the bar is the class’s entropy`,
    element("span", { class: "sl-crowds" }, ", the line across it the crowd’s"),
    ".",
  );
  const node = element(
    "section",
    { class: "sl-result", hidden: true, "aria-label": `The class on ${set.several}` },
    head,
    lines.node,
    strip.node,
    key,
    pane.node,
    makeExport(set, () => annotators, tell),
    table.node,
  );

  function show() {
    const found = standing(set, annotators),
      { entropies, labels, rows } = found;
    const highest = Math.max(...entropies.class.filter((h) => h >= 0), ...entropies.crowd) || 1;
    const rank = (row) => (Number.isNaN(entropies.class[row]) ? -1 : entropies.class[row]);
    const order = Array.from(set.ids.keys()).sort(
      (a, b) => rank(b) - rank(a) || entropies.crowd[b] - entropies.crowd[a],
    );
    const crowds = shown !== "class";
    node.dataset.show = shown; // the style sheet leaves out what is not to be seen yet
    chosen ??= order[0];
    head.textContent = `${plural(annotators.length, "annotator")} gave ${plural(labels, "label")} to ${plural(rows.length, set.one)}.`;
    lines.show(found.lines);
    strip.show(
      order.map((row) => ({
        row,
        height: Math.max(0, rank(row)) / highest,
        tick: crowds ? entropies.crowd[row] / highest : undefined,
        words:
          `${set.one} ${row + 1}, entropy of the class ${number(entropies.class[row])}` +
          `${crowds ? `, of the crowd ${number(entropies.crowd[row])}` : ""} nats`,
      })),
      chosen,
    );
    pane.show(chosen, found, crowds);
    table.show(order, found);
  }

  return {
    node,
    /** Choose what splits the room most, once the class is another. */
    begin: () => (chosen = undefined),
    show(next, much) {
      [annotators, shown] = [next, much];
      show();
    },
  };
}

/** Mean entropy of the class, the crowd and each model, and how the entropies go with the crowd's. */
function makeLines() {
  const body = element("tbody", {}),
    head = (text) => element("th", { scope: "col" }, text);
  const node = element(
    "table",
    { class: "sl-lines" },
    element("caption", {}, "Entropies"),
    element(
      "thead",
      {},
      element("tr", {}, element("td", {}), head("mean entropy, nats"), head("correlation with the crowd’s, r")),
    ),
    body,
  );
  return {
    node,
    show(lines) {
      body.replaceChildren(
        ...lines.map(({ who, mean, r }) =>
          element(
            "tr",
            { "data-arm": ARM[who] ?? who, "data-who": who },
            element("th", { scope: "row" }, ARM[who] ? who : `${who} labels`),
            element("td", {}, datum(mean)),
            element("td", {}, ...(who === "crowd" ? [] : [datum(r, number(r).replace("-", "−"))])),
          ),
        ),
      );
    },
  };
}

/** One item: the class's votes beside the crowd's, and the models' answers. */
function makePane(set) {
  const media = makeMedia(set),
    name = element("p", { class: "sl-item" }),
    facts = element("p", { class: "sl-facts" });
  const words = element("div", {}, name, facts);
  const head = element("div", { class: "sl-head" }, ...(media.wide ? [words, media.node] : [media.node, words]));
  head.classList.toggle("sl-stacked", media.wide);
  const foot = [{ label: "entropy, nats" }];
  const people = makeBars(
    set.classes,
    [
      { name: "human", label: "class" },
      { name: "human", label: "crowd" },
    ],
    "Votes (counts)",
    foot,
  );
  const models = makeBars(
    set.classes,
    set.arms.map((arm) => ({ name: arm })),
    "Each model’s answer (per cent)",
    foot,
  );
  const pair = element("div", { class: "sl-twice" }, people.node, ...(set.arms.length ? [models.node] : []));
  models.node.classList.add("sl-models");
  return {
    node: element("div", { class: "sl-pane" }, head, pair),
    show(row, { counts, entropies }, crowds) {
      const n = sum(counts[row]);
      media.show(row);
      name.textContent = `${set.one} ${row + 1}`;
      facts.textContent = `${n ? plural(n, "vote") : "no vote"} of the class${crowds ? `, ${sum(set.counts[row])} of the crowd` : ""}`;
      people.show(
        [cellsOfVotes(counts[row]), cellsOfVotes(set.counts[row])],
        [["class", "crowd"].map((who) => datum(entropies[who][row]))],
      );
      models.show(
        set.arms.map((arm) => cellsOfShares(set.models[arm][row])),
        [set.arms.map((arm) => datum(entropies[arm][row]))],
      );
    },
    words: () => `${name.textContent}: ${facts.textContent}`,
  };
}

/** The answers as a table that data.from_table reads. */
function makeExport(set, annotators, tell) {
  const csv = () =>
    toCsv([
      ["item", "annotator", "label"],
      ...annotators().flatMap(({ name, answers }) =>
        answers.flatMap((k, row) => (k === null ? [] : [[set.ids[row], name, set.classes[k]]])),
      ),
    ]);
  const save = button("Save CSV", () => {
    toFile(`class-${set.data}.csv`, csv());
    tell("The CSV is saved.");
  });
  const copy = copyButton("Copy CSV", csv, { tell });
  return element(
    "p",
    { class: "sl-export" },
    save,
    " ",
    copy,
    " ",
    element("span", { class: "sl-hint" }, "item, annotator, label: what data.from_table reads"),
  );
}

/** Every item's votes and entropies in numbers. */
function makeTable(set) {
  const head = (text) => element("th", { scope: "col" }, text),
    body = element("tbody", {});
  const who = ["class", "crowd", ...set.arms];
  const table = element(
    "table",
    { class: "sl-list" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        head(set.one),
        ...who.map((name) => head(`${name} entropy`)),
        ...set.classes.map((label) => head(label)),
      ),
    ),
    body,
  );
  return {
    node: element(
      "details",
      { class: "sl-more" },
      element("summary", {}, "Show as table"),
      element("p", { class: "sl-hint" }, "Entropies in nats; under each class, the share of the class’s votes."),
      element("div", { class: "sl-scroll", tabindex: "0", role: "group", "aria-label": "table of items" }, table),
    ),
    show(order, { counts, entropies }) {
      body.replaceChildren(
        ...order.map((row) => {
          const n = sum(counts[row]),
            shares = counts[row].map((count) => (n ? count / n : NaN));
          return element(
            "tr",
            { "data-item": set.ids[row] },
            element("th", { scope: "row" }, String(row + 1)),
            ...[...who.map((name) => entropies[name][row]), ...shares].map((value) => element("td", {}, datum(value))),
          );
        }),
      );
    },
  };
}
