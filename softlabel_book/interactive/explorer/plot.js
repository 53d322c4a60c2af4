// The plot: a dot an item, human entropy to the right, the arm's entropy upwards. A click chooses, a drag brushes a region
// or moves the picture (gestures.js), and everything that a hand can do a key can do too.

import { drawn, element, say } from "../shared/elements.js";
import { plural } from "../shared/numbers.js";
import { onResize, onTheme, sharpness, stillness } from "../shared/page.js";
import { drawAxes, drawSides } from "./axes.js";
import { colourDots } from "./colours.js";
import { makeGestures } from "./gestures.js";
import { makePlace, MARGIN } from "./place.js";
import { makeStamp } from "./stamp.js";
import { armOf, armsOf, change, choose, climbOf, isNarrowed, rowOf, step } from "./view.js";
import { itemInWords } from "./words.js";

const REACH = 24; // how far from a dot, in pixels, a click still means it
const GLIDE = 450; // milliseconds that dots take from one arm to the next
const FAINT = { 0: 0.06, 1: 0.3, 2: 1 }; // by how an item is left: filtered out, outside the region, shown

export function makePlot(view) {
  const { data, model } = view;
  const canvas = element("canvas", { "aria-hidden": "true" });
  const axes = drawn("svg", { "aria-hidden": "true" }); // beneath the dots, so that no word hides one
  const [hover, chosen] = ["hover", "chosen"].map((name) => drawn("g", { class: `sl-${name}` }));
  const hands = drawn("g", { class: "sl-hands" });
  const words = drawn("g", { class: "sl-sides" });
  const marks = drawn("svg", { "aria-hidden": "true" }, hands, words, hover, chosen);
  const stage = element(
    "div",
    {
      class: "sl-stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "scatter plot",
      "data-lm-suppress-shortcuts": "true",
    },
    axes,
    canvas,
    marks,
  );
  const node = element("div", { class: "sl-plot" }, stage);
  const stamp = makeStamp(canvas);
  const y = Float64Array.from(armOf(view).entropy); // where the dots are now; between two arms while they glide
  const human = Float64Array.from(data.entropy);
  const place = makePlace(data.highest),
    { at, isInside } = place;
  const gestures = makeGestures(view, place, { stage, layer: hands }, { hit, moved: drawSoon });
  let gliding = 0,
    waiting = 0,
    dots;

  const inside = ([px, py]) => isInside(px, py);

  // ---- drawing

  function resize() {
    if (node.clientWidth < 80) return; // hidden for now
    const [width, height] = place.resize(node.clientWidth),
      sharp = sharpness();
    stage.style.width = `${width}px`;
    stage.style.height = `${height}px`;
    stamp.size(Math.round(width * sharp), Math.round(height * sharp));
    for (const layer of [axes, marks]) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    gestures.listen();
    draw();
  }

  function draw() {
    const { side, transform, valueX, valueY } = place;
    if (!side) return;
    drawDots();
    axes.replaceChildren(
      ...drawAxes(
        {
          ...MARGIN,
          side,
          highest: data.highest,
          x: (value) => at(value, 0)[0],
          y: (value) => at(0, value)[1],
          seen: {
            x: [valueX(MARGIN.left), valueX(MARGIN.left + side)],
            y: [valueY(MARGIN.top + side), valueY(MARGIN.top)],
          },
        },
        armOf(view).name,
      ),
    );
    words.replaceChildren(...(transform.k < 1.001 ? drawSides({ ...MARGIN, side }) : []));
    showItem();
    gestures.showRegion();
  }

  function drawDots() {
    const sharp = sharpness(),
      { k } = place.transform;
    const radius = (data.n > 4000 ? 1.8 : data.n > 600 ? 2.4 : 3.2) * sharp * Math.min(1.6, Math.sqrt(k) ** 0.5);
    const alpha = Math.min(0.85, Math.max(0.25, 18 / Math.sqrt(data.n)) * Math.min(2, k ** 0.5));
    dots ??= colourDots(view);
    stamp.clear(radius);
    const many = isNarrowed(view) ? [0, 1, 2] : [2]; // what is shown lies above what is not
    const colours = dots.kinds.map(({ rgb }) => rgb),
      { kind } = dots;
    const [x0, y0] = at(0, 0),
      [x1, y1] = at(data.highest, data.highest); // a line each way: no call and no array a dot
    const perX = (x1 - x0) / data.highest,
      perY = (y1 - y0) / data.highest;
    for (const left of many) {
      for (let row = 0; row < data.n; row++) {
        if (view.left[row] !== left) continue;
        const px = x0 + human[row] * perX,
          py = y0 + y[row] * perY;
        if (isInside(px, py)) stamp.dot(px * sharp, py * sharp, colours[kind[row]], alpha * FAINT[left]);
      }
    }
    stamp.show();
  }

  /** Draw before the next frame, however often it is asked for. */
  function drawSoon() {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      draw();
    });
  }

  /** The chosen item under every arm: same human entropy, so the marks stand above one another. */
  function showItem() {
    const row = rowOf(view),
      now = armOf(view);
    const spots = armsOf(view).map((arm) => ({
      arm,
      spot: at(data.entropy[row], arm === now ? y[row] : arm.entropy[row]),
    }));
    const seen = spots.filter(({ spot }) => inside(spot));
    const heights = seen.map(({ spot }) => spot[1]);
    const circles = seen.map(({ arm, spot: [cx, cy] }) => {
      const [kind, r] = arm === now ? ["sl-now", 6] : ["sl-other", 3.5];
      return drawn("circle", { "data-arm": arm.name, class: kind, cx, cy, r });
    });
    const line =
      seen.length > 1
        ? [
            drawn("line", {
              x1: seen[0].spot[0],
              x2: seen[0].spot[0],
              y1: Math.min(...heights),
              y2: Math.max(...heights),
            }),
          ]
        : [];
    chosen.replaceChildren(...line, ...circles);
  }

  /** Everything anew after a choice of arm, colour, filter or region. */
  function show({ glide = false } = {}) {
    const arm = armOf(view);
    dots = undefined;
    cancelAnimationFrame(gliding);
    stage.setAttribute(
      "aria-label",
      `${plural(view.rows.length, "item")}: human entropy to the right, entropy of the ${arm.name} arm upwards. ` +
        "Left and right arrow: previous and next item. Up and down arrow: next item higher or lower. " +
        "Plus and minus: enlarge and reduce. Escape: show all.",
    );
    if (!glide || stillness()) {
      y.set(arm.entropy);
      draw();
      return;
    }
    const from = y.slice(),
      start = performance.now();
    const move = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / GLIDE)),
        eased = t * t * (3 - 2 * t);
      for (let row = 0; row < data.n; row++) y[row] = from[row] + (arm.entropy[row] - from[row]) * eased;
      draw();
      if (t < 1) gliding = requestAnimationFrame(move);
    };
    gliding = requestAnimationFrame(move);
  }

  // ---- hands

  /** Enlarge or reduce about the chosen item. */
  function enlarge(by) {
    gestures.enlarge(by, at(data.entropy[rowOf(view)], y[rowOf(view)]));
  }

  /** Row of the shown dot nearest to the mouse or the finger, if one is within reach. */
  function hit(event) {
    const box = stage.getBoundingClientRect(),
      { clientX, clientY } = event.changedTouches?.[0] ?? event;
    const px = clientX - box.left,
      py = clientY - box.top;
    let best,
      distance = REACH ** 2;
    for (const row of view.rows) {
      const spot = at(data.entropy[row], y[row]),
        d = (spot[0] - px) ** 2 + (spot[1] - py) ** 2;
      if (d < distance && inside(spot)) [best, distance] = [row, d];
    }
    return best;
  }

  /** Choose what was hit; where dots lie upon each other, the next of them at every click. */
  function pick(row) {
    if (row === undefined) return;
    const pile = view.rows.filter((other) => data.entropy[other] === data.entropy[row] && y[other] === y[row]);
    choose(view, pile[(pile.indexOf(rowOf(view)) + 1) % pile.length]);
  }

  function point(row) {
    stage.classList.toggle("sl-near", row !== undefined);
    if (row === undefined) return hover.replaceChildren();
    const [cx, cy] = at(data.entropy[row], y[row]);
    hover.replaceChildren(drawn("circle", { cx, cy, r: 5 }));
  }

  /** What each key does, or nothing. */
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const along = (by) => () => step(view, view.rows, by),
      up = (by) => () => step(view, climbOf(view), by);
    const act = {
      ArrowLeft: along(-1),
      ArrowRight: along(1),
      PageUp: along(-10),
      PageDown: along(10),
      Home: along(-Infinity),
      End: along(Infinity),
      ArrowUp: up(1),
      ArrowDown: up(-1),
      "+": () => enlarge(1.5),
      "=": () => enlarge(1.5),
      "-": () => enlarge(1 / 1.5),
      0: gestures.whole,
      Escape: () => (model.get("region") === null ? gestures.whole() : change(view, "region", null)),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  stage.addEventListener("click", (event) => pick(hit(event)));
  stage.addEventListener("pointermove", (event) => point(event.buttons ? undefined : hit(event)));
  stage.addEventListener("pointerleave", () => point(undefined));
  stage.addEventListener("focus", () => say(view.root, itemInWords(view)));
  stage.addEventListener("keydown", onKey);
  const stops = [onResize(node, resize), onTheme(() => show())];

  function stop() {
    [gliding, waiting].forEach(cancelAnimationFrame);
    stops.forEach((each) => each());
  }

  return {
    node,
    show,
    showItem,
    drag: gestures.drag,
    enlarge,
    whole: gestures.whole,
    kinds: () => (dots ??= colourDots(view)).kinds,
    stop,
  };
}
