// The explorer: every item's votes beside each arm's answer.
//
// One module for the live widget as for the static page. It reads a model of five values (payload, selected,
// arm, order, css), writes three of them (selected, arm, order), and calls only get, set, on, off, save_changes.
// What comes from data is set as text, never parsed as markup. Words: see the book's glossary.

const MARGIN = { top: 30, right: 14, bottom: 48, left: 36 }; // around the plot, in pixels
const LARGEST = 460; // side of the plot, in pixels
const REACH = 24; // how far from a dot, in pixels, a click still means it
const GLIDE = 450; // milliseconds that dots take from one arm to the next
const PICTURE = 112; // longest side of the chosen item's picture, in pixels
const TABLE_ROWS = 50;
const SPOKEN = 300; // characters of each part of an item's text that the live text repeats
const HINT = "Click or tap a dot. By keyboard: ← → step through the items, ↑ ↓ go up and down.";
const SVG = "http://www.w3.org/2000/svg";

export default { render };

function render({ model, el }) {
  const data = read(model.get("payload"));
  const view = { data, model, root: frame(data), asked: { row: undefined, all: false } };
  el.classList.add("sl-explorer");
  el.append(element("style", {}, model.get("css")), view.root);
  view.controls = makeControls(view);
  view.plot = makePlot(view);
  view.pane = makePane(view);
  view.table = makeTable(view);

  const heard = {
    "change:selected": () => showItem(view, true),
    "change:arm": () => showArm(view, true),
    "change:order": () => showOrder(view),
  };
  for (const [event, call] of Object.entries(heard)) model.on(event, call);
  showArm(view, false);
  showOrder(view);
  const stopWatching = watch(view);
  return () => {
    for (const [event, call] of Object.entries(heard)) model.off(event, call);
    stopWatching();
    el.replaceChildren();
  };
}

// ---------------------------------------------------------------- what is shown

function showArm(view, glide) {
  const arm = armOf(view);
  view.root.dataset.arm = arm.name; // the style sheet gives every data-arm its colour
  view.controls.show();
  view.plot.showArm(arm, glide);
}

function showOrder(view) {
  view.controls.show();
  view.table.show();
  showItem(view, false);
}

function showItem(view, spoken) {
  view.plot.showItem();
  view.pane.show(rowOf(view));
  if (spoken) speak(view);
}

function speak(view) {
  view.root.querySelector(".sl-live").textContent = inWords(view);
}

/** Redraw when the figure's width or the page's theme changes; returns how to stop. */
function watch({ plot, pane, root }) {
  const size = new ResizeObserver(() => {
    plot.resize();
    pane.resize();
  });
  size.observe(root.querySelector(".sl-plot"));
  const theme = new MutationObserver(() => plot.draw());
  const attributeFilter = ["class", "theme", "data-theme", "data-jp-theme-light"];
  for (const node of [document.documentElement, document.body]) theme.observe(node, { attributeFilter });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const redraw = () => plot.draw();
  dark.addEventListener("change", redraw);
  return () => {
    size.disconnect();
    theme.disconnect();
    dark.removeEventListener("change", redraw);
  };
}

// ---------------------------------------------------------------- data

/** The payload with its packed arrays opened, and what the figure asks of it again and again. */
function read(payload) {
  const arms = payload.arms.map((name) => {
    const { entropy, kl, choice, p } = payload.models[name];
    const climb = Array.from(entropy.keys()).sort(
      (a, b) => entropy[a] - entropy[b] || payload.entropy[a] - payload.entropy[b] || a - b,
    );
    return { name, entropy, kl, choice, percent: unpack(p), scale: p.scale, climb, height: inverse(climb) };
  });
  const highest = [payload.entropy, ...arms.map((arm) => arm.entropy)].flat().reduce((a, b) => Math.max(a, b), 0.1);
  return {
    ...payload,
    arms,
    highest,
    n: payload.ids.length,
    k: payload.classes.length,
    counts: unpack(payload.counts),
    row: new Map(payload.ids.map((id, row) => [id, row])),
    orders: payload.orders.map((order) => ({ ...order, place: inverse(order.items) })),
  };
}

