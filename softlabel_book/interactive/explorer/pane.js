// The chosen item: its picture or text, its votes as dots, the two chosen arms' answers with their KL to the votes.

import { apart, button, element } from "../shared/elements.js";
import { cellsOfVotes, makeArmBars } from "../shared/bars.js";
import { makeMedia } from "../shared/item.js";
import { datum, plural, sum } from "../shared/numbers.js";
import { rangeOf, shareOf, votesOf } from "./data.js";
import { armsOf, rowOf, step } from "./view.js";
import { positionInWords } from "./words.js";

export function makePane(view) {
  const { data } = view;
  const media = makeMedia(data, view.asked);
  const name = element("p", { class: "sl-item" });
  const facts = element("p", { class: "sl-facts" });
  const count = element("span", { class: "sl-count" });
  const go = (label, text, by) => button(text, () => step(view, view.rows, by), { "aria-label": label });
  const steps = element("p", { class: "sl-steps" }, count, go("previous item", "←", -1), go("next item", "→", 1));
  count.style.minWidth = `${2 * data.n.toLocaleString("en").length + 1}ch`; // the buttons stay where they are
  const words = element("div", {}, name, facts, steps);
  // A picture has one size; a text has not, and stands below the buttons, so that they stay where they are.
  const head = element("div", { class: "sl-head" }, ...(media.wide ? [words, media.node] : [media.node, words]));
  head.classList.toggle("sl-stacked", media.wide);
  const seeds = (arms) => (arms.some((arm) => arm.range) ? "; the lines go from the lowest to the highest seed" : "");
  const bars = makeArmBars(
    data.classes,
    (arms) => `The votes (counts) and each arm's answer (per cent${seeds(arms)})`,
    [{ label: "entropy, nats" }, { label: "KL to the votes, nats", from: 1 }],
  );
  const node = element("div", { class: "sl-pane" }, head, bars.node);

  return {
    node,
    show() {
      const row = rowOf(view),
        arms = armsOf(view),
        classes = Array.from(data.classes.keys());
      const gold = data.gold ? [", gold label ", apart(data.classes[data.gold[row]])] : [];
      name.replaceChildren("item ", apart(data.ids[row]));
      facts.replaceChildren(plural(sum(votesOf(data, row)), "vote"), ...gold);
      count.textContent = positionInWords(view);
      media.show(row);
      const answer = (arm) =>
        classes.map((k) => ({ share: shareOf(data, arm, row, k), ...rangeOf(data, arm, row, k) }));
      bars.show(
        arms,
        [cellsOfVotes(votesOf(data, row)), ...arms.map(answer)],
        [
          [datum(data.entropy[row]), ...arms.map((arm) => datum(arm.entropy[row]))],
          arms.map((arm) => datum(arm.kl[row])),
        ],
      );
    },
  };
}
