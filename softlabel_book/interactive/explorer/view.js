// One explorer in a page: its data, what is chosen, and how a choice is made. Choices live in the model, which Python
// shares in a notebook; what follows from them is worked out here, once a change.

import { clamp } from "../shared/numbers.js";
import { questions } from "./data.js";

export function makeView(data, model, root) {
  const view = { data, model, root, asked: { row: undefined, all: false } };
  view.rows = []; // the items that filter and region leave, in the current order
  view.left = new Uint8Array(data.n); // by row: 0 filtered out, 1 outside the region, 2 shown
  return view;
}

export const armOf = (view, value = "arm") => view.data.arms.find((arm) => arm.name === view.model.get(value));

/** The one or two arms that are compared, always in the study's order. */
export const armsOf = (view) => view.data.arms.filter((arm) => arm === armOf(view) || arm === armOf(view, "beside"));
export const orderOf = ({ data, model }) => data.orders.find((order) => order.key === model.get("order"));
export const rowOf = ({ data, model }) => data.row.get(model.get("selected"));

/** What can be asked of the arms, the one in the plot first. */
export function questionsOf(view) {
  const [first, second] = [armOf(view), armOf(view, "beside")];
  return questions(first, second === first ? undefined : second);
}

export function change({ model }, key, value) {
  model.set(key, value);
  model.save_changes();
}

/** Put an arm in the plot or beside it; where it would stand beside itself, the two change places. */
export function compare({ model }, key, name) {
  const other = key === "arm" ? "beside" : "arm",
    old = model.get(key);
  if (model.get(other) === name) model.set(other, old);
  model.set(key, name);
  model.save_changes();
}

export function choose(view, row) {
  if (row !== undefined && row !== rowOf(view)) change(view, "selected", view.data.ids[row]);
}

/** Work out which items are shown, in which order. */
export function sift(view) {
  const { data, model, left } = view;
  const { majority, where } = model.get("filter"),
    region = model.get("region");
  const wanted = data.classes.indexOf(majority),
    arm = armOf(view);
  const { holds } = questionsOf(view).find((question) => question.value === where) ?? questionsOf(view)[0];
  const named = (row) => wanted < 0 || data.counts[row * data.k + wanted] === data.most[row];
  for (let row = 0; row < data.n; row++) {
    const kept = named(row) && holds(row);
    left[row] = !kept ? 0 : region === null || isIn(region, data.entropy[row], arm.entropy[row]) ? 2 : 1;
  }
  view.rows = orderOf(view).items.filter((row) => left[row] === 2);
  view.position = new Map(view.rows.map((row, i) => [row, i]));
}

const isIn = ([left, right, bottom, top], x, y) => x >= left && x <= right && y >= bottom && y <= top;

/** Whether anything narrows the items. */
export function isNarrowed({ model }) {
  const { majority, where } = model.get("filter");
  return model.get("region") !== null || majority !== null || where !== "all";
}

/** Go some steps on among the shown items, stopping at the ends; from an item that is not shown, to the first. */
export function step(view, rows, by) {
  if (!rows.length) return;
  const at = rows === view.rows ? (view.position.get(rowOf(view)) ?? -1) : rows.indexOf(rowOf(view));
  choose(view, rows[at < 0 ? 0 : clamp(at + by, 0, rows.length - 1)]);
}

/** The shown items by the plotted arm's entropy, lowest first. */
export const climbOf = (view) => armOf(view).climb.filter((row) => view.left[row] === 2);
