// What the figure knows: the payload with its arrays opened, and what is asked of it again and again.

import { unpack } from "../shared/packed.js";
import { mean, pearson, topClasses } from "../shared/metrics.js";
import { sum } from "../shared/numbers.js";

export function read(payload) {
  const n = payload.ids.length,
    k = payload.classes.length,
    counts = unpack(payload.counts);
  const top = tops(counts, n, k);
  const arms = payload.arms.map((name) => {
    const { entropy: heights, kl, choice, p, low, high } = payload.models[name];
    const climb = Array.from(heights.keys()).sort(
      (a, b) => heights[a] - heights[b] || payload.entropy[a] - payload.entropy[b] || a - b,
    );
    const right = choice.map((one, row) => counts[row * k + one] === top.most[row]);
    const range = low && { low: unpack(low), high: unpack(high), scale: low.scale };
    return { name, entropy: heights, kl, choice, right, p: unpack(p), range, climb };
  });
  const highest = [payload.entropy, ...arms.map((arm) => arm.entropy)].flat().reduce((a, b) => Math.max(a, b), 0.1);
  return { ...payload, arms, highest, n, k, counts, ...top, row: new Map(payload.ids.map((id, row) => [id, row])) };
}

/** Of each item: the votes of a majority class, how many classes tie for it, the first of them. */
function tops(counts, n, k) {
  const most = new Uint32Array(n),
    ties = new Uint16Array(n),
    majority = new Uint16Array(n);
  for (let row = 0; row < n; row++) {
    const own = counts.subarray(row * k, (row + 1) * k),
      top = topClasses(own);
    most[row] = own[top[0]];
    majority[row] = top[0]; // for display, as topClass says
    ties[row] = top.length;
  }
  return { most, ties, majority };
}

export const votesOf = (data, row) => data.counts.subarray(row * data.k, (row + 1) * data.k);
export const shareOf = (data, arm, row, k) => arm.p[row * data.k + k];

/** The lowest and the highest seed's share, where more than one seed was recorded. */
export function rangeOf(data, arm, row, k) {
  if (!arm.range) return {};
  const at = row * data.k + k,
    { low, high, scale } = arm.range;
  return { low: low[at] / scale, high: high[at] / scale };
}

/** What a reader may ask of the two chosen arms: which items it leaves. `second` is undefined where there is one arm. */
export function questions(first, second) {
  const nearer = (a, b) => (row) => (a.kl[row] ?? Infinity) < (b.kl[row] ?? Infinity);
  const all = [{ value: "all", label: "all items", holds: () => true }];
  const misses = (arm, value) => ({ value, label: `${arm.name} misses the majority`, holds: (row) => !arm.right[row] });
  if (!second) return [...all, misses(first, "first-wrong")];
  return [
    ...all,
    {
      value: "differ",
      label: `${first.name} and ${second.name} name different classes`,
      holds: (row) => first.choice[row] !== second.choice[row],
    },
    { value: "first-nearer", label: `${first.name} is nearer to the votes (KL)`, holds: nearer(first, second) },
    { value: "second-nearer", label: `${second.name} is nearer to the votes (KL)`, holds: nearer(second, first) },
    misses(first, "first-wrong"),
    misses(second, "second-wrong"),
  ];
}

/** Mean distributions and measures of some items: the humans' first, then each arm's. */
export function summarise(data, rows, arms) {
  const human = pick(data.entropy, rows);
  const each = arms.map((arm) => {
    const own = pick(arm.entropy, rows),
      kls = rows.map((row) => arm.kl[row] ?? Infinity);
    return {
      mean: meanOf(data, rows, (row, k) => shareOf(data, arm, row, k)),
      entropy: mean(own),
      correlation: pearson(human, own),
      kl: mean(kls),
      accuracy: mean(rows.map((row) => (arm.right[row] ? 1 / data.ties[row] : 0))),
    };
  });
  const total = rows.map((row) => sum(votesOf(data, row)));
  return [
    { mean: meanOf(data, rows, (row, k, i) => data.counts[row * data.k + k] / total[i]), entropy: mean(human) },
    ...each,
  ];
}

const pick = (values, rows) => rows.map((row) => values[row]);

function meanOf(data, rows, share) {
  const total = new Float64Array(data.k);
  rows.forEach((row, i) => {
    for (let k = 0; k < data.k; k++) total[k] += share(row, k, i);
  });
  return Array.from(total, (value) => (rows.length ? value / rows.length : 0));
}
