// A class votes: what many readers exported from labels.js, dropped here, beside the crowd's votes and the models' answers.
//
// Reads a model of `payload`, `css`, `data` (which item set) and `annotators` (who is in, by set), and writes the last two. Who
// is in is kept in this browser; nothing leaves it.

import { element, frame, mount, say } from "../shared/elements.js";
import { choice } from "../shared/controls.js";
import { fitting, shorten } from "../shared/ballot.js";
import { keep, recall } from "../shared/store.js";
import { plural } from "../shared/numbers.js";
import { makeIntake } from "./intake.js";
import { makeResult } from "./result.js";
import { makeRoster } from "./roster.js";
import { take } from "./register.js";

export default { render };

const STEPS = 100; // that undo goes back at most

function render({ model, el }) {
  const { title, sets } = model.get("payload");
  const root = frame(title),
    past = [];
  let shown = "class"; // how much of the result: the class alone, the crowd too, or the models too
  let doubles = []; // ballots of somebody who is in already with other answers
  const setNow = () => sets.find((set) => set.data === model.get("data"));
  const annotatorsOf = (set) => model.get("annotators")[set.data] ?? [];
  mount(el, "classroom", model.get("css"), root);

  for (const set of sets) {
    // who was in
    const kept = annotatorList(set, recall(keyOf(set)));
    if (kept.length && !annotatorsOf(set).length)
      model.set("annotators", { ...model.get("annotators"), [set.data]: kept });
  }
  model.save_changes();

  /** Other annotators, which undo can take back. */
  function write(next) {
    past.push(model.get("annotators"));
    past.splice(0, past.length - STEPS);
    model.set("annotators", next);
    model.save_changes();
  }

  function add({ ballots, complaints }, choices = {}) {
    const taken = take(model.get("annotators"), ballots, choices);
    doubles = [...doubles, ...taken.doubles];
    if (taken.added + taken.replaced) {
      for (const result of results.values()) result.begin();
      write(taken.annotators);
      if (!annotatorsOf(setNow()).length) turnTo(ballots[0].data);
    }
    intake.tell([...taken.words, ...complaints], doubles);
  }

  /** What to do with a ballot of somebody who is in already. */
  function settle(ballot, how) {
    doubles = doubles.filter((other) => other !== ballot);
    if (how === "leave") intake.tell([`${shorten(ballot.name)} stays as before.`], doubles);
    else add({ ballots: [ballot], complaints: [] }, { how });
  }

  function remove(gone) {
    const set = setNow(),
      annotators = annotatorsOf(set);
    write({ ...model.get("annotators"), [set.data]: annotators.filter((_, i) => i !== gone) });
    intake.tell([`${annotators[gone].name} is out; undo brings them back.`], doubles);
  }

  function empty() {
    const set = setNow(),
      n = annotatorsOf(set).length;
    write({ ...model.get("annotators"), [set.data]: [] });
    intake.tell([`${plural(n, "annotator")} removed; undo brings ${n === 1 ? "it" : "them"} back.`], doubles);
  }

  function undo() {
    if (!past.length) return;
    model.set("annotators", past.pop());
    model.save_changes();
    intake.tell(["Undone."], doubles);
  }

  function turnTo(data) {
    model.set("data", data);
    model.save_changes();
  }

  const intake = makeIntake(sets, root, { add, settle });
  const roster = makeRoster({ remove, empty, undo });
  const results = new Map(sets.map((set) => [set.data, makeResult(set, (text) => say(root, text))]));
  const which = choice(
    "votes on",
    sets.map((set) => ({ value: set.data, label: set.several })),
    turnTo,
  );
  const much = choice(
    "show",
    [
      { value: "class", label: "class only" },
      { value: "crowd", label: "crowd too" },
      { value: "models", label: "models too" },
    ],
    (value) => {
      shown = value;
      show();
    },
  );
  const controls = element("div", { class: "sl-controls" }, which.node, much.node),
    note = element("p", { class: "sl-note" });
  which.node.hidden = sets.length < 2;
  const lost = element(
    "p",
    { class: "sl-absent", hidden: true },
    "This browser keeps nothing for this page: save the CSV before you close it.",
  );
  root.lastChild.before(
    controls,
    intake.node,
    lost,
    roster.node,
    ...[...results.values()].map(({ node }) => node),
    note,
  );

  function show() {
    const set = setNow(),
      annotators = annotatorsOf(set);
    which.show(set.data);
    much.show(shown);
    roster.show(set, annotators, past.length);
    for (const [data, result] of results) {
      result.node.hidden = data !== set.data || !annotators.length;
      if (!result.node.hidden) result.show(annotators, shown);
    }
    note.textContent = set.note;
  }

  function changed() {
    lost.hidden = sets.map((set) => keep(keyOf(set), annotatorsOf(set))).every(Boolean);
    show();
  }

  const heard = { annotators: changed, data: show };
  for (const [name, call] of Object.entries(heard)) model.on(`change:${name}`, call);
  show();
  return () => {
    for (const [name, call] of Object.entries(heard)) model.off(`change:${name}`, call);
    intake.stop();
    el.replaceChildren();
  };
}

const keyOf = (set) => `class:${set.data}:${set.hash}`;

/** What was kept in this browser, as far as it still fits. */
function annotatorList(set, kept) {
  const known = (annotator) => typeof annotator?.name === "string" && annotator.name && fitting(set, annotator.answers);
  return Array.isArray(kept) ? kept.filter(known).map(({ name, answers }) => ({ name, answers })) : [];
}
