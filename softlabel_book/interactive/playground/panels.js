// Three squares side by side: the truth with the crowd's votes, and what each model has made of them.

import { element } from "../shared/elements.js";
import { datum } from "../shared/numbers.js";
import { makeSurface } from "./surface.js";

const PANELS = [
  { arm: "human", name: "truth", gets: "and the crowd’s votes" },
  { arm: "hard", name: "hard", gets: "learns the majorities" },
  { arm: "soft", name: "soft", gets: "learns the votes" },
];
const HINT =
  "Colour is the class, strength the certainty; beyond a line, one class has 90% or more. " +
  "Click an item to choose it.";
const NEAR = 0.2; // of the square's half side: a click further from every item chooses none

/** @param {(i: number|undefined) => void} choose called with the item nearest to a click */
export function makePanels(classes, choose) {
  let places = [];
  const pick = (x, y) => choose(nearest(places, x, y));
  const panels = PANELS.map((panel) => makePanel(panel, classes, pick));
  const node = element("div", { class: "sl-panels" }, ...panels.map((panel) => panel.node));
  const all = element("div", {}, node, element("p", { class: "sl-hint" }, HINT));
  const distributions = (trial) => [trial.truth, trial.arms.hard, trial.arms.soft];
  return {
    node: all,
    /** A new trial, or another size or theme of the page. */
    fit(trial, chosen) {
      places = trial.places;
      for (const panel of panels) {
        panel.surface.fit();
        panel.surface.showItems(trial, chosen);
      }
      panels[0].show(trial.truth);
    },
    items(trial, chosen) {
      for (const panel of panels) panel.surface.showItems(trial, chosen);
      panels[0].show(trial.truth);
    },
    show(trial) {
      distributions(trial).forEach((one, i) => i && panels[i].show(one));
    },
  };
}

function makePanel({ arm, name, gets }, classes, pick) {
  const whose = arm === "human" ? "true" : `${name} model’s`;
  const surface = makeSurface(arm, `the ${whose} distribution over the square`, classes, pick);
  const entropy = element("data", {}),
    kl = element("data", {});
  const distance = arm === "human" ? [] : ["KL to the truth ", kl, element("br")];
  const numbers = element("p", { class: "sl-under" }, ...distance, "entropy ", entropy);
  const node = element(
    "section",
    { "data-arm": arm, class: "sl-panel", "aria-label": name },
    element("p", {}, element("b", {}, name), " ", element("span", {}, gets)),
    surface.node,
    numbers,
  );
  const put = (data, value) => {
    const fresh = datum(value);
    data.value = fresh.value;
    if (data.textContent !== fresh.textContent) data.textContent = fresh.textContent;
  };
  return {
    node,
    surface,
    show(one) {
      surface.show(one.p);
      put(entropy, one.entropy);
      if (arm !== "human") put(kl, one.kl);
    },
  };
}

function nearest(places, x, y) {
  let found,
    least = NEAR ** 2;
  for (let i = 0; i < places.length / 2; i++) {
    const away = (places[2 * i] - x) ** 2 + (places[2 * i + 1] - y) ** 2;
    if (away < least) [found, least] = [i, away];
  }
  return found;
}
