// Two distributions: a human and a model's, both changed by hand, with every measure between them, live.
//
// Reads a model of `payload`, `css`, `p_human` and `p_model`; writes the last two. Colours: the people's own is ink,
// the model is grey; soft and hard are the two losses that a training on these votes could have.

import { button, element, frame, mount, say } from "../shared/elements.js";
import { choice } from "../shared/controls.js";
import { makeDirection } from "./direction.js";
import { makeFacts } from "./facts.js";
import { makeGradient } from "./gradient.js";
import { makeLosses } from "./losses.js";
import { isNear, makeRescale } from "./rescale.js";
import { makeSliders } from "./sliders.js";
import { factsInWords } from "./words.js";

export default { render };

const GLIDE = 450; // ms for which bars glide to a preset, a little longer than the style sheet's transition
const PAUSE = 600; // ms without a change before a screen reader is told the numbers

function render({ model, el }) {
  const { title, classes, presets, first } = model.get("payload");
  const root = frame(title),
    rescale = makeRescale();
  mount(el, "distributions", model.get("css"), root);
  let gliding, speaking;

  function change(who, k, share) {
    root.classList.remove("sl-glide");
    set({ [who]: rescale(who, model.get(who), k, share) });
  }

  function set(values) {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  }

  function go({ p_human, p_model }) {
    root.classList.add("sl-glide");
    clearTimeout(gliding);
    gliding = setTimeout(() => root.classList.remove("sl-glide"), GLIDE);
    set({ p_human, p_model });
  }

  const start = choice(
    "show",
    presets.map(({ label }) => ({ value: label })),
    (label) => go(presetOf(label)),
  );
  const presetOf = (wanted) => presets.find(({ label }) => label === wanted);
  const controls = element(
    "form",
    { class: "sl-controls", "aria-label": "Presets" },
    ...(presets.length ? [start.node] : []),
    button("reset", () => go(first), { class: "sl-reset" }),
  );
  controls.addEventListener("submit", (event) => event.preventDefault());
  const note = element("p", { class: "sl-preset", role: "note", hidden: !presets.length });

  const sliders = makeSliders(classes, change),
    direction = makeDirection(classes);
  const losses = makeLosses(classes),
    gradient = makeGradient(classes),
    facts = makeFacts(classes.length);
  root.lastChild.before(
    controls,
    note,
    element("div", { class: "sl-pair" }, sliders.node, direction.node),
    element("div", { class: "sl-pair sl-lower" }, losses.node, gradient.node),
    facts.node,
  );

  function show() {
    const p = model.get("p_human"),
      q = model.get("p_model");
    const preset = presets.find(({ p_human, p_model }) => isNear(p, p_human) && isNear(q, p_model));
    start.show(preset?.label);
    note.textContent = preset?.note ?? "";
    for (const part of [sliders, direction, losses, gradient, facts]) part.show(p, q);
  }

  function changed() {
    show();
    clearTimeout(speaking);
    const words = factsInWords(model.get("p_human"), model.get("p_model"));
    speaking = setTimeout(() => say(root, `${note.textContent} ${words}`), PAUSE);
  }

  const names = ["p_human", "p_model"];
  for (const name of names) model.on(`change:${name}`, changed);
  show();
  return () => {
    for (const name of names) model.off(`change:${name}`, changed);
    clearTimeout(gliding);
    clearTimeout(speaking);
    el.replaceChildren();
  };
}