function unpack({ type, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array }[type](bytes.buffer);
}

/** At each row, its place in the order. */
function inverse(items) {
  const place = new Uint32Array(items.length);
  items.forEach((row, i) => (place[row] = i));
  return place;
}

const armOf = ({ data, model }) => data.arms.find((arm) => arm.name === model.get("arm"));
const orderOf = ({ data, model }) => data.orders.find((order) => order.key === model.get("order"));
const rowOf = ({ data, model }) => data.row.get(model.get("selected"));
const votesOf = (data, row) => data.counts.subarray(row * data.k, (row + 1) * data.k);
const sum = (values) => values.reduce((a, b) => a + b, 0);
const shareOf = (data, arm, row, k) => arm.percent[row * data.k + k] / arm.scale;

// ---------------------------------------------------------------- choices

function change({ model }, key, value) {
  model.set(key, value);
  model.save_changes();
}

function choose(view, row) {
  if (row !== undefined && row !== rowOf(view)) change(view, "selected", view.data.ids[row]);
}

/** Go some places on in a list of rows, stopping at its ends. */
function step(view, { items, place }, by) {
  choose(view, items[Math.min(items.length - 1, Math.max(0, place[rowOf(view)] + by))]);
}

/** What each key does to the chosen item, or nothing. */
function onKey(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const along = (by) => () => step(view, orderOf(view), by);
  const up = (by) => () => step(view, { items: armOf(view).climb, place: armOf(view).height }, by);
  const act = {
    ArrowLeft: along(-1), ArrowRight: along(1), PageUp: along(-10), PageDown: along(10),
    Home: along(-Infinity), End: along(Infinity), ArrowUp: up(1), ArrowDown: up(-1),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

// ---------------------------------------------------------------- words and numbers

const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const number = (value) => (value === null ? "∞" : value.toFixed(3));
const shorten = (letters) => letters.slice(0, SPOKEN).join("") + (letters.length > SPOKEN ? " …" : "");
const percent = (share) => `${Math.round(100 * share)}%`;
const place = (view) => orderOf(view).place[rowOf(view)] + 1;

/** A number as shown, with all its digits in the value attribute. */
const datum = (value) => element("data", { value: value === null ? "Infinity" : String(value) }, number(value));

/** The chosen item in sentences, for a screen reader. */
function inWords(view) {
  const { data } = view;
  const row = rowOf(view);
  const votes = votesOf(data, row);
  const said = Array.from(votes.keys())
    .filter((k) => votes[k] > 0)
    .sort((a, b) => votes[b] - votes[a])
    .map((k) => `${data.classes[k]} ${votes[k]}`);
  const each = (tell) => data.arms.map((arm) => `${arm.name} ${tell(arm)}`).join(", ");
  const answer = (arm) => `${data.classes[arm.choice[row]]} ${percent(shareOf(data, arm, row, arm.choice[row]))}`;
  return [
    `Item ${data.ids[row]}, ${place(view)} of ${data.n}, ${orderOf(view).label}.`,
    textInWords(view, row),
    `${plural(sum(votes), "vote")}: ${said.join(", ")}.`,
    `Most probable: ${each(answer)}.`,
    `Entropy in nats: human ${number(data.entropy[row])}, ${each((arm) => number(arm.entropy[row]))}.`,
    `KL to the votes in nats: ${each((arm) => (arm.kl[row] === null ? "infinite" : number(arm.kl[row])))}.`,
  ].filter(Boolean).join(" ");
}

/** The item's text as a screen reader hears it, whole letters only; the warning where the text is covered. */
function textInWords(view, row) {
  if (isCovered(view, row)) return `Text not shown. ${view.data.warning}`;
  const say = ([heading, body]) => (heading ? `${heading}: ` : "") + shorten(Array.from(body));
  return partsOf(view.data, row).map(say).join(" ");
}

/** The item's text as pairs of heading and body; no heading for a text of one part, no pair where items are not texts. */
function partsOf(data, row) {
  const text = data.texts?.[row] ?? [];
  return typeof text === "string" ? [["", text]] : text;
}

/** Whether the text is hidden: there is a warning, and the reader has asked neither for this text nor for all. */
const isCovered = ({ data, asked }, row) => Boolean(data.warning) && !asked.all && asked.row !== row;

// ---------------------------------------------------------------- elements

const element = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const drawn = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

/** What comes from data inside a sentence of ours: its direction is its own. */
const apart = (text) => element("bdi", {}, text);

function fill(node, attributes = {}, children = []) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** The empty figure: title, controls, plot beside pane, note, table, live text. */
function frame(data) {
  const part = (kind, name, attributes) => element(kind, { class: `sl-${name}`, ...attributes });
  return element(
    "figure",
    { class: "sl-figure", role: "figure", "aria-label": data.title },
    element("p", { class: "sl-title" }, data.title),
    part("form", "controls", { "aria-label": "What the figure shows" }),
    element("div", { class: "sl-body" }, part("div", "plot"), part("div", "pane")),
    element("p", { class: "sl-note" }, data.note),
    part("details", "more"),
    part("p", "live", { "aria-live": "polite" }),
  );
}

// ---------------------------------------------------------------- controls

function makeControls(view) {
  const { data, model, root } = view;
  const form = root.querySelector(".sl-controls");
  form.addEventListener("submit", (event) => event.preventDefault());
  const arms = element("fieldset", { class: "sl-arms" }, element("legend", {}, "arm"));
  for (const { name } of data.arms) {
    const input = element("input", { type: "radio", name: "arm", value: name });
    input.addEventListener("change", () => change(view, "arm", name));
    arms.append(element("label", { "data-arm": name }, input, element("span", {}, name)));
  }
  const options = data.orders.map(({ key, label }) => element("option", { value: key }, label));
  const menu = element("select", { name: "order" }, ...options);
  menu.addEventListener("change", () => {
    change(view, "order", menu.value);
    choose(view, orderOf(view).items[0]);
  });
  form.append(arms, element("label", { class: "sl-order" }, "items ", menu));
  return {
    show() {
      for (const input of arms.querySelectorAll("input")) input.checked = input.value === model.get("arm");
      menu.value = model.get("order");
    },
  };
}

// ---------------------------------------------------------------- plot

function makePlot(view) {
  const { data, root } = view;
  const holder = root.querySelector(".sl-plot");
  const canvas = element("canvas", { "aria-hidden": "true" });
  const axes = drawn("svg", { "aria-hidden": "true" }); // beneath the dots, so that no word hides one
  const [hover, chosen] = ["hover", "chosen"].map((name) => drawn("g", { class: `sl-${name}` }));
  const marks = drawn("svg", { "aria-hidden": "true" }, hover, chosen);
  const stage = element("div", { class: "sl-stage", tabindex: "0", role: "application",
    "aria-roledescription": "scatter plot", "data-lm-suppress-shortcuts": "true" }, axes, canvas, marks);
  holder.append(stage, element("p", { class: "sl-hint" }, HINT));
  const y = Float64Array.from(armOf(view).entropy); // where the dots are now; between two arms while they glide
  let scale = 1, frameRequest = 0;
  const spot = (row, height = y[row]) => [MARGIN.left + data.entropy[row] * scale, side() - height * scale];
  const side = () => MARGIN.top + data.highest * scale;

  function resize() {
    const width = Math.min(holder.clientWidth, LARGEST);
    if (width < 80) return; // hidden for now
    scale = (width - MARGIN.left - MARGIN.right) / data.highest;
    const height = side() + MARGIN.bottom;
    const sharp = window.devicePixelRatio || 1;
    stage.style.width = `${width}px`;
    stage.style.height = `${height}px`;
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
    for (const layer of [axes, marks]) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    axes.replaceChildren(...drawAxes(data.highest, scale, armOf(view).name));
    draw();
    showItem();
  }

  function draw() {
    const sharp = window.devicePixelRatio || 1;
    const brush = canvas.getContext("2d");
    const { dot, alpha } = makeDot(getComputedStyle(canvas).color, data.n, sharp);
    brush.clearRect(0, 0, canvas.width, canvas.height);
    brush.globalAlpha = alpha;
    for (let row = 0; row < data.n; row++) {
      const [left, top] = spot(row);
      brush.drawImage(dot, Math.round(left * sharp - dot.width / 2), Math.round(top * sharp - dot.height / 2));
    }
  }

  function showArm(arm, glide) {
    cancelAnimationFrame(frameRequest);
    stage.setAttribute("aria-label",
      `${plural(data.n, "item")}: human entropy to the right, entropy of the ${arm.name} arm upwards. ` +
      "Left and right arrow: previous and next item. Up and down arrow: next item higher or lower.");
    axes.replaceChildren(...drawAxes(data.highest, scale, arm.name));
    showItem();
    if (!glide || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      y.set(arm.entropy);
      draw();
      return;
    }
    const from = y.slice(), start = performance.now();
    const move = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / GLIDE)), eased = t * t * (3 - 2 * t);
      for (let row = 0; row < data.n; row++) y[row] = from[row] + (arm.entropy[row] - from[row]) * eased;
      draw();
      if (t < 1) frameRequest = requestAnimationFrame(move);
    };
    frameRequest = requestAnimationFrame(move);
  }

  /** The chosen item under every arm: same human entropy, so the marks stand above one another. */
  function showItem() {
    const row = rowOf(view), now = armOf(view);
    const spots = data.arms.map((arm) => ({ arm, at: spot(row, arm.entropy[row]) }));
    const tops = spots.map(({ at }) => at[1]);
    const x = spots[0].at[0];
    const circles = spots.map(({ arm, at: [cx, cy] }) => {
      const [kind, r] = arm === now ? ["sl-now", 6] : ["sl-other", 3.5];
      return drawn("circle", { "data-arm": arm.name, class: kind, cx, cy, r });
    });
    chosen.replaceChildren(drawn("line", { x1: x, x2: x, y1: Math.min(...tops), y2: Math.max(...tops) }), ...circles);
  }

  /** Row of the dot nearest to the pointer, if one is within reach. */
  function nearest(event) {
    const box = stage.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let best, distance = REACH ** 2;
    for (let row = 0; row < data.n; row++) {
      const [left, top] = spot(row);
      const d = (left - px) ** 2 + (top - py) ** 2;
      if (d < distance) [best, distance] = [row, d];
    }
    return best;
  }

  function point(row) {
    stage.classList.toggle("sl-near", row !== undefined);
    if (row === undefined) return hover.replaceChildren();
    const [cx, cy] = spot(row);
    hover.replaceChildren(drawn("circle", { cx, cy, r: 5 }));
  }

  stage.addEventListener("click", (event) => choose(view, nearest(event)));
  stage.addEventListener("pointermove", (event) => point(nearest(event)));
  stage.addEventListener("pointerleave", () => point(undefined));
  stage.addEventListener("focus", () => speak(view));
  stage.addEventListener("keydown", (event) => onKey(view, event));
  return { resize, draw, showArm, showItem };
}

