// Handing in: a nickname, and the answers as a small file or as a code to paste.

import { button, element } from "../shared/elements.js";
import { cleanName, LONGEST_NAME, toCode, toFileText } from "../shared/ballot.js";
import { keep, recall } from "../shared/store.js";
import { copyButton, toFile } from "../shared/csv.js";

const NAME = "nickname";

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
  const copy = copyButton("Copy code", () => code.value, { refused: "Copy it from the box", tell });
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

/** Two people may have one name; their files must not replace each other in the folder that gathers them. */
const fileName = (set, name) => {
  const plain = name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  const own = plain.endsWith(ending()) ? plain : [plain, ending()].filter(Boolean).join("-");
  return `votes-${set.data}-${own}.json`;
};

/** A name for whoever gives none. */
const nameless = () => `someone-${ending()}`;

/** Four letters by chance, the same as long as the page is open. */
const ending = () =>
  (chance ??= Math.floor(Math.random() * 36 ** 4)
    .toString(36)
    .padStart(4, "0"));
let chance;
