// Handing in: a nickname, and the answers as a small file or as a code to paste.

import { button, element } from "../shared/elements.js";
import { cleanName, LONGEST_NAME, toCode, toFileText } from "../shared/ballot.js";
import { keep, recall } from "../shared/store.js";
import { toClipboard, toFile } from "../shared/csv.js";

const NAME = "nickname",
  SHOWN = 2500; // ms for which a button says what it did

export function makeHand(set, tell) {
  const name = element("input", { type: "text", maxlength: LONGEST_NAME, autocomplete: "off", spellcheck: "false" });
  const code = element("textarea", {
    readonly: true,
    rows: 3,
    "aria-label": "code of your votes",
    spellcheck: "false",
  });
  let answers = [];
  name.value = recall(NAME) ?? "";
  const ballot = () => ({ data: set.data, hash: set.hash, name: cleanName(name.value) || nameless(), answers });
  const write = () => (code.value = toCode(ballot()));
  name.addEventListener("input", () => {
    keep(NAME, name.value);
    write();
  });
  code.addEventListener("focus", () => code.select());
  const save = button("Save file", () => {
    const given = ballot();
    toFile(fileName(set, given.name), toFileText(given, set), "application/json");
    tell("The file is saved.");
  });
  const copy = button("Copy code", async () => {
    const done = await toClipboard(code.value);
    copy.textContent = done ? "Copied" : "Copy it from the box";
    tell(copy.textContent);
    setTimeout(() => (copy.textContent = "Copy code"), SHOWN);
  });
  const fields = element("div", { class: "sl-hand" }, element("label", {}, "nickname ", name), save, copy);
  return {
    node: element(
      "section",
      { class: "sl-handing", "aria-label": "Hand in" },
      element("p", { class: "sl-part" }, "Hand in"),
      fields,
      code,
      element(
        "p",
        { class: "sl-hint" },
        "For a class: give the file or the code to whoever gathers them. Both hold the nickname and your answers; nothing has left this browser.",
      ),
    ),
    show(next) {
      answers = next;
      for (const node of [save, copy]) node.disabled = answers.every((k) => k === null);
      write();
    },
  };
}

const fileName = (set, name) =>
  `votes-${set.data}-${name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "someone"}.json`;

/** A name for whoever gives none, the same as long as the page is open: two of them are two people. */
const nameless = () =>
  (chance ??= `someone-${Math.floor(Math.random() * 36 ** 4)
    .toString(36)
    .padStart(4, "0")}`);
let chance;
