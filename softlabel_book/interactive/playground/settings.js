// What the reader sets: presets, and each setting by itself.

import { button, element } from "../shared/elements.js";
import { choice, slider } from "../shared/controls.js";
import { meanEntropy } from "./trial.js";
import { MOST_ANNOTATORS, gridPlaces, truthAt } from "./world.js";

export const SETTINGS = ["ambiguity", "annotators", "items", "features", "seed"];

const SEEDS = 2 ** 31;
const HINT = "Features are what a model sees of a place: few can draw the true borders, many can follow every item.";
const everywhere = gridPlaces();

/** How ambiguous, in words: the mean entropy of the truth. */
const inNats = (ambiguity) => `${meanEntropy(truthAt(everywhere, ambiguity)).toFixed(2)} nats`;

/**
 * @param {{presets: object[], first: object, choices: {items: number[], features: string[]}}} payload
 * @param {() => object} now the settings as they are
 * @param {(values: object) => void} set called with the settings that the reader changes
 * @param {(settings: object) => void} start called with a preset, or with what Python gave
 * @returns {{nodes: Node[], note: Node, show()}}
 */
export function makeSettings({ presets, first, choices }, now, set, start) {
  const options = (values) => values.map((value) => ({ value: String(value) }));
  const presetOf = (label) => presets.find((preset) => preset.label === label);
  const story = choice(
    "show",
    presets.map(({ label }) => ({ value: label })),
    (label) => start(presetOf(label)),
  );
  const note = element("p", { class: "sl-preset", role: "note" });
  const controls = {
    ambiguity: slider("how ambiguous", { min: 0, max: 1, step: 0.05 }, (ambiguity) => set({ ambiguity }), inNats),
    annotators: slider("annotators", { min: 1, max: MOST_ANNOTATORS, step: 1 }, (annotators) => set({ annotators })),
    items: choice("items", options(choices.items), (n) => set({ items: Number(n) })),
    features: choice("features", options(choices.features), (features) => set({ features })),
  };
  const again = button("draw again", () => set({ seed: (now().seed + 1) % SEEDS }), {
    "aria-label": "draw again, other items and votes",
  });
  const reset = button("reset", () => start(first), { class: "sl-reset" });
  const nodes = Object.values(controls).map(({ node }) => node);
  return {
    nodes: [
      form("Presets", story.node, reset),
      note,
      form("Settings", ...nodes, again),
      element("p", { class: "sl-hint" }, HINT),
    ],
    note,
    show() {
      const are = now(),
        preset = presets.find((each) => SETTINGS.every((name) => each[name] === are[name]));
      story.show(preset?.label);
      note.textContent = preset?.note ?? "";
      controls.ambiguity.show(are.ambiguity);
      controls.annotators.show(are.annotators);
      controls.items.show(String(are.items));
      controls.features.show(are.features);
    },
  };
}

/** A row of controls that sends nothing anywhere. */
export function form(name, ...parts) {
  const node = element("form", { class: "sl-controls", "aria-label": name }, ...parts);
  node.addEventListener("submit", (event) => event.preventDefault());
  return node;
}
