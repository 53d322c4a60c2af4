// Axes without boxes: ticks, names, and the line on which model and humans are as unsure as each other.

import { ticks } from "d3-array";
import { drawn } from "../shared/elements.js";

/**
 * @param {{left, top, side, x(value), y(value), seen: {x: number[], y: number[]}, highest: number}} frame
 *   the plot's square, where values lie in it, which values are in sight, and the highest that there is
 */
export function drawAxes({ left, top, side, x, y, seen, highest }, arm) {
  const end = left + side,
    bottom = top + side;
  const nodes = [
    drawn("line", { class: "sl-rule", x1: left - 7, x2: end, y1: bottom + 7, y2: bottom + 7 }),
    drawn("line", { class: "sl-rule", x1: left - 7, x2: left - 7, y1: top, y2: bottom + 7 }),
  ];
  // The line of equal entropies, cut where the square ends.
  const from = Math.max(seen.x[0], seen.y[0]),
    to = Math.min(seen.x[1], seen.y[1], highest);
  if (from < to) nodes.push(drawn("line", { class: "sl-equal", x1: x(from), y1: y(from), x2: x(to), y2: y(to) }));
  const name = (value, all) =>
    value.toFixed(Math.max(0, Math.ceil(-Math.log10(all[1] - all[0] || 1) - 1e-9)) || (value % 1 ? 1 : 0));
  const along = ticks(...seen.x, 5),
    up = ticks(...seen.y, 5);
  for (const value of along)
    nodes.push(drawn("text", { x: x(value), y: bottom + 22, "text-anchor": "middle" }, name(value, along)));
  for (const value of up)
    nodes.push(drawn("text", { x: left - 12, y: y(value) + 4, "text-anchor": "end" }, name(value, up)));
  nodes.push(
    drawn("text", { class: "sl-name", x: end, y: bottom + 40, "text-anchor": "end" }, "human entropy, nats →"),
  );
  const armName = drawn("tspan", { class: "sl-arm-name" }, `${arm} arm`);
  nodes.push(drawn("text", { class: "sl-name", x: 4, y: 15 }, "↑ ", armName, "’s entropy, nats"));
  return nodes;
}

/** What lies on either side of the line, and on it, for the whole picture; above the dots, each letter with an edge of paper. */
export function drawSides({ left, top, side }) {
  const end = left + side;
  const beside = (shift, text) =>
    drawn(
      "text",
      { "text-anchor": "end", transform: `translate(${end}, ${top}) rotate(-45) translate(-18, ${shift})` },
      text,
    );
  return [
    beside(-7, "less sure than the votes"),
    beside(16, "surer than the votes"),
    drawn("text", { x: end, y: top - 6, "text-anchor": "end" }, "equally sure"),
  ];
}
