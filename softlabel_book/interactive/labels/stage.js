// The item that is asked about, and the classes to choose from.

import { button, element } from "../shared/elements.js";
import { makePicture, makeMedia } from "../shared/item.js";

const LARGE = 192,
  SMALL = 112; // longest side of the picture, in pixels; large squares are no clearer, only larger

/** @param {{answer(k: number|null), undo()}} act */
export function makeStage(set, act) {
  const n = set.ids.length;
  const media = set.sprite
    ? makePicture(set, Math.max(set.sprite.width, set.sprite.height) > 16 ? LARGE : SMALL)
    : makeMedia(set);
  const count = element("span", { class: "sl-count" });
  const line = element(
    "span",
    { class: "sl-progress", role: "progressbar", "aria-label": "labelled", "aria-valuemin": 0, "aria-valuemax": n },
    element("span", {}),
  );
  const undo = button("undo", act.undo),
    skip = button("skip", () => act.answer(null));
  const question = element("p", { class: "sl-question" }, set.question);
  const buttons = element(
    "div",
    { class: "sl-classes", role: "group", "aria-label": set.question },
    ...set.classes.map((label, k) => makeClass(set, label, k, act)),
  );
  const keys = set.keys.filter(Boolean);
  const help = element(
    "p",
    { class: "sl-hint" },
    "There is no right answer: say what you see.",
    element(
      "span",
      { class: "sl-keys" },
      ` Keys, once one of these has the focus: ${keysInWords(keys)}, s to skip, backspace to undo.`,
    ),
  );
  const steps = element("div", { class: "sl-steps" }, count, line, undo, skip);
  const node = element(
    "div",
    { class: "sl-stage", tabindex: "-1" },
    steps,
    element(
      "div",
      { class: set.sprite ? "sl-ask" : "sl-ask sl-long" },
      element("div", { class: "sl-shown" }, media.node),
      element("div", {}, question, buttons, help),
    ),
  );
  return {
    node,
    show(answers) {
      const at = answers.length;
      count.textContent = `${at + 1} of ${n}`;
      line.setAttribute("aria-valuenow", at);
      line.style.setProperty("--_share", at / n);
      undo.setAttribute("aria-disabled", String(!at)); // a button that is disabled would drop the focus
      media.show(at);
    },
  };
}

const keysInWords = (keys) => (keys.at(-1) === "0" ? `${keys[0]} to 9 and 0` : `${keys[0]} to ${keys.at(-1)}`);

/** A class to choose: its key, its name, what it means. */
function makeClass(set, label, k, act) {
  const key = set.keys[k],
    meaning = set.meanings[k];
  const node = button("", () => act.answer(k), key ? { "aria-keyshortcuts": key } : {});
  const name = element("bdi", {}, label);
  if (key && key !== label) node.append(element("kbd", { "aria-hidden": "true" }, key));
  node.append(element("span", {}, name, ...(meaning ? [element("small", {}, meaning)] : [])));
  return node;
}
