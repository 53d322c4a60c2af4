// A small line chart: a title, what each line is with its last value, the lines. Letters are the page's, lines are SVG.

import { drawn, element } from "../shared/elements.js";
import { clamp, datum } from "../shared/numbers.js";

const TALL = 100,
  WIDE = 200; // units of the drawing, stretched to whatever room there is

/**
 * @param {string} title with its unit
 * @param {{arm: string, label: string, steady?: boolean}[]} lines the truth is steady: one level, dashed
 * @param {{low: string, high: (x: number) => string}} ends words at both ends of the horizontal axis
 * @returns {{node, show(lines: Line[], scale: Scale, words?: Node[])}} words stand below
 *
 * @typedef {{x: number[], y: number[], now: number}} Line `now` stands beside its name; a steady line is `now` alone
 * @typedef {{x0: number, x1: number, top: number, at?: number}} Scale `at` is where a vertical line stands
 */
export function makeChart(title, lines, ends) {
  const values = lines.map(() => element("data", {}));
  const names = lines.map(({ arm, label }, i) => element("span", { "data-arm": arm }, `${label} `, values[i]));
  const looks = ({ arm, steady }) => ({ "data-arm": arm, class: steady ? "sl-steady" : "sl-line" });
  const paths = lines.map((line) => drawn("path", looks(line)));
  const here = drawn("path", { class: "sl-here" }),
    top = element("span", { class: "sl-top", "aria-hidden": "true" });
  const right = element("span", {}),
    words = element("p", { class: "sl-hint" });
  const below = element("div", { class: "sl-ends", "aria-hidden": "true" }, element("span", {}, ends.low), right);
  const box = { viewBox: `0 0 ${WIDE} ${TALL}`, preserveAspectRatio: "none", "aria-hidden": "true" };
  const node = element(
    "section",
    { "aria-label": title },
    element("p", { class: "sl-part" }, title),
    element("p", { class: "sl-names" }, ...names),
    element("div", { class: "sl-plot" }, drawn("svg", box, here, ...paths), top),
    below,
    words,
  );
  return {
    node,
    show(given, { x0, x1, top: most, at }, sentence) {
      const x = (value) => ((value - x0) / (x1 - x0)) * WIDE,
        y = (value) => TALL * (1 - clamp(value / most, 0, 1));
      given.forEach((line, i) => {
        put(values[i], line.now);
        paths[i].setAttribute(
          "d",
          lines[i].steady
            ? `M0 ${y(line.now)}H${WIDE}`
            : line.x.map((value, j) => `${j ? "L" : "M"}${x(value).toFixed(1)} ${y(line.y[j]).toFixed(1)}`).join(""),
        );
      });
      here.setAttribute("d", at === undefined ? "" : `M${x(at).toFixed(1)} 0V${TALL}`);
      set(top, String(Math.round(most * 100) / 100));
      set(right, ends.high(x1));
      if (sentence) words.replaceChildren(...sentence);
    },
  };
}

function put(node, value) {
  const fresh = datum(value);
  node.value = fresh.value;
  set(node, fresh.textContent);
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A round number above all values; 1 where there are none yet. */
export function topOf(values) {
  if (!values.length) return 1;
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10].find((top) => top >= 1.1 * most) ?? 20;
}
