// What is shown, on the whole: mean distributions and measures of the items that filter and region leave.

import { element } from "../shared/elements.js";
import { cellsOfShares, makeArmBars } from "../shared/bars.js";
import { datum, percent } from "../shared/numbers.js";
import { summarise } from "./data.js";
import { armsOf } from "./view.js";
import { shownInWords } from "./words.js";

export function makeSummary(view, clear) {
  const { data } = view;
  const words = element("span", {});
  const bars = makeArmBars(
    data.classes,
    () => "Mean distributions of the items that are shown, and the arms' measures on them",
    [{ label: "entropy" }, { label: "KL", from: 1 }, { label: "r(H)", from: 1 }, { label: "accuracy", from: 1 }],
  );
  const node = element(
    "div",
    { class: "sl-summary", role: "group", "aria-label": "what is shown, on the whole" },
    element("p", {}, words, " ", clear),
    bars.node,
    element(
      "p",
      { class: "sl-hint" },
      "Means over these items; entropy and KL in nats. r(H): Pearson correlation of the arm’s entropy with the votes’.",
    ),
  );

  return {
    node,
    show() {
      words.textContent = shownInWords(view);
      bars.node.hidden = view.rows.length === 0;
      if (bars.node.hidden) return;
      const arms = armsOf(view),
        [human, ...own] = summarise(data, view.rows, arms);
      const share = (value) => datum(value, Number.isNaN(value) ? "–" : percent(value));
      bars.show(
        arms,
        [human, ...own].map((each) => cellsOfShares(each.mean)),
        [
          [human, ...own].map((each) => datum(each.entropy)),
          own.map((each) => datum(each.kl === Infinity ? null : each.kl)),
          own.map((each) => datum(each.correlation)),
          own.map((each) => share(each.accuracy)),
        ],
      );
    },
  };
}
