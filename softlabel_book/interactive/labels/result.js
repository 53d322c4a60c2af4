// After the last answer: where the reader stands, then item by item the crowd's votes, the models' answers and the own vote.

import { apart, element } from "../shared/elements.js";
import { cellsOfShares, cellsOfVotes, makeBars } from "../shared/bars.js";
import { datum, percent, plural, sum } from "../shared/numbers.js";
import { distribution, entropy } from "../shared/metrics.js";
import { isMajority } from "../shared/crowd.js";
import { makeMedia } from "../shared/item.js";
import { makeStrip } from "../shared/strip.js";
import { makeHand } from "./hand.js";
import { scoresOf } from "./scores.js";
import { resultInWords } from "./words.js";

/** @param {(text: string) => void} tell what a screen reader is told */
export function makeResult(set, tell) {
  const entropies = set.counts.map((counts) => entropy(distribution(counts)));
  const order = Array.from(set.ids.keys()).sort((a, b) => entropies[b] - entropies[a]),
    most = Math.max(...entropies) || 1;
  const head = element("p", { class: "sl-standing", tabindex: "-1" });
  const scores = makeScores(set),
    pane = makePane(set),
    hand = makeHand(set, tell);
  let answers = [],
    chosen = order[0];
  const strip = makeStrip(set, `${set.several}, the most disputed first`, (row) => {
    chosen = row;
    show();
    tell(pane.words());
  });
  const key = element(
    "p",
    { class: "sl-hint" },
    `All ${set.several}, the most disputed first: the bars are the crowd’s entropy. `,
    "● you voted with its majority, ○ you did not.",
  );
  const node = element(
    "div",
    { class: "sl-result", hidden: true },
    head,
    element("div", { class: "sl-body" }, element("div", {}, scores.node, strip.node, key), pane.node),
    hand.node,
  );

  function show() {
    strip.show(
      order.map((row) => cellOf(row)),
      chosen,
    );
    pane.show(chosen, answers[chosen]);
  }

  function cellOf(row) {
    const k = answers[row],
      agrees = k !== null && isMajority(set.counts[row], k);
    const how =
      k === null ? "you skipped it" : agrees ? "you voted with the majority" : "you did not vote with the majority";
    return {
      row,
      height: entropies[row] / most,
      mark: k === null ? "" : agrees ? "●" : "○",
      words: `${set.one} ${row + 1}, entropy ${entropies[row].toFixed(2)} nats, ${how}`,
    };
  }

  return {
    node,
    head,
    show(next) {
      answers = next;
      head.textContent = resultInWords(set, answers);
      scores.show(answers);
      hand.show(answers);
      show();
    },
  };
}

/** A line for the reader, one of the crowd and each model: votes with the majority, and how many share a vote. */
function makeScores(set) {
  const body = element("tbody", {});
  const node = element(
    "table",
    { class: "sl-scores" },
    element("caption", {}, "Votes with the majority, and the share of the crowd with the same vote"),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td", {}),
        element("th", { scope: "col" }, "with the majority"),
        element("th", { scope: "col" }, "share with the same vote"),
      ),
    ),
    body,
  );
  const line = (name, arm, { majority, shared }, labelled, whole) => {
    const cell = (share, value, words) =>
      element(
        "td",
        {},
        element("div", {}, element("span", { class: "sl-bar", style: `--_share: ${share || 0}` }), datum(value, words)),
      );
    return element(
      "tr",
      { "data-arm": arm },
      element("th", { scope: "row" }, name),
      cell(majority / labelled, majority, whole ? `${majority}` : majority.toFixed(1)),
      cell(shared, shared, percent(shared)),
    );
  };
  return {
    node,
    show(answers) {
      const { labelled, you, crowd, models } = scoresOf(set, answers);
      node.hidden = !labelled;
      if (!labelled) return;
      body.replaceChildren(
        line("you", "human", you, labelled, true),
        line("one of the crowd", "crowd", crowd, labelled, false),
        ...models.map(({ arm, score }) => line(`${arm} labels`, arm, score, labelled, true)),
      );
    },
  };
}

/** One item: the crowd's votes, the models' answers, and a mark at the reader's own vote. */
function makePane(set) {
  const media = makeMedia(set),
    own = element("p", { class: "sl-item" }),
    facts = element("p", { class: "sl-facts" });
  const columns = [{ name: "human", label: "crowd" }, ...set.arms.map((arm) => ({ name: arm }))];
  const table = makeBars(set.classes, columns, "The crowd’s votes (counts) and each model’s answer (per cent)", [
    { label: "entropy, nats" },
  ]);
  const head = element(
    "div",
    { class: "sl-head" },
    ...(media.wide ? [element("div", {}, own, facts), media.node] : [media.node, element("div", {}, own, facts)]),
  );
  head.classList.toggle("sl-stacked", media.wide);
  const rows = table.node.querySelectorAll("tbody tr");
  return {
    node: element("div", { class: "sl-pane" }, head, table.node),
    show(row, k) {
      const counts = set.counts[row],
        answers = set.arms.map((arm) => set.models[arm][row]);
      media.show(row);
      own.replaceChildren(...(k === null ? ["you skipped this one"] : ["you: ", apart(set.classes[k])]));
      facts.replaceChildren(
        ...(k === null ? [] : [`${counts[k]} of ${plural(sum(counts), set.annotator, set.annotators)} voted like you`]),
      );
      rows.forEach((node, i) => node.classList.toggle("sl-yours", i === k));
      table.show(
        [cellsOfVotes(counts), ...answers.map(cellsOfShares)],
        [[datum(entropy(distribution(counts))), ...answers.map((p) => datum(entropy(p)))]],
      );
    },
    words: () => `${own.textContent}. ${facts.textContent}`,
  };
}
