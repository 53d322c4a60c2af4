// The playground: a crowd votes on items, and two models learn from its votes while one watches.
//
// Reads a model of `payload`, `css` and the five settings `ambiguity`, `annotators`, `items`, `features`, `seed`;
// writes the settings. Both models start alike and see the same items; one is told the majority, one the votes.

import { button, element, frame, mount, say } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { onResize, onSight, onTheme, stillness } from "../shared/page.js";
import { makeChosen } from "./chosen.js";
import { makeCurves } from "./curves.js";
import { lossAndGradient } from "./model.js";
import { makePanels } from "./panels.js";
import { SETTINGS, form, makeSettings } from "./settings.js";
import { makeSweep } from "./sweep.js";
import { ARMS, makeTrial, meanEntropy } from "./trial.js";

export default { render, lossAndGradient, makeTrial };

const WATCHED = 12, // seconds that a training takes at first, from a preset and from step 0
  HURRIED = 3; // after a changed setting
const LONGEST = 50; // ms that one frame makes up for
const IDLE = 5, // ms a frame for what one more annotator buys
  ASIDE = 2; // while the models learn
const PAUSE = 600; // ms without a change before a screen reader is told the numbers

function render({ model, el }) {
  const payload = model.get("payload"),
    { title, classes, steps } = payload;
  const root = frame(title),
    sweep = makeSweep(steps);
  let trial, order, chosen, end; // order: items, the most contested first
  let lasts = WATCHED,
    last, // when the frame before was
    due = 0; // steps, with a fraction
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
    over = button("from step 0", again);
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
    rebuild(WATCHED);
  }

  function again() {
    asked = true;
    rebuild(WATCHED);
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

  /** Both models learn anew and as long as before, so that nothing but the votes differs. */
  function vote(votes) {
    asked = true;
    const { step } = trial;
    trial.vote(chosen, votes);
    curves.begin(trial);
    learnAtOnce(step);
    panels.items(trial, chosen);
    show();
    tell();
    wake();
  }

  // Learning.

  function rebuild(seconds) {
    rebuilding = false;
    lasts = seconds;
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
    if (!running) learnAtOnce(end);
    show();
    tell();
    wake();
  }

  function learn(n) {
    trial.learn(n);
    trial.measure();
    curves.add(trial);
  }

  /** The curves have more points where most happens. */
  function learnAtOnce(until) {
    while (trial.step < until) learn(Math.min(trial.step < 40 ? 5 : 20, until - trial.step));
  }

  /** Slowly at first, where most happens: the step grows as the square of time. */
  const stepsASecond = () => (2 * Math.sqrt(steps * (trial.step + 1))) / lasts;

  function onFrame(time) {
    frameAsked = undefined;
    if (!seen) return;
    if (running) {
      due += (stepsASecond() * Math.min(time - (last ?? time), LONGEST)) / 1000;
      const n = Math.min(Math.floor(due), end - trial.step);
      due %= 1;
      last = time;
      if (n) {
        learn(n);
        running = trial.step < end;
        show();
      }
      if (!running) tell();
    }
    if (!running) last = undefined;
    if (sweep.work(running ? ASIDE : IDLE)) curves.showBought(sweep.kl, model.get("annotators"));
    wake();
  }

  function wake() {
    if (frameAsked === undefined && seen && (met || asked) && (running || !sweep.done()))
      frameAsked = requestAnimationFrame(onFrame);
  }

  // What is shown.

  /** What a step changes. */
  function show() {
    run.textContent = running ? "pause" : trial.step < end ? "run" : `${steps} more steps`;
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
    queueMicrotask(() => rebuilding && rebuild(HURRIED));
  }

  for (const name of SETTINGS) model.on(`change:${name}`, changed);
  rebuild(WATCHED);
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
