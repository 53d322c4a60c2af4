// The chosen item, and what is shown, in sentences for a screen reader.

import { percent, number, plural, sum } from "../shared/numbers.js";
import { textInWords } from "../shared/item.js";
import { shareOf, votesOf } from "./data.js";
import { armsOf, isNarrowed, orderOf, rowOf } from "./view.js";

export function itemInWords(view) {
  const { data } = view,
    row = rowOf(view),
    votes = votesOf(data, row);
  const said = Array.from(votes.keys())
    .filter((k) => votes[k] > 0)
    .sort((a, b) => votes[b] - votes[a])
    .map((k) => `${data.classes[k]} ${votes[k]}`);
  const each = (tell) =>
    armsOf(view)
      .map((arm) => `${arm.name} ${tell(arm)}`)
      .join(", ");
  const answer = (arm) => `${data.classes[arm.choice[row]]} ${percent(shareOf(data, arm, row, arm.choice[row]))}`;
  return [
    `Item ${data.ids[row]}, ${view.position.has(row) ? positionInWords(view) : `not among the ${view.rows.length} shown`}, ${orderOf(view).label}.`,
    textInWords(data, view.asked, row),
    `${plural(sum(votes), "vote")}: ${said.join(", ")}.`,
    `Most probable: ${each(answer)}.`,
    `Entropy in nats: human ${number(data.entropy[row])}, ${each((arm) => number(arm.entropy[row]))}.`,
    `KL to the votes in nats: ${each((arm) => (arm.kl[row] === null ? "infinite" : number(arm.kl[row])))}.`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** Where the chosen item stands among those that are shown. */
export function positionInWords(view) {
  const at = view.position.get(rowOf(view)),
    total = view.rows.length.toLocaleString("en");
  return `${at === undefined ? "–" : (at + 1).toLocaleString("en")} of ${total}`;
}

export function shownInWords(view) {
  return isNarrowed(view)
    ? `${plural(view.rows.length, "item")} of ${view.data.n.toLocaleString("en")} shown.`
    : `All ${plural(view.data.n, "item")} shown.`;
}
