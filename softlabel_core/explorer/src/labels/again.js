// Starting again, which asks first.

import { button, element } from "../shared/elements.js";
import { plural } from "../shared/numbers.js";

export function makeAgain(set, act) {
  const words = element("span", {});
  const ask = button("Start again", () => turn(true));
  const yes = button("Yes, start again", () => {
    turn(false);
    act();
  });
  const no = button("Keep them", () => turn(false));
  const sure = element("span", { role: "group", "aria-label": "Start again?", hidden: true }, words, " ", yes, " ", no);
  const node = element("p", { class: "sl-again" }, ask, sure);
  function turn(asking) {
    const held = node.contains(document.activeElement);
    ask.hidden = asking;
    sure.hidden = !asking;
    if (held) (asking ? no : ask).focus();
  }
  return {
    node,
    show(given) {
      node.hidden = !given;
      words.textContent = `Throw away your ${plural(given, "answer")} on ${set.several}?`;
    },
  };
}
