// Label it yourself: the reader votes on a few items, one after another, and then sees the crowd, and where they stand in it.
//
// Reads a model of `payload`, `css`, `data` (which item set) and `votes` (answers by set), and writes the last two. What the
// reader answered is kept in this browser.

import { element, frame, mount, say } from "../shared/elements.js";
import { choice } from "../shared/controls.js";
import { fitting } from "../shared/ballot.js";
import { keep, recall } from "../shared/store.js";
import { makeAgain } from "./again.js";
import { makeResult } from "./result.js";
import { makeStage } from "./stage.js";
import { answerInWords, resultInWords } from "./words.js";

export default { render };

function render({ model, el }) {
  const { title, sets } = model.get("payload");
  const root = frame(title),
    desks = new Map(sets.map((set) => [set.data, makeDesk(set)]));
  const setNow = () => sets.find((set) => set.data === model.get("data"));
  const answersOf = (set) => model.get("votes")[set.data] ?? [];
  mount(el, "labels", model.get("css"), root);

  for (const set of sets) {
    // where the reader was
    const kept = fitting(set, recall(keyOf(set)), false);
    if (kept?.length && !answersOf(set).length) model.set("votes", { ...model.get("votes"), [set.data]: kept });
  }
  model.save_changes();

  function write(set, answers) {
    model.set("votes", { ...model.get("votes"), [set.data]: answers });
    model.save_changes();
  }

  const isDone = (set) => answersOf(set).length === set.ids.length;

  /** An answer, or null for none; then the next item. */
  function answer(k) {
    const set = setNow(),
      answers = answersOf(set);
    if (isDone(set)) return;
    write(set, [...answers, k]); // the last one is followed by the result, see voted()
    if (!isDone(set)) say(root, answerInWords(set, answersOf(set)));
  }

  function undo() {
    const set = setNow(),
      answers = answersOf(set);
    if (!answers.length) return;
    write(set, answers.slice(0, -1));
    say(root, `Taken back. ${answerInWords(set, answersOf(set))}`);
  }

  function makeDesk(set) {
    const stage = makeStage(set, { answer, undo }),
      result = makeResult(set, (text) => say(root, text));
    const again = makeAgain(set, { undo, clear: () => write(set, []) });
    const node = element("div", { class: "sl-desk" }, stage.node, result.node, again.node);
    return {
      node,
      show(answers) {
        const done = answers.length === set.ids.length,
          held = node.contains(document.activeElement);
        const turned = done === result.node.hidden;
        stage.node.hidden = done;
        result.node.hidden = !done;
        if (done) result.show(answers);
        else stage.show(answers);
        again.show(answers.length);
        const lost = turned || !document.activeElement?.checkVisibility(); // what had the focus is gone
        if (held && lost) (done ? result.head : stage.node).focus();
      },
    };
  }

  const which = choice(
    "label",
    sets.map((set) => ({ value: set.data, label: set.several })),
    (data) => {
      model.set("data", data);
      model.save_changes();
    },
  );
  const controls = element("div", { class: "sl-controls" }, which.node),
    note = element("p", { class: "sl-note" });
  controls.hidden = sets.length < 2;
  const lost = element(
    "p",
    { class: "sl-absent", hidden: true },
    "This browser keeps nothing for this page: save your votes before you close it.",
  );
  root.lastChild.before(controls, ...[...desks.values()].map(({ node }) => node), lost, note);

  function show() {
    const set = setNow();
    which.show(set.data);
    for (const [data, desk] of desks) desk.node.hidden = data !== set.data;
    desks.get(set.data).show(answersOf(set));
    note.textContent = set.note;
  }

  function voted() {
    const kept = sets.map((set) => keep(keyOf(set), answersOf(set)));
    lost.hidden = kept.every(Boolean);
    show();
    if (isDone(setNow())) say(root, resultInWords(setNow(), answersOf(setNow())));
  }

  function onKey(event) {
    if (event.altKey || event.metaKey || isText(event.target) || isDone(setNow())) return;
    const key = event.key.toLowerCase();
    if (key === "backspace" || (event.ctrlKey && key === "z")) undo();
    else if (event.ctrlKey) return;
    else if (key === "s") answer(null);
    else if (setNow().keys.includes(key) && key) answer(setNow().keys.indexOf(key));
    else return;
    event.preventDefault();
  }
  root.addEventListener("keydown", onKey);

  const heard = { votes: voted, data: show };
  for (const [name, call] of Object.entries(heard)) model.on(`change:${name}`, call);
  show();
  return () => {
    for (const [name, call] of Object.entries(heard)) model.off(`change:${name}`, call);
    el.replaceChildren();
  };
}

const keyOf = (set) => `labels:${set.data}:${set.hash}`;

/** Whether keys are meant for a field of text. */
const isText = (node) => node.matches("textarea, select, input:not([type=radio], [type=checkbox])");
