// The playground: a crowd votes on items, and two models learn from its votes while one watches.
//
// Reads a model of `payload`, `css` and the five settings `ambiguity`, `annotators`, `items`, `features`, `seed`;
// writes the settings. Both models start alike and see the same items; one is told the majority, one the votes.

import { button, element, frame, mount, say } from "./shared/elements.js";
import { number } from "./shared/numbers.js";
import { onResize, onSight, onTheme, stillness } from "./shared/page.js";
import { makeChosen } from "./playground/chosen.js";
import { makeCurves } from "./playground/curves.js";
import { lossAndGradient } from "./playground/model.js";
import { makePanels } from "./playground/panels.js";
import { SETTINGS, form, makeSettings } from "./playground/settings.js";
import { makeSweep } from "./playground/sweep.js";
import { ARMS, makeTrial, meanEntropy } from "./playground/trial.js";

export default { render, lossAndGradient, makeTrial };

const stride = (step) => (step < 60 ? 1 : 4); // steps a frame: slow while most happens; 600 take about three seconds
const AT_ONCE = 20; // steps between two points of the curves where nothing moves
const MORE = 200; // steps after a changed vote
const IDLE = 5; // ms a frame for what one more annotator buys
const PAUSE = 600; // ms without a change before a screen reader is told the numbers

function render({ model, el }) {
  const payload = model.get("payload"),
    { title, classes, steps } = payload;
  const root = frame(title),
    sweep = makeSweep(steps);
  let trial, order, chosen, end; // order: items, the most contested first
  let running = false,
    seen = false,
    met = false, // whether half of the pictures was ever in sight: nobody should come when all is over
    rebuilding = false,
    frameAsked,
    speaking;
  let asked = false; // by the reader, who is then told what came of it

  const now = () => Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const set = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  };

  const settings = makeSettings(payload, now, set, start);
  const panels = makePanels(classes, choose),
    curves = makeCurves();
  const item = makeChosen(classes, (by) => choose(order[order.indexOf(chosen) + by]), vote);
  const run = button("run", toggle),
    one = button("one step", oneStep),
    over = button("from step 0", rebuild);
  const step = element("output", { class: "sl-step", "aria-live": "off" });
  root.lastChild.before(
    ...settings.nodes,
    panels.node,
    form("Training", run, one, over, step),
    curves.byStep,
    element("div", { class: "sl-body" }, curves.byAnnotators, item.node),
  );
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
    trial = makeTrial(now());
    curves.begin(trial);
    sweep.begin(now());
    order = Array.from({ length: model.get("items") }, (_, i) => i);
    const doubt = order.map((i) => meanEntropy(trial.truthOf(i)));
    order.sort((a, b) => doubt[b] - doubt[a]);
    chosen = order[0];
    end = steps;
    panels.fit(trial, chosen);
    settings.show();
    curves.showBought(sweep.kl, model.get("annotators"));
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
      learn(Math.min(stride(trial.step), end - trial.step));
      running = trial.step < end;
      show();
      if (!running) tell();
    } else if (sweep.work(IDLE)) curves.showBought(sweep.kl, model.get("annotators"));
    wake();
  }

  function wake() {
    if (frameAsked === undefined && seen && (met || asked) && (running || !sweep.done()))
      frameAsked = requestAnimationFrame(onFrame);
  }

  // What is shown.

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
    const of = ({ kl, entropy }) => `KL to the truth ${number(kl)}, entropy ${number(entropy)}`;
    const each = ARMS.map((arm) => `${arm}: ${of(trial.arms[arm])}`).join("; ");
    const after = `After ${trial.step} steps, ${each}; true entropy ${number(trial.truth.entropy)}.`;
    return `${settings.note.textContent} ${after}`.trim();
  }

  const itemInWords = () =>
    `Item ${order.indexOf(chosen) + 1} of ${order.length}. Votes: ` +
    `${trial
      .votes(chosen)
      .map((n, k) => `${classes[k]} ${n}`)
      .join(", ")}.`;

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
  const stops = [
    onTheme(refit),
    onResize(panels.node, refit),
    onSight(root, (now) => {
      seen = now;
      wake();
    }),
    onSight(
      panels.node,
      (now) => {
        met ||= now;
        wake();
      },
      0.5,
    ),
  ];
  return () => {
    for (const name of SETTINGS) model.off(`change:${name}`, changed);
    for (const stop of stops) stop();
    cancelAnimationFrame(frameAsked);
    clearTimeout(speaking);
    rebuilding = false;
    el.replaceChildren();
  };
}
