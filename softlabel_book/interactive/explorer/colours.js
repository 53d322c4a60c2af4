// What a dot's colour says: the arm that is plotted, the item's majority class, or which of two arms agrees with the majority.

import { colour } from "../shared/page.js";
import { armOf, armsOf } from "./view.js";

const PALETTE = 10; // class colours in palette.json; more classes than that begin anew

/** Each dot's kind, and each kind's colour and name: {kind: Uint8Array, kinds: [{rgb, label?, count}]}. */
export function colourDots(view) {
  const { data, root, model } = view;
  const known = { arm: byArm, class: byClass, agreement: byAgreement };
  const { kind, kinds } = known[model.get("colour")](view, data);
  const count = new Array(kinds.length).fill(0);
  for (let row = 0; row < data.n; row++) if (view.left[row] === 2) count[kind[row]] += 1;
  return {
    kind,
    kinds: kinds.map(({ token, label }, i) => ({ rgb: parse(colour(root, token)), token, label, count: count[i] })),
  };
}

/** Name of the style variable of an arm's colour, as base.css gives it to data-arm: an arm may be called "paper". */
const tokenOf = (arm) => (["hard", "gold", "soft"].includes(arm.name) ? `--_${arm.name}` : "--_rival");

function byArm(view, data) {
  return { kind: new Uint8Array(data.n), kinds: [{ token: tokenOf(armOf(view)) }] };
}

function byClass(view, data) {
  const kinds = data.classes.map((label, k) => ({ label, token: `--_class-${k % PALETTE}` }));
  return { kind: data.majority, kinds };
}

function byAgreement(view, data) {
  const [first, second] = armsOf(view);
  if (!second) {
    const kinds = [
      { label: `${first.name} agrees with the majority`, token: "--_muted" },
      { label: "it does not", token: tokenOf(first) },
    ];
    return { kind: Uint8Array.from(first.right, (right) => (right ? 0 : 1)), kinds };
  }
  const kinds = [
    { label: "both agree with the majority", token: "--_rival" },
    { label: `only ${first.name}`, token: tokenOf(first) },
    { label: `only ${second.name}`, token: tokenOf(second) },
    { label: "neither", token: "--_ink" },
  ];
  const of = (row) => (first.right[row] ? (second.right[row] ? 0 : 1) : second.right[row] ? 2 : 3);
  return { kind: Uint8Array.from(data.ids, (_, row) => of(row)), kinds };
}

/** Red, green and blue of a colour, however a style sheet writes it: a browser paints it. */
function parse(text) {
  const brush = (parse.brush ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true }));
  brush.fillStyle = "#888888"; // what stays if the page's own style holds no colour
  brush.fillStyle = text;
  brush.fillRect(0, 0, 1, 1);
  return Array.from(brush.getImageData(0, 0, 1, 1).data.subarray(0, 3));
}
