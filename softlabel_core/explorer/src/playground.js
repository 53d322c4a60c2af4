// The playground: a crowd votes on items, and two models learn from its votes while one watches.
//
// Reads a model of `payload`, `css` and the five settings `ambiguity`, `annotators`, `items`, `features`, `seed`; writes
// the settings. Both models start alike and see the same items; one is told the majority, one the annotation distribution.

import { button, element, frame, mount, say } from "./shared/elements.js";
import { choice, slider } from "./shared/controls.js";
import { number } from "./shared/numbers.js";
import { onResize, onSight, onTheme, stillness } from "./shared/page.js";
import { makeChosen } from "./playground/chosen.js";
import { makeCurves } from "./playground/curves.js";
import { lossAndGradient } from "./playground/model.js";
import { makePanels } from "./playground/panels.js";
import { makeSweep } from "./playground/sweep.js";
import { ARMS, makeTrial, meanEntropy } from "./playground/trial.js";
import { MOST_ANNOTATORS, truthAt, gridPlaces } from "./playground/world.js";

export default { render, lossAndGradient, makeTrial };

const SETTINGS = ["ambiguity", "annotators", "items", "features", "seed"];
const STRIDE = 5; // steps a frame: 600 steps take two seconds
const AT_ONCE = 20; // steps between two points of the curves where nothing moves
const MORE = 200; // steps after a changed vote
const IDLE = 5; // ms a frame for what one more annotator buys
const PAUSE = 600; // ms without a change before a screen reader is told the numbers

