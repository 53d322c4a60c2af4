// Who is in, each with a button to remove them.

import { apart, button, element } from "../shared/elements.js";
import { plural } from "../shared/numbers.js";

/** @param {{remove(i: number), empty(), undo()}} act */
export function makeRoster(act) {
  const count = element("span", {}),
    names = element("ul", { class: "sl-names" });
  const undo = button("undo", act.undo),
    empty = button("remove all", act.empty);
  const node = element(
    "section",
    { class: "sl-roster", "aria-label": "Who is in" },
    element("p", { class: "sl-steps" }, count, undo, empty),
    names,
  );
  return {
    node,
    show(set, annotators, steps) {
      const held = node.contains(document.activeElement);
      count.textContent = annotators.length
        ? `${plural(annotators.length, "annotator")} on ${set.several}:`
        : `Nobody is in yet with votes on ${set.several}.`;
      undo.hidden = !steps;
      empty.hidden = !annotators.length;
      names.replaceChildren(
        ...annotators.map(({ name }, i) =>
          element(
            "li",
            {},
            apart(name),
            button("×", () => act.remove(i), { "aria-label": `remove ${name}` }),
          ),
        ),
      );
      if (held && !document.activeElement?.checkVisibility()) shownLast(node)?.focus();
      else if (held && !node.contains(document.activeElement)) undo.focus();
    },
  };
}

const shownLast = (node) => [...node.querySelectorAll("button")].filter((one) => one.checkVisibility()).at(-1);
