// The plot: a dot an item, human entropy to the right, the arm's entropy upwards. A click chooses, a drag brushes a region
// or moves the picture, and everything that a hand can do a key can do too.

import { brush as makeBrush } from "d3-brush";
import { select } from "d3-selection";
import { zoom as makeZoom, zoomIdentity } from "d3-zoom";
import { drawn, element, say } from "../shared/elements.js";
import { plural } from "../shared/numbers.js";
import { onResize, onTheme, sharpness, stillness } from "../shared/page.js";
import { drawAxes } from "./axes.js";
import { colourDots } from "./colours.js";
import { makeStamp } from "./stamp.js";
import { armOf, armsOf, change, choose, climbOf, isNarrowed, rowOf, step } from "./view.js";
import { itemInWords } from "./words.js";

const MARGIN = { top: 30, right: 18, bottom: 48, left: 50 }; // around the plot, in pixels: numbers of three decimals fit
const LARGEST = 460; // side of the plot, in pixels
const REACH = 24; // how far from a dot, in pixels, a click still means it
const EDGE = 7; // dots at the very edge are drawn whole
const GLIDE = 450; // milliseconds that dots take from one arm to the next
const CLOSEST = 40; // how many times the picture can be enlarged,
const LEAST = 0.02; // unless fewer nats than these would be left in sight, whose ticks need a fourth decimal
const FAINT = { 0: 0.06, 1: 0.3, 2: 1 }; // by how an item is left: filtered out, outside the region, shown

