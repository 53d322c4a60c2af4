// Every measure between the two distributions, with its value and what it answers.

import { element } from "../shared/elements.js";
import { datum } from "../shared/numbers.js";
import { factsOf } from "./words.js";

export function makeFacts(n) {
  const lines = factsOf(n).map((fact) => {
    const value = element("td", { class: "sl-number", "data-measure": fact.key });
    const name = element("th", { scope: "row" }, fact.label),
      says = element("td", { class: "sl-says" }, fact.says);
    const node = element("tr", {}, name, value, says);
    return { ...fact, value, node };
  });
  const head = ["measure", "value", "what it answers"].map((label) => element("th", { scope: "col" }, label));
  const node = element(
    "table",
    { class: "sl-measures" },
    element("caption", {}, "All measures between the two distributions; entropies and KL in nats"),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...lines.map((line) => line.node)),
  );
  return {
    node,
    show(p, q) {
      for (const { of, value } of lines) value.replaceChildren(datum(of(p, q)));
    },
  };
}
