// What the reader may ask: which arms, which colour, which order, which items; and what a drag in the plot does.

import { button, element } from "../shared/elements.js";
import { choice, menu } from "../shared/controls.js";
import { number } from "../shared/numbers.js";
import { change, choose, compare, isNarrowed, questionsOf } from "./view.js";

const COLOURS = [{ value: "arm" }, { value: "class" }, { value: "agreement" }];
const ALL = "";

/** Above the plot: arms, colour, order, filters. */
export function makeControls(view) {
  const { data, model } = view;
  const arms = data.arms.map(({ name }) => ({ value: name, arm: name }));
  const arm = choice("arm", arms, (name) => compare(view, "arm", name));
  const beside = choice("beside", arms, (name) => compare(view, "beside", name));
  const colour = choice("colour by", COLOURS, (name) => change(view, "colour", name));
  const orders = data.orders.map(({ key, label }) => ({ value: key, label }));
  const order = menu(
    "order",
    orders,
    (key) => {
      change(view, "order", key);
      choose(view, view.rows[0]);
    },
    { name: "order" },
  );
  const classes = [{ value: ALL, label: "any class" }, ...data.classes.map((name) => ({ value: name, label: name }))];
  const majority = menu("majority", classes, (name) => filter(view, { majority: name === ALL ? null : name }), {
    name: "majority",
  });
  const where = menu("where", questionsOf(view), (key) => filter(view, { where: key }), { name: "where" });
  const node = element(
    "form",
    { class: "sl-controls", "aria-label": `What the figure “${data.title}” shows` },
    arm.node,
    ...(arms.length > 2 ? [beside.node] : []),
    colour.node,
    order.node,
    majority.node,
    where.node,
  );
  node.addEventListener("submit", (event) => event.preventDefault());
  return {
    node,
    show() {
      arm.show(model.get("arm"));
      beside.show(model.get("beside"));
      colour.show(model.get("colour"));
      order.show(model.get("order"));
      const options = questionsOf(view).map(({ value, label }) => element("option", { value }, label));
      where.list.replaceChildren(...options);
      where.show(model.get("filter").where);
      majority.show(model.get("filter").majority ?? ALL);
    },
  };
}

const filter = (view, part) => change(view, "filter", { ...view.model.get("filter"), ...part });

/** Beneath the plot: what the colours mean, what a drag does, how large the picture is, and how to see all again. */
export function makeTools(view, plot) {
  const { model } = view;
  const touch = matchMedia("(pointer: coarse)").matches;
  const modes = touch
    ? [{ value: "tap", label: "taps only" }, { value: "brush" }, { value: "move" }]
    : [{ value: "brush" }, { value: "move" }];
  const drag = choice("drag to", modes, (mode) =>
    plot.drag(mode === "move" ? "move" : "brush", mode !== "tap" && touch),
  );
  const size = element(
    "span",
    { class: "sl-size", role: "group", "aria-label": "size of the picture" },
    button("−", () => plot.enlarge(1 / 1.5), { "aria-label": "reduce" }),
    button("+", () => plot.enlarge(1.5), { "aria-label": "enlarge" }),
    button("whole", () => plot.whole(), { "aria-label": "show the whole picture" }),
  );
  const legend = element("ul", { class: "sl-legend" });
  const clear = button("show all items", () => {
    change(view, "region", null);
    change(view, "filter", { majority: null, where: "all" });
  });
  const ranges = makeRanges(view);
  drag.show(modes[0].value);
  const tools = element("div", { class: "sl-tools" }, drag.node, size);
  const node = element(
    "div",
    {},
    legend,
    tools,
    ranges.node,
    element(
      "p",
      { class: "sl-hint" },
      "Click or tap a dot. By keyboard, in the plot: ← → step through the items, ↑ ↓ go up and down, + − enlarge and reduce.",
    ),
  );
  return {
    node,
    clear,
    show() {
      legend.replaceChildren(
        ...plot
          .kinds()
          .filter(({ label, count }) => label && count)
          .map(({ label, token, count }) => {
            const mark = element("span", { class: "sl-dot", "aria-hidden": "true" });
            mark.style.setProperty("--_own", `var(${token})`);
            return element(
              "li",
              {},
              mark,
              element("bdi", {}, label),
              element("span", { class: "sl-facts" }, ` ${count.toLocaleString("en")}`),
            );
          }),
      );
      legend.hidden = model.get("colour") === "arm";
      clear.hidden = !isNarrowed(view);
      ranges.show();
    },
  };
}

/** The region as four numbers: what a brush does, for those who type. */
function makeRanges(view) {
  const { data, model } = view;
  const whole = [0, data.highest, 0, data.highest];
  const names = ["human entropy from", "to", "arm’s entropy from", "to"];
  const fields = names.map((name, i) => {
    const input = element("input", {
      type: "number",
      min: 0,
      max: number(data.highest),
      step: "any",
      inputmode: "decimal",
      "aria-label": `${i < 2 ? "human entropy" : "entropy of the arm"}, ${i % 2 ? "at most" : "at least"}, nats`,
    });
    input.addEventListener("change", () => take());
    return { name, input };
  });
  const wrong = element("span", { class: "sl-wrong", role: "alert" });

  const shown = (edge) => String(Number(edge.toFixed(4)));

  /** An edge as it was typed; where its field still shows what there was, with all its digits. */
  function edgeOf({ input }, i) {
    const old = model.get("region")?.[i] ?? whole[i];
    return input.value === "" ? whole[i] : input.value === shown(old) ? old : Number(input.value);
  }

  function take() {
    const region = fields.map(edgeOf);
    const bad = fields.some(({ input }) => input.validity.badInput) || region[0] > region[1] || region[2] > region[3];
    wrong.textContent = bad ? "Each range goes from a smaller number to a larger one." : "";
    if (!bad) change(view, "region", region.every((edge, i) => edge === whole[i]) ? null : region);
  }

  const line = (pair) =>
    element("span", { class: "sl-range-line" }, ...pair.flatMap(({ name, input }) => [`${name} `, input, " "]), "nats");
  const node = element(
    "details",
    { class: "sl-more" },
    element("summary", {}, "Region by numbers"),
    element("p", { class: "sl-ranges" }, line(fields.slice(0, 2)), line(fields.slice(2)), wrong),
  );
  return {
    node,
    show() {
      const region = model.get("region");
      wrong.textContent = "";
      fields.forEach(({ input }, i) => {
        if (document.activeElement !== input) input.value = region === null ? "" : shown(region[i]);
      });
    },
  };
}
