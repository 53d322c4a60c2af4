// Taking in: files dropped or chosen, codes pasted; then one sentence for each that could not be read, and questions on
// those who are in already.

import { apart, button, element } from "../shared/elements.js";
import { LARGEST_FILE, readText, shorten } from "../shared/ballot.js";

/** @param {{add({ballots, complaints}), settle(ballot, how: "replace"|"both"|"leave")}} act */
export function makeIntake(sets, root, act) {
  const files = element("input", {
    type: "file",
    multiple: true,
    accept: ".json,.txt",
    "aria-label": "files of votes",
  });
  const codes = element("textarea", {
    rows: 2,
    "aria-label": "codes, one a line",
    placeholder: "or paste codes, one a line",
    spellcheck: "false",
  });
  const choose = element("label", { class: "sl-choose" }, files, element("span", {}, "Choose files"));
  const paste = button("Add codes", () => {
    if (!codes.value.trim()) return codes.focus();
    act.add(readText(codes.value, "The pasted text", sets));
    codes.value = "";
  });
  const said = element("ul", { class: "sl-said" }),
    asked = element("div", {});
  const report = element("div", { class: "sl-report", role: "status" }, said, asked);
  const node = element(
    "section",
    { class: "sl-intake", "aria-label": "Take votes in" },
    element("div", { class: "sl-drop" }, element("p", {}, "Drop the files of your class here. ", choose), codes, paste),
    report,
  );

  async function read(list) {
    const read = await Promise.all(Array.from(list, (file) => readFile(file, sets)));
    act.add({
      ballots: read.flatMap(({ ballots }) => ballots),
      complaints: read.flatMap(({ complaints }) => complaints),
    });
  }
  files.addEventListener("change", async () => {
    await read(files.files);
    files.value = ""; // the same file may be chosen again
  });
  const stop = onDrop(root, read);

  return {
    node,
    stop,
    /** @param {string[]} sentences */
    tell(sentences, doubles) {
      said.replaceChildren(...sentences.map((text) => element("li", { dir: "auto" }, text)));
      asked.replaceChildren(...doubles.map((ballot) => question(ballot, act.settle)));
    },
  };
}

/** Somebody is in already with other answers: what now? */
function question(ballot, settle) {
  const answer = (text, how) => button(text, () => settle(ballot, how));
  return element(
    "p",
    { class: "sl-double", role: "group", "aria-label": `${ballot.name} is in already` },
    element("span", {}, apart(ballot.name), " is in already, with other answers."),
    answer("Replace", "replace"),
    answer("Keep both", "both"),
    answer("Leave out", "leave"),
  );
}

async function readFile(file, sets) {
  const name = `“${shorten(file.name)}”`;
  const refused = (why) => ({ ballots: [], complaints: [`${name} ${why}`] });
  if (file.size > LARGEST_FILE)
    return refused("is too large to be a file of votes; ask for the one that the labelling page gives.");
  try {
    return readText(await file.text(), name, sets);
  } catch {
    return refused("could not be read; drop files, not folders.");
  }
}

/** Files dropped anywhere on the figure; returns how to stop. */
function onDrop(root, read) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const over = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    root.classList.add("sl-over");
  };
  const leave = (event) => {
    if (!root.contains(event.relatedTarget)) root.classList.remove("sl-over");
  };
  const drop = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    root.classList.remove("sl-over");
    read(event.dataTransfer.files);
  };
  const heard = { dragover: over, dragleave: leave, drop };
  for (const [name, call] of Object.entries(heard)) root.addEventListener(name, call);
  return () => {
    for (const [name, call] of Object.entries(heard)) root.removeEventListener(name, call);
  };
}
