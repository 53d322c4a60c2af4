// Going back from the result to the last item, and starting again, which asks first.

import { button, element } from "../shared/elements.js";
import { plural } from "../shared/numbers.js";

/** @param {{undo(), clear()}} act */
export function makeAgain(set, act) {
  const words = element("span", {}),
    back = button("Change the last answer", act.undo);
  const ask = button("Start again", () => turn(true));
  const yes = button("Yes, start again", () => {
    turn(false);
    act.clear();
  });
  const no = button("Keep them", () => turn(false));
  const sure = element("span", { role: "group", "aria-label": "Start again?", hidden: true }, words, " ", yes, " ", no);
  const node = element("p", { class: "sl-again" }, back, ask, sure);
  let done = false;
  function turn(asking) {
    const held = node.contains(document.activeElement);
    ask.hidden = asking;
    back.hidden = asking || !done;
    sure.hidden = !asking;
    if (held) (asking ? no : ask).focus();
  }
  return {
    node,
    show(given) {
      done = given === set.ids.length;
      node.hidden = !given;
      back.hidden = !done;
      words.textContent = `Throw away your ${plural(given, "answer")} on ${set.several}?`;
    },
  };
}