function render({ model, el }) {
  const { title, classes, presets, first, steps, choices } = model.get("payload");
  const root = frame(title), sweep = makeSweep(steps);
  let trial, order, chosen, end, running = false, seen = false, frameAsked, rebuilding = false, speaking;
  let asked = false; // by the reader, who is then told what came of it

  const settings = () => Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const set = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  };

  // Controls.

  const story = choice("show", presets.map(({ label }) => ({ value: label })), (label) => start(presets.find((each) => each.label === label)));
  const note = element("p", { class: "sl-preset", role: "note" });
  const grid = gridPlaces();
  const nats = (ambiguity) => `${meanEntropy(truthAt(grid, ambiguity)).toFixed(2)} nats`;
  const ambiguity = slider("how ambiguous", { min: 0, max: 1, step: 0.05 }, (value) => set({ ambiguity: value }), nats);
  const annotators = slider("annotators", { min: 1, max: MOST_ANNOTATORS, step: 1 }, (value) => set({ annotators: value }));
  const items = choice("items", choices.items.map((n) => ({ value: String(n) })), (n) => set({ items: Number(n) }));
  const features = choice("features", choices.features.map((kind) => ({ value: kind })), (kind) => set({ features: kind }));
  const again = button("draw again", () => set({ seed: (model.get("seed") + 1) % 2 ** 31 }), { "aria-label": "draw again, other items and votes" });
  const run = button("run", toggle), one = button("one step", oneStep), over = button("from step 0", () => rebuild());
  const step = element("output", { class: "sl-step", "aria-live": "off" });
  const form = (name, ...parts) => {
    const node = element("form", { class: "sl-controls", "aria-label": name }, ...parts);
    node.addEventListener("submit", (event) => event.preventDefault());
    return node;
  };
  const reset = button("reset", () => start(first), { class: "sl-reset" });

  const panels = makePanels(classes, (i) => choose(i));
  const curves = makeCurves();
  const item = makeChosen(classes, (by) => choose(order[order.indexOf(chosen) + by]), vote);
  root.lastChild.before(form("Presets", story.node, reset), note,
    form("Settings", ambiguity.node, annotators.node, items.node, features.node, again),
    panels.node, form("Training", run, one, over, step), curves.byStep,
    element("div", { class: "sl-body" }, curves.byAnnotators, item.node));
  mount(el, "playground", model.get("css"), root);

  // What the reader does.

  /** Go to a preset, or back to what Python gave, whatever was changed before. */
  function start(wanted) {
    asked = true;
    set(Object.fromEntries(SETTINGS.map((name) => [name, wanted[name]])));
    rebuild();
  }

  function toggle() {
    asked = true;
    if (!running && trial.step >= end) end = trial.step + steps;
    running = !running;
    show();
    wake();
  }

  function oneStep() {
    asked = true;
    running = false;
    learn(1);
    end = Math.max(end, trial.step);
    show();
    tell();
  }

  function choose(i) {
    if (i === undefined) return;
    chosen = i;
    panels.items(trial, chosen);
    show();
    tell(itemInWords());
  }

  function vote(votes) {
    asked = true;
    trial.vote(chosen, votes);
    panels.items(trial, chosen);
    end = Math.max(end, trial.step + MORE);
    trainOn();
  }

  // Learning.

  function rebuild() {
    rebuilding = false;
    trial = makeTrial(settings());
    curves.begin(trial);
    sweep.begin(settings());
    order = Array.from({ length: model.get("items") }, (_, i) => i);
    const doubt = order.map((i) => meanEntropy(trial.truthOf(i)));
    order.sort((a, b) => doubt[b] - doubt[a]);
    chosen = order[0];
    end = steps;
    panels.fit(trial, chosen);
    showSettings();
    trainOn();
  }

  function trainOn() {
    running = !stillness();
    while (!running && trial.step < end) learn(Math.min(AT_ONCE, end - trial.step));
    show();
    tell();
    wake();
  }

  function learn(n) {
    trial.learn(n);
    trial.measure();
    curves.add(trial);
  }

  function onFrame() {
    frameAsked = undefined;
    if (!seen) return;
    if (running) {
      learn(Math.min(STRIDE, end - trial.step));
      running = trial.step < end;
      show();
      if (!running) tell();
    } else if (sweep.work(IDLE)) curves.showBought(sweep.kl, model.get("annotators"));
    wake();
  }

  function wake() {
    if (frameAsked === undefined && seen && (running || !sweep.done())) frameAsked = requestAnimationFrame(onFrame);
  }

  // What is shown.

  /** The controls as they are set. */
  function showSettings() {
    const now = settings(), preset = presets.find((each) => SETTINGS.every((name) => each[name] === now[name]));
    story.show(preset?.label);
    note.textContent = preset?.note ?? "";
    ambiguity.show(now.ambiguity);
    annotators.show(now.annotators);
    items.show(String(now.items));
    features.show(now.features);
    curves.showBought(sweep.kl, now.annotators);
  }

  /** What a step changes. */
  function show() {
    run.textContent = running ? "pause" : trial.step < end ? "run" : "run on";
    step.textContent = `step ${trial.step} of ${end}`;
    panels.show(trial);
    curves.show(trial, end);
    item.show(trial, chosen, order.indexOf(chosen), order.length);
  }

  function tell(words) {
    clearTimeout(speaking);
    if (!words && (running || !asked)) return;
    speaking = setTimeout(() => say(root, words ?? resultInWords()), PAUSE);
  }

  function resultInWords() {
    const each = ARMS.map((arm) => `${arm}: KL to the truth ${number(trial.arms[arm].kl)}, entropy ${number(trial.arms[arm].entropy)}`);
    return `${note.textContent} After ${trial.step} steps, ${each.join("; ")}; true entropy ${number(trial.truth.entropy)}.`;
  }

  const itemInWords = () => `Item ${order.indexOf(chosen) + 1} of ${order.length}. Votes: `
    + `${trial.votes(chosen).map((n, k) => `${classes[k]} ${n}`).join(", ")}.`;

  function changed() {
    asked = true;
    if (rebuilding) return;
    rebuilding = true;
    queueMicrotask(() => rebuilding && rebuild());
  }

  for (const name of SETTINGS) model.on(`change:${name}`, changed);
  rebuild();
  const refit = () => {
    panels.fit(trial, chosen);
    panels.show(trial);
  };
  const stops = [onTheme(refit), onResize(panels.node, refit), onSight(root, (now) => {
    seen = now;
    wake();
  })];
  return () => {
    for (const name of SETTINGS) model.off(`change:${name}`, changed);
    for (const stop of stops) stop();
    cancelAnimationFrame(frameAsked);
    clearTimeout(speaking);
    rebuilding = false;
    el.replaceChildren();
  };
}