/** One dot as a small picture, quick to stamp; the more dots, the smaller and fainter. */
function makeDot(colour, n, sharp) {
  const radius = (n > 4000 ? 2 : n > 600 ? 2.5 : 3.2) * sharp;
  const dot = document.createElement("canvas");
  dot.width = dot.height = Math.ceil(2 * radius + 2);
  const brush = dot.getContext("2d");
  brush.fillStyle = colour;
  brush.arc(dot.width / 2, dot.height / 2, radius, 0, 2 * Math.PI);
  brush.fill();
  return { dot, alpha: Math.min(0.8, Math.max(0.2, 14 / Math.sqrt(n))) };
}

/** Axes without boxes: ticks, names, and the line where model and humans are as unsure as each other. */
function drawAxes(highest, scale, arm) {
  const { left, top } = MARGIN;
  const end = left + highest * scale, bottom = top + highest * scale;
  const nodes = [
    drawn("line", { class: "sl-rule", x1: left - 7, x2: end, y1: bottom + 7, y2: bottom + 7 }),
    drawn("line", { class: "sl-rule", x1: left - 7, x2: left - 7, y1: top, y2: bottom + 7 }),
    drawn("line", { class: "sl-equal", x1: left, y1: bottom, x2: end, y2: top }),
  ];
  const unit = [0.1, 0.2, 0.5, 1, 2].find((size) => highest / size <= 5.5) ?? 5;
  for (let i = 0; i * unit <= highest; i++) {
    const text = (i * unit).toFixed(unit < 1 ? 1 : 0);
    nodes.push(drawn("text", { x: left + i * unit * scale, y: bottom + 22, "text-anchor": "middle" }, text));
    nodes.push(drawn("text", { x: left - 12, y: bottom - i * unit * scale + 4, "text-anchor": "end" }, text));
  }
  const along = (shift, text) => drawn("text", { "text-anchor": "end",
    transform: `translate(${end}, ${top}) rotate(-45) translate(-18, ${shift})` }, text);
  nodes.push(along(-7, "less sure than the votes"), along(16, "surer than the votes"));
  nodes.push(drawn("text", { x: end, y: top - 6, "text-anchor": "end" }, "equally sure"));
  nodes.push(drawn("text", { class: "sl-name", x: end, y: bottom + 40, "text-anchor": "end" }, "human entropy, nats →"));
  const armName = drawn("tspan", { class: "sl-arm-name" }, `${arm} arm`);
  nodes.push(drawn("text", { class: "sl-name", x: 4, y: 15 }, "↑ ", armName, "’s entropy, nats"));
  return nodes;
}

