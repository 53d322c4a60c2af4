// Numbers and counts in words. Entropies and divergences are in nats and have three decimals everywhere.

import { element } from "./elements.js";

export const plural = (n, word, many = `${word}s`) => `${n.toLocaleString("en")} ${n === 1 ? word : many}`;

/** Three decimals; null stands for an infinite value, undefined or NaN for one that does not exist. */
export function number(value) {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value === null || value === Infinity ? "∞" : value.toFixed(3).replace(/^-(0\.0+)$/, "$1");
}

/** As number(), with a sign unless it is 0 as shown; a true minus. */
export function signed(value) {
  const size = number(Math.abs(value));
  return size === "0.000" || size === "–" ? size : (value < 0 ? "−" : "+") + size;
}

export const percent = (share) => `${Math.round(100 * share)}%`;

/** A share in per cent, with one decimal where it needs one, so that only what is exactly 0 or 1 reads 0% or 100%. */
export function exactPercent(share) {
  const whole = Math.round(100 * share);
  if (Math.abs(100 * share - whole) < 1e-9 && (whole > 0 || share === 0)) return `${whole}%`;
  if (share < 0.0005) return "<0.1%";
  return share > 0.9995 ? ">99.9%" : `${(100 * share).toFixed(1)}%`;
}

/** A number as shown, with all its digits in the value attribute. */
export function datum(value, words = number(value)) {
  return element("data", { value: value === null ? "Infinity" : String(value) }, words);
}

export const sum = (values) => values.reduce((a, b) => a + b, 0);
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