export function makePlot(view) {
  const { data, model } = view;
  const canvas = element("canvas", { "aria-hidden": "true" });
  const axes = drawn("svg", { "aria-hidden": "true" }); // beneath the dots, so that no word hides one
  const [hover, chosen] = ["hover", "chosen"].map((name) => drawn("g", { class: `sl-${name}` }));
  const hands = drawn("g", { class: "sl-hands" });
  const marks = drawn("svg", { "aria-hidden": "true" }, hands, hover, chosen);
  const stage = element("div", { class: "sl-stage", tabindex: "0", role: "application",
    "aria-roledescription": "scatter plot", "data-lm-suppress-shortcuts": "true" }, axes, canvas, marks);
  const node = element("div", { class: "sl-plot" }, stage);
  const stamp = makeStamp(canvas);
  const y = Float64Array.from(armOf(view).entropy); // where the dots are now; between two arms while they glide
  const human = Float64Array.from(data.entropy);
  let side = 0, transform = zoomIdentity, gliding = 0, waiting = 0, dots, drawing = "brush";

  const at = (human, own) => [
    MARGIN.left + transform.applyX((human / data.highest) * side),
    MARGIN.top + transform.applyY((1 - own / data.highest) * side),
  ];
  const valueX = (px) => (transform.invertX(px - MARGIN.left) / side) * data.highest;
  const valueY = (py) => (1 - transform.invertY(py - MARGIN.top) / side) * data.highest;
  const isInside = (px, py) => px > MARGIN.left - EDGE && px < MARGIN.left + side + EDGE && py > MARGIN.top - EDGE && py < MARGIN.top + side + EDGE;
  const inside = ([px, py]) => isInside(px, py);

  // ---- drawing

  function resize() {
    const width = Math.min(node.clientWidth, LARGEST);
    if (width < 80) return; // hidden for now
    const old = side;
    side = width - MARGIN.left - MARGIN.right;
    const height = MARGIN.top + side + MARGIN.bottom, sharp = sharpness();
    stage.style.width = `${width}px`;
    stage.style.height = `${height}px`;
    stamp.size(Math.round(width * sharp), Math.round(height * sharp));
    for (const layer of [axes, marks]) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (old) transform = zoomIdentity.translate((transform.x * side) / old, (transform.y * side) / old).scale(transform.k);
    listen();
    draw();
  }

  function draw() {
    if (!side) return;
    drawDots();
    axes.replaceChildren(...drawAxes({ ...MARGIN, side, highest: data.highest, x: (value) => at(value, 0)[0], y: (value) => at(0, value)[1],
      seen: { x: [valueX(MARGIN.left), valueX(MARGIN.left + side)], y: [valueY(MARGIN.top + side), valueY(MARGIN.top)] },
      whole: transform.k < 1.001 }, armOf(view).name));
    showItem();
    showRegion();
  }

  function drawDots() {
    const sharp = sharpness();
    const radius = (data.n > 4000 ? 1.8 : data.n > 600 ? 2.4 : 3.2) * sharp * Math.min(1.6, Math.sqrt(transform.k) ** 0.5);
    const alpha = Math.min(0.85, Math.max(0.25, 18 / Math.sqrt(data.n)) * Math.min(2, transform.k ** 0.5));
    dots ??= colourDots(view);
    stamp.clear(radius);
    const many = isNarrowed(view) ? [0, 1, 2] : [2]; // what is shown lies above what is not
    const colours = dots.kinds.map(({ rgb }) => rgb), { kind } = dots;
    const [x0, y0] = at(0, 0), [x1, y1] = at(data.highest, data.highest); // a line each way: no call and no array a dot
    const perX = (x1 - x0) / data.highest, perY = (y1 - y0) / data.highest;
    for (const left of many) {
      for (let row = 0; row < data.n; row++) {
        if (view.left[row] !== left) continue;
        const px = x0 + human[row] * perX, py = y0 + y[row] * perY;
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
    const row = rowOf(view), now = armOf(view);
    const spots = armsOf(view).map((arm) => ({ arm, spot: at(data.entropy[row], arm === now ? y[row] : arm.entropy[row]) }));
    const seen = spots.filter(({ spot }) => inside(spot));
    const heights = seen.map(({ spot }) => spot[1]);
    const circles = seen.map(({ arm, spot: [cx, cy] }) => {
      const [kind, r] = arm === now ? ["sl-now", 6] : ["sl-other", 3.5];
      return drawn("circle", { "data-arm": arm.name, class: kind, cx, cy, r });
    });
    const line = seen.length > 1 ? [drawn("line", { x1: seen[0].spot[0], x2: seen[0].spot[0], y1: Math.min(...heights), y2: Math.max(...heights) })] : [];
    chosen.replaceChildren(...line, ...circles);
  }

  /** Everything anew after a choice of arm, colour, filter or region. */
  function show({ glide = false } = {}) {
    const arm = armOf(view);
    dots = undefined;
    cancelAnimationFrame(gliding);
    stage.setAttribute("aria-label",
      `${plural(view.rows.length, "item")}: human entropy to the right, entropy of the ${arm.name} arm upwards. ` +
      "Left and right arrow: previous and next item. Up and down arrow: next item higher or lower. " +
      "Plus and minus: enlarge and reduce. Escape: show all.");
    if (!glide || stillness()) {
      y.set(arm.entropy);
      draw();
      return;
    }
    const from = y.slice(), start = performance.now();
    const move = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / GLIDE)), eased = t * t * (3 - 2 * t);
      for (let row = 0; row < data.n; row++) y[row] = from[row] + (arm.entropy[row] - from[row]) * eased;
      draw();
      if (t < 1) gliding = requestAnimationFrame(move);
    };
    gliding = requestAnimationFrame(move);
  }

  // ---- hands

  const zoom = makeZoom()
    .scaleExtent([1, Math.min(CLOSEST, data.highest / LEAST)])
    .filter((event) => (event.type === "wheel" ? event.ctrlKey || event.metaKey || drawing === "move" : drawing === "move" && !event.button))
    .on("zoom", (event) => {
      if (event.sourceEvent) follow(event.transform);
    });

  function follow(next) {
    transform = next;
    drawSoon();
  }

  const brush = makeBrush()
    .filter((event) => drawing === "brush" && !event.button && !event.ctrlKey)
    .keyModifiers(false)
    .on("end", (event) => {
      if (!event.sourceEvent) return; // we moved it ourselves
      if (event.selection) return setRegion(event.selection);
      if (model.get("region") !== null && !hit(event.sourceEvent)) change(view, "region", null);
    });

  function setRegion([[x0, y0], [x1, y1]]) {
    const low = (value) => Math.max(0, value), high = (value) => Math.min(data.highest, value);
    change(view, "region", [low(valueX(x0)), high(valueX(x1)), low(valueY(y1)), high(valueY(y0))]);
  }

  /** Give the layer of gestures to the brush or to the zoom, for the plot's present size. */
  function listen() {
    const area = [[MARGIN.left - EDGE, MARGIN.top - EDGE], [MARGIN.left + side + EDGE, MARGIN.top + side + EDGE]];
    zoom.extent([[0, 0], [side, side]]).translateExtent([[0, 0], [side, side]]);
    const byFinger = drawing === "brush" && touched;
    select(hands).on(".brush", null).call(brush.extent(area).touchable(byFinger)).style("touch-action", byFinger ? "none" : null);
    stage.classList.toggle("sl-moving", drawing === "move");
    select(stage).call(zoom).on("dblclick.zoom", null).style("touch-action", drawing === "move" || touched ? "none" : "manipulation");
    stage.__zoom = transform;
    showRegion();
  }
  let touched = false; // whether a finger may draw: only once the reader says so, or the page could not be scrolled

  /** What a drag does: "brush" or "move". */
  function drag(what, byTouch = false) {
    [drawing, touched] = [what, byTouch];
    if (side) listen();
  }

  /** The region's frame where it lies now; a handle moves it on. */
  function showRegion() {
    if (!side) return;
    const region = model.get("region");
    if (region === null) return brush.move(select(hands), null);
    const [left, right, bottom, top] = region, edge = (value, low) => Math.min(low + side + EDGE, Math.max(low - EDGE, value));
    const [x0, y0] = at(left, top), [x1, y1] = at(right, bottom);
    const box = [[edge(x0, MARGIN.left), edge(y0, MARGIN.top)], [edge(x1, MARGIN.left), edge(y1, MARGIN.top)]];
    brush.move(select(hands), box[0][0] < box[1][0] && box[0][1] < box[1][1] ? box : null);
  }

  /** Enlarge or reduce about the middle of the picture, or about the chosen item where that is in sight. */
  function enlarge(by) {
    const spot = at(data.entropy[rowOf(view)], y[rowOf(view)]);
    const about = inside(spot) ? [spot[0] - MARGIN.left, spot[1] - MARGIN.top] : [side / 2, side / 2];
    zoom.scaleBy(select(stage), by, about);
    follow(stage.__zoom);
  }

  function whole() {
    zoom.transform(select(stage), zoomIdentity);
    follow(zoomIdentity);
  }

  /** Row of the shown dot nearest to the mouse or the finger, if one is within reach. */
  function hit(event) {
    const box = stage.getBoundingClientRect(), { clientX, clientY } = event.changedTouches?.[0] ?? event;
    const px = clientX - box.left, py = clientY - box.top;
    let best, distance = REACH ** 2;
    for (const row of view.rows) {
      const spot = at(data.entropy[row], y[row]), d = (spot[0] - px) ** 2 + (spot[1] - py) ** 2;
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
    const along = (by) => () => step(view, view.rows, by), up = (by) => () => step(view, climbOf(view), by);
    const act = {
      ArrowLeft: along(-1), ArrowRight: along(1), PageUp: along(-10), PageDown: along(10),
      Home: along(-Infinity), End: along(Infinity), ArrowUp: up(1), ArrowDown: up(-1),
      "+": () => enlarge(1.5), "=": () => enlarge(1.5), "-": () => enlarge(1 / 1.5), 0: whole,
      Escape: () => (model.get("region") === null ? whole() : change(view, "region", null)),
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

  return { node, show, showItem, drag, enlarge, whole, kinds: () => (dots ??= colourDots(view)).kinds, stop };
}
