// What a model sees of a place: few features, with which it can draw the true borders and no others, or many.

const SIDE = 7,
  WIDTH = 1 / 3; // bumps along a side of the square, and how wide each is

const widths = { few: 6, many: 1 + SIDE * SIDE };

/** Features of places x, y, row by row: 1, x, y, x², xy, y²; or 1 and Gaussian bumps over the square. */
export function featuresOf(places, kind) {
  const n = places.length / 2,
    width = widths[kind],
    features = new Float64Array(n * width);
  const of = kind === "few" ? quadratic : bumps;
  for (let i = 0; i < n; i++) of(places[2 * i], places[2 * i + 1], features, i * width);
  return features;
}

function quadratic(x, y, features, at) {
  features.set([1, x, y, x * x, x * y, y * y], at);
}

function bumps(x, y, features, at) {
  features[at] = 1;
  for (let j = 0; j < SIDE * SIDE; j++) {
    const dx = x - ((2 * (j % SIDE)) / (SIDE - 1) - 1),
      dy = y - ((2 * Math.floor(j / SIDE)) / (SIDE - 1) - 1);
    features[at + 1 + j] = Math.exp(-(dx * dx + dy * dy) / (2 * WIDTH * WIDTH));
  }
}