// ---------------------------------------------------------------- pane

function makePane(view) {
  const { data, root } = view;
  const media = makeMedia(view);
  const name = element("p", { class: "sl-item" });
  const facts = element("p", { class: "sl-facts" });
  const bars = makeBars(data);
  const count = element("span", { class: "sl-count" });
  const button = (label, text, by) => {
    const node = element("button", { type: "button", "aria-label": label }, text);
    node.addEventListener("click", () => step(view, orderOf(view), by));
    return node;
  };
  const steps = element("p", { class: "sl-steps" }, count, button("previous item", "←", -1), button("next item", "→", 1));
  count.style.minWidth = `${2 * data.n.toLocaleString("en").length + 1}ch`; // the buttons stay where they are
  const words = element("div", {}, name, facts, steps);
  // A picture has one size; a text has not, and stands below the buttons, so that they stay where they are.
  const head = element("div", { class: "sl-head" }, ...(media.wide ? [words, media.node] : [media.node, words]));
  head.classList.toggle("sl-stacked", media.wide);
  root.querySelector(".sl-pane").append(head, bars.node);
  return {
    resize: media.resize,
    show(row) {
      const gold = data.gold ? [", gold label ", apart(data.classes[data.gold[row]])] : [];
      name.replaceChildren("item ", apart(data.ids[row]));
      facts.replaceChildren(plural(sum(votesOf(data, row)), "vote"), ...gold);
      count.textContent = `${place(view).toLocaleString("en")} of ${data.n.toLocaleString("en")}`;
      media.show(row);
      bars.show(row);
    },
  };
}

