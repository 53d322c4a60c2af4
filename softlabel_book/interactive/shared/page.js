// The page around a figure: its theme, its width, whether the figure is in sight, and what the reader asked of motion.

const NAMED = ["class", "theme", "data-theme", "data-jp-theme-light"]; // attributes by which pages say light or dark

/** Call when the page turns light or dark; returns how to stop. */
export function onTheme(call) {
  const watcher = new MutationObserver(call);
  for (const node of [document.documentElement, document.body]) watcher.observe(node, { attributeFilter: NAMED });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", call);
  return () => {
    watcher.disconnect();
    dark.removeEventListener("change", call);
  };
}

/** Call when an element's size changes, and once at first; returns how to stop. */
export function onResize(node, call) {
  const watcher = new ResizeObserver(call);
  watcher.observe(node);
  return () => watcher.disconnect();
}

/**
 * Call with true or false when a figure comes into sight or leaves it, or its tab is hidden; returns how to stop.
 * It counts as seen once that share of it is.
 */
export function onSight(node, call, share = 0) {
  let near = false;
  const tell = () => call(near && !document.hidden);
  const watch = (entries) => {
    near = entries.at(-1).isIntersecting && entries.at(-1).intersectionRatio >= share;
    tell();
  };
  const watcher = new IntersectionObserver(watch, { threshold: share });
  watcher.observe(node);
  document.addEventListener("visibilitychange", tell);
  return () => {
    watcher.disconnect();
    document.removeEventListener("visibilitychange", tell);
  };
}

/** Whether the reader asked for less motion. */
export const stillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A colour of the figure as the browser computes it now, for a canvas: colour(node, "--_soft"). */
export const colour = (node, name) => getComputedStyle(node).getPropertyValue(name).trim();

/** Device pixels in a CSS pixel. */
export const sharpness = () => window.devicePixelRatio || 1;
