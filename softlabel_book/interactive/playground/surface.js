// A distribution over the square: its colour is the class, its strength the certainty; a line where one class has 90%.
// On it the items, as what the arm at hand is given of them: all votes, or the majority alone.

import { contours } from "d3-contour";
import { element } from "../shared/elements.js";
import { colour, sharpness } from "../shared/page.js";
import { GRID, N_CLASSES } from "./world.js";

const SURE = 0.9;

// Green, purple, sand: apart for every eye, and none of them an arm's own.
const CLASS_COLOURS = ["--_class-3", "--_class-8", "--_class-5"];
const LETTERS = [
  [-0.86, -0.82],
  [0.86, -0.82],
  [0.1, 0.86],
]; // where the classes' names stand
const FAINT = 0.05,
  STRONG = 0.8; // opacity where all classes are equal, and where one is certain
const line = contours().size([GRID, GRID]).thresholds([SURE]);

/**
 * @param {string} arm human, hard or soft
 * @param {string} label what a screen reader calls the picture
 * @param {string[]} classes
 * @param {(x: number, y: number) => void} pick called with the place that the reader clicked
 */
export function makeSurface(arm, label, classes, pick) {
  const node = element("canvas", { class: "sl-surface", role: "img", "aria-label": label });
  const small = document.createElement("canvas"),
    marks = document.createElement("canvas");
  small.width = small.height = GRID;
  const brush = node.getContext("2d"),
    pixels = small.getContext("2d"),
    image = pixels.createImageData(GRID, GRID);
  const most = new Float64Array(GRID * GRID);
  let palette;
  node.addEventListener("click", (event) => {
    const box = node.getBoundingClientRect();
    pick((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height);
  });

  /** Colours and size from the page: where either changed, items must be drawn again. */
  function fit() {
    const side = Math.max(1, Math.round(node.clientWidth * sharpness()));
    if (node.width !== side) for (const canvas of [node, marks]) canvas.width = canvas.height = side;
    palette = { classes: CLASS_COLOURS.map((name) => rgb(colour(node, name), brush)) };
    for (const name of ["ink", "paper"]) palette[name] = colour(node, `--_${name}`);
  }

  function showItems(trial, chosen) {
    const side = marks.width,
      on = marks.getContext("2d"),
      px = sharpness();
    const radius = (0.21 * side) / Math.sqrt(trial.places.length / 2);
    const whole = (k) => Array.from({ length: N_CLASSES }, (_, j) => Number(j === k));
    on.clearRect(0, 0, side, side);
    for (let i = 0; i < trial.places.length / 2; i++) {
      const [x, y] = [trial.places[2 * i], trial.places[2 * i + 1]].map((at) => ((1 + at) / 2) * side);
      pie(on, x, side - y, radius, arm === "hard" ? whole(trial.majority(i)) : trial.votes(i), palette, px);
      if (i === chosen) ring(on, x, side - y, radius + 3 * px, palette, px);
    }
    LETTERS.forEach(([x, y], k) => letter(on, classes[k], ((1 + x) / 2) * side, ((1 - y) / 2) * side, palette, px));
  }

  function show(p) {
    // Rows go up in the square, and down on a screen.
    const rowOf = (i) => (GRID - 1 - Math.floor(i / GRID)) * GRID + (i % GRID);
    for (let i = 0; i < GRID * GRID; i++) {
      const at = 4 * rowOf(i);
      let doubt = 0,
        r = 0,
        g = 0,
        b = 0,
        top = 0;
      for (let k = 0; k < N_CLASSES; k++) {
        const share = p[i * N_CLASSES + k],
          [red, green, blue] = palette.classes[k];
        if (share > 0) doubt -= share * Math.log(share);
        r += share * red;
        g += share * green;
        b += share * blue;
        top = Math.max(top, share);
      }
      most[rowOf(i)] = top;
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      image.data[at + 3] = 255 * (FAINT + (STRONG - FAINT) * (1 - doubt / Math.log(N_CLASSES)));
    }
    pixels.putImageData(image, 0, 0);
    const side = node.width;
    brush.clearRect(0, 0, side, side);
    brush.drawImage(small, 0, 0, side, side);
    outline(brush, line(most)[0].coordinates, side, palette);
    brush.drawImage(marks, 0, 0);
  }
  return { node, fit, showItems, show };
}

function outline(brush, polygons, side, palette) {
  const scale = side / GRID,
    onEdge = (at) => at <= 0 || at >= GRID;
  brush.beginPath();
  for (const rings of polygons) {
    for (const points of rings) {
      points.forEach(([x, y], i) => {
        const before = points[i - 1]; // what runs along the border of the square is no line of the model's
        const along = !before || (onEdge(x) && onEdge(before[0])) || (onEdge(y) && onEdge(before[1]));
        brush[along ? "moveTo" : "lineTo"](x * scale, y * scale);
      });
    }
  }
  brush.strokeStyle = palette.ink;
  brush.lineWidth = sharpness();
  brush.stroke();
}

function pie(brush, x, y, radius, votes, palette, px) {
  const total = votes.reduce((a, b) => a + b, 0);
  let from = -Math.PI / 2;
  brush.beginPath();
  brush.arc(x, y, radius + px, 0, 2 * Math.PI);
  brush.fillStyle = palette.paper;
  brush.fill();
  votes.forEach((count, k) => {
    if (!count) return;
    const to = from + (2 * Math.PI * count) / total;
    brush.beginPath();
    if (count < total) brush.moveTo(x, y);
    brush.arc(x, y, radius, from, to);
    brush.fillStyle = `rgb(${palette.classes[k].join()})`;
    brush.fill();
    from = to;
  });
}

function ring(brush, x, y, radius, palette, px) {
  for (const [stroke, width] of [
    [palette.paper, 5],
    [palette.ink, 2],
  ]) {
    brush.beginPath();
    brush.arc(x, y, radius, 0, 2 * Math.PI);
    brush.strokeStyle = stroke;
    brush.lineWidth = width * px;
    brush.stroke();
  }
}

function letter(brush, text, x, y, palette, px) {
  brush.font = `600 ${15 * px}px system-ui, sans-serif`;
  brush.textAlign = "center";
  brush.textBaseline = "middle";
  brush.lineJoin = "round";
  brush.lineWidth = 4 * px;
  brush.strokeStyle = palette.paper;
  brush.strokeText(text, x, y);
  brush.fillStyle = palette.ink;
  brush.fillText(text, x, y);
}

/** A colour as the browser understands it, as three numbers. */
function rgb(text, brush) {
  brush.fillStyle = text;
  const hex = brush.fillStyle;
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