/** Where the item itself appears: its picture, its text, or a word that neither is in this build. */
function makeMedia(view) {
  if (view.data.sprite) return makePicture(view.data);
  if (view.data.texts) return makeText(view);
  const node = element("p", { class: "sl-absent" }, "The items themselves are not shown in this build.");
  return { node, wide: true, show() {}, resize() {} };
}

function makePicture({ sprite, ids }) {
  const { width, height, columns } = sprite;
  const enlarge = PICTURE / Math.max(width, height), sharp = Math.max(2, window.devicePixelRatio || 1);
  const canvas = element("canvas", { class: "sl-picture", role: "img" });
  canvas.width = Math.round(width * enlarge * sharp);
  canvas.height = Math.round(height * enlarge * sharp);
  canvas.style.width = `${width * enlarge}px`;
  const sheet = new Image();
  let shown;
  const show = (row) => {
    shown = row;
    canvas.setAttribute("aria-label", `picture of item ${ids[row]}`);
    if (!sheet.complete || !sheet.naturalWidth) return;
    const brush = canvas.getContext("2d"), [left, top] = [(row % columns) * width, Math.floor(row / columns) * height];
    brush.imageSmoothingEnabled = Math.max(width, height) > 16; // tiny digits are clearer as squares
    brush.imageSmoothingQuality = "high";
    brush.drawImage(sheet, left, top, width, height, 0, 0, canvas.width, canvas.height);
  };
  sheet.addEventListener("load", () => show(shown));
  sheet.src = sprite.src;
  return { node: canvas, wide: false, show, resize() {} };
}

