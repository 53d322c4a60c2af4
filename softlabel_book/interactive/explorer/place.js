// Where values lie in the plot: a square that can be enlarged and moved, in pixels from the stage's upper left corner.

import { zoomIdentity } from "d3-zoom";

export const MARGIN = { top: 30, right: 18, bottom: 48, left: 50 }; // around the square: numbers of three decimals fit
export const EDGE = 7; // dots at the very edge are drawn whole
const LARGEST = 460; // width of the stage, in pixels

/** @param {number} highest the entropy at the square's far corner, nats */
export function makePlace(highest) {
  const place = { side: 0, transform: zoomIdentity, at, valueX, valueY, isInside, resize };

  function at(human, own) {
    const { side, transform } = place;
    return [
      MARGIN.left + transform.applyX((human / highest) * side),
      MARGIN.top + transform.applyY((1 - own / highest) * side),
    ];
  }
  function valueX(px) {
    return (place.transform.invertX(px - MARGIN.left) / place.side) * highest;
  }
  function valueY(py) {
    return (1 - place.transform.invertY(py - MARGIN.top) / place.side) * highest;
  }
  function isInside(px, py) {
    const { side } = place;
    return (
      px > MARGIN.left - EDGE &&
      px < MARGIN.left + side + EDGE &&
      py > MARGIN.top - EDGE &&
      py < MARGIN.top + side + EDGE
    );
  }

  /** Take the width there is; the same part of the picture stays in sight. Returns the stage's width and height. */
  function resize(available) {
    const width = Math.min(available, LARGEST),
      old = place.side,
      { x, y, k } = place.transform;
    const side = (place.side = width - MARGIN.left - MARGIN.right);
    if (old) place.transform = zoomIdentity.translate((x * side) / old, (y * side) / old).scale(k);
    return [width, MARGIN.top + side + MARGIN.bottom];
  }
  return place;
}
