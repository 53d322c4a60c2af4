// Elements of the page. What comes from data is set as text, never parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

export const element = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
export const drawn = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

/** What comes from data inside a sentence of ours: its direction is its own. */
export const apart = (text) => element("bdi", {}, text);

/** A button that does one thing; its label is its text unless another is given. */
export function button(text, act, attributes = {}) {
  const node = element("button", { type: "button", ...attributes }, text);
  node.addEventListener("click", act);
  return node;
}

function fill(node, attributes = {}, children = []) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** The empty figure: title, then what is given, then a paragraph that a screen reader hears when it changes. */
export function frame(title, ...children) {
  return element(
    "figure",
    { class: "sl-figure", role: "figure", "aria-label": title },
    element("p", { class: "sl-title" }, title),
    ...children,
    element("p", { class: "sl-live", "aria-live": "polite" }),
  );
}

/** Put a module's style sheet and figure where they belong; returns the root's class to the caller's element. */
export function mount(el, kind, css, figure) {
  el.classList.add(`sl-${kind}`);
  el.append(element("style", {}, css), figure);
}

/** What a screen reader is told now. */
export function say(figure, text) {
  figure.querySelector(".sl-live").textContent = text;
}