/** The text under its headings. Where there is a warning, a text is in the page only while the reader asks for it. */
function makeText(view) {
  const node = element("div", { class: "sl-text", role: "group", "aria-label": "text of the item" });
  const paragraph = (text) => element("p", { dir: "auto" }, text);
  const part = ([heading, body]) => (heading ? [element("p", { class: "sl-heading", dir: "auto" }, heading)] : []).concat(paragraph(body));
  const resize = () => {
    for (const box of [node, ...node.children]) { // what scrolls must be reached by keyboard
      if (box.scrollHeight > box.clientHeight) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  const show = (row) => {
    if (row !== view.asked.row) view.asked.row = undefined;
    node.hidden = isCovered(view, row);
    node.replaceChildren(...(node.hidden ? [] : partsOf(view.data, row).flatMap(part)));
    node.scrollTop = 0;
    cover.show();
    resize();
  };
  const cover = makeCover(view, () => show(rowOf(view)));
  return { node: element("div", { class: "sl-media" }, cover.node, node), wide: true, show, resize };
}

/** The warning with what uncovers a text: a button for this one, a box to tick for all. */
function makeCover(view, changed) {
  const { asked, data } = view;
  const node = element("p", { class: "sl-cover" });
  const button = element("button", { type: "button" }, "Show text");
  const all = element("input", { type: "checkbox" });
  button.addEventListener("click", () => {
    asked.row = isCovered(view, rowOf(view)) ? rowOf(view) : undefined;
    changed();
  });
  all.addEventListener("change", () => {
    Object.assign(asked, { row: undefined, all: all.checked });
    changed();
  });
  if (data.warning) node.append(element("span", {}, data.warning), " ", button, " ", element("label", {}, all, " show all"));
  return {
    node,
    show() {
      button.disabled = asked.all;
      button.setAttribute("aria-expanded", String(!isCovered(view, rowOf(view))));
    },
  };
}

/** One row a class, one column for the humans and one for each arm; entropy and KL beneath. */
function makeBars(data) {
  const columns = ["human", ...data.arms.map((arm) => arm.name)];
  const cell = (attributes, ...children) => element("td", attributes, ...children);
  const heads = columns.map((name) => element("th", { scope: "col", "data-arm": name }, name));
  const rows = data.classes.map((label) => {
    const cells = columns.map((name) => {
      const bar = element("span", { class: "sl-bar" }), text = element("span", { class: "sl-value" });
      return { node: cell({ "data-arm": name }, element("div", {}, bar, text)), text };
    });
    return { cells, node: element("tr", {}, element("th", { scope: "row" }, apart(label)), ...cells.map(({ node }) => node)) };
  });
  const entropies = columns.map(() => cell()), kls = data.arms.map(() => cell());
  const foot = (label, width, cells) => element("tr", {}, element("th", { scope: "row", colspan: width }, label), ...cells);
  const node = element("table", { class: "sl-bars" },
    element("caption", {}, "The votes (counts) and each arm's answer (per cent)"),
    element("thead", {}, element("tr", {}, cell(), ...heads)),
    element("tbody", {}, ...rows.map((row) => row.node)),
    element("tfoot", {}, foot("entropy, nats", 1, entropies), foot("KL to the votes, nats", 2, kls)));
  node.style.setProperty("--_longest", Math.min(14, Math.max(11, ...data.classes.map((name) => name.length))));

  function put({ node, text }, share, words) {
    node.style.setProperty("--_share", share);
    node.classList.toggle("sl-none", share === 0);
    text.textContent = words;
  }

  function show(row) {
    const votes = votesOf(data, row), total = sum(votes);
    rows.forEach(({ cells }, k) => {
      put(cells[0], votes[k] / total, String(votes[k]));
      data.arms.forEach((arm, a) => put(cells[a + 1], shareOf(data, arm, row, k), percent(shareOf(data, arm, row, k))));
    });
    entropies[0].replaceChildren(datum(data.entropy[row]));
    data.arms.forEach((arm, a) => {
      entropies[a + 1].replaceChildren(datum(arm.entropy[row]));
      kls[a].replaceChildren(datum(arm.kl[row]));
    });
  }
  return { node, show };
}

// ---------------------------------------------------------------- table

function makeTable(view) {
  const { data, root } = view;
  const details = root.querySelector(".sl-more");
  const words = element("span", {});
  const copy = element("button", { type: "button" }, "Copy all as CSV");
  const table = element("table", { class: "sl-list" });
  const scroll = element("div", { class: "sl-scroll", tabindex: "0", role: "group", "aria-label": "table of items" }, table);
  details.append(element("summary", {}, "Show as table"), element("p", {}, words, " ", copy), scroll);
  copy.addEventListener("click", async () => {
    const done = await toClipboard(csv(view));
    copy.textContent = done ? `Copied ${plural(data.n, "row")}` : "The browser did not allow copying";
    setTimeout(() => (copy.textContent = "Copy all as CSV"), 2500);
  });
  const show = () => {
    if (!details.open) return;
    const { items, label } = orderOf(view), shown = items.slice(0, TABLE_ROWS);
    words.textContent = `${shown.length} of ${plural(data.n, "item")}, ${label}; all numbers in nats.`;
    table.replaceChildren(...listRows(data, shown));
  };
  details.addEventListener("toggle", show);
  return { show };
}

function listRows(data, rows) {
  const head = (text) => element("th", { scope: "col" }, text);
  const names = data.arms.map((arm) => arm.name);
  const titles = ["human entropy", ...names.map((name) => `${name} entropy`), ...names.map((name) => `${name} KL`)];
  const body = rows.map((row) => {
    const values = [data.entropy[row], ...data.arms.map((arm) => arm.entropy[row]), ...data.arms.map((arm) => arm.kl[row])];
    const cells = values.map((value) => element("td", {}, datum(value)));
    return element("tr", {}, element("th", { scope: "row" }, apart(data.ids[row])), ...cells);
  });
  return [
    element("thead", {}, element("tr", {}, head("item"), ...titles.map(head))),
    element("tbody", {}, ...body),
  ];
}

/** All items in the current order; entropies and KL in nats, votes by class, texts unless they are covered. */
function csv(view) {
  const { data } = view;
  const full = (value) => (value === null ? "inf" : value);
  const names = data.arms.flatMap(({ name }) => [`${name}_entropy`, `${name}_kl`]);
  const titles = data.warning && !view.asked.all ? [] : headingsOf(data);
  const columns = titles.map((title) => (title ? `text_${title}` : "text"));
  const lines = [["id", "human_entropy", ...names, ...data.classes.map((name) => `votes_${name}`), ...columns]];
  for (const row of orderOf(view).items) {
    const values = data.arms.flatMap((arm) => [arm.entropy[row], full(arm.kl[row])]);
    const parts = new Map(partsOf(data, row));
    const texts = titles.map((title) => parts.get(title) ?? "");
    lines.push([data.ids[row], data.entropy[row], ...values, ...votesOf(data, row), ...texts]);
  }
  return lines.map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/** Every heading that any text has, in the order in which they come. */
const headingsOf = (data) => [...new Set(data.ids.flatMap((_, row) => partsOf(data, row).map(([heading]) => heading)))];

/** A cell of CSV. What a spreadsheet would take for a formula gets an apostrophe before it: data compute nothing. */
function quoted(value) {
  if (typeof value === "number") return value;
  const text = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/.test(value) ? `'${value}` : value;
  return /[",\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", {});
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
