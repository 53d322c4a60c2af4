// Ten thousand dots, many times a second: stamped into the pixels of a canvas, since as many calls to a brush take longer
// than a frame lasts.

const STEPS = 4; // positions inside a pixel, each way, for which the disc is worked out

/** A disc's coverage of the pixels around it, for each fraction of a pixel that its middle may stand at. */
function discs(radius) {
  const half = Math.ceil(radius + 0.5),
    width = 2 * half + 1,
    made = [];
  for (let fy = 0; fy < STEPS; fy++) {
    for (let fx = 0; fx < STEPS; fx++) {
      const cover = new Float32Array(width * width);
      for (let y = -half; y <= half; y++) {
        for (let x = -half; x <= half; x++) {
          const distance = Math.hypot(x + 0.5 - (fx + 0.5) / STEPS, y + 0.5 - (fy + 0.5) / STEPS);
          cover[(y + half) * width + x + half] = Math.min(1, Math.max(0, radius + 0.5 - distance));
        }
      }
      made.push(cover);
    }
  }
  return { half, width, made };
}

/**
 * A layer of dots.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {{size(width, height), clear(radius), dot(x, y, rgb, alpha), show()}} all in the canvas's own pixels
 */
export function makeStamp(canvas) {
  const brush = canvas.getContext("2d");
  let sheet, pixels, across, down, disc, discRadius;

  function size(width, height) {
    [across, down] = [canvas.width, canvas.height] = [width, height]; // kept here: a canvas is slow to ask
    sheet = brush.createImageData(width, height);
    pixels = sheet.data;
  }

  function clear(radius) {
    pixels.fill(0);
    if (radius !== discRadius) [disc, discRadius] = [discs(radius), radius];
  }

  /** Lay a dot over what is there, as a brush would. */
  function dot(x, y, rgb, alpha) {
    const r = rgb[0],
      g = rgb[1],
      b = rgb[2];
    const { half, width, made } = disc,
      left = Math.floor(x),
      top = Math.floor(y);
    const cover = made[Math.floor((y - top) * STEPS) * STEPS + Math.floor((x - left) * STEPS)];
    const x0 = Math.max(0, left - half),
      x1 = Math.min(across - 1, left + half);
    const y0 = Math.max(0, top - half),
      y1 = Math.min(down - 1, top + half);
    for (let py = y0; py <= y1; py++) {
      let from = (py - top + half) * width + x0 - left + half,
        to = 4 * (py * across + x0);
      for (let px = x0; px <= x1; px++, from++, to += 4) {
        const a = cover[from] * alpha;
        if (a === 0) continue;
        const under = (pixels[to + 3] / 255) * (1 - a),
          all = a + under;
        pixels[to] = (r * a + pixels[to] * under) / all;
        pixels[to + 1] = (g * a + pixels[to + 1] * under) / all;
        pixels[to + 2] = (b * a + pixels[to + 2] * under) / all;
        pixels[to + 3] = 255 * all;
      }
    }
  }

  return { size, clear, dot, show: () => brush.putImageData(sheet, 0, 0) };
}
