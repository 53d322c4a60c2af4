// Controls that a reader knows: words to choose from, menus, sliders. Each is the browser's own, so that keyboards work.

import { element } from "./elements.js";

/**
 * A few words of which one is chosen.
 *
 * @param {string} legend
 * @param {{value: string, label?: string, arm?: string}[]} options
 * @param {(value: string) => void} act
 * @returns {{node, show(value: string)}}
 */
export function choice(legend, options, act) {
  const name = `sl-${Math.random().toString(36).slice(2)}`; // of its own in the page: each figure brings its own copy of this module
  const node = element("fieldset", { class: "sl-choice" }, element("legend", {}, legend));
  for (const { value, label = value, arm } of options) {
    const input = element("input", { type: "radio", name, value });
    input.addEventListener("change", () => act(value));
    node.append(element("label", { "data-arm": arm }, input, element("span", {}, label)));
  }
  const show = (value) => {
    for (const input of node.querySelectorAll("input")) input.checked = input.value === value;
  };
  return { node, show };
}

/** A menu with its name before it. */
export function menu(label, options, act, attributes = {}) {
  const list = element(
    "select",
    attributes,
    ...options.map(({ value, label: text = value }) => element("option", { value }, text)),
  );
  list.addEventListener("change", () => act(list.value));
  const show = (value) => {
    list.value = value;
  };
  return { node: element("label", { class: "sl-menu" }, `${label} `, list), list, show };
}

/**
 * A slider with its name before and its value in words after it.
 *
 * @param {string} label
 * @param {{min: number, max: number, step: number, arm?: string}} range
 * @param {(value: number) => void} act called while the reader drags
 * @param {(value: number) => string} words the value as it is shown and spoken
 */
export function slider(label, { min, max, step, arm }, act, words = String) {
  const input = element("input", { type: "range", min, max, step });
  const output = element("output", {});
  input.addEventListener("input", () => act(Number(input.value)));
  const show = (value) => {
    input.value = value;
    output.textContent = words(value);
    input.setAttribute("aria-valuetext", words(value));
  };
  return {
    node: element("label", { class: "sl-slider", "data-arm": arm }, element("span", {}, label), input, output),
    input,
    show,
  };
}
