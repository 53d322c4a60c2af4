// The measures, exactly as softlabel_core defines them: natural logarithms, KL(p_human ‖ p_model), 0 log 0 = 0.
// An infinite value is Infinity; a value that does not exist (a correlation with a constant) is NaN.

import { sum } from "./numbers.js";

export function distribution(counts) {
  const total = sum(counts);
  return Array.from(counts, (count) => count / total);
}

/** Shannon entropy, nats. */
export const entropy = (p) => Math.max(0, -sum(Array.from(p, (share) => (share > 0 ? share * Math.log(share) : 0))));

/** Cross-entropy −Σ p log q, nats. */
export function crossEntropy(p, q) {
  let total = 0;
  for (let k = 0; k < p.length; k++) if (p[k] > 0) total -= p[k] * Math.log(q[k]);
  return total;
}

/** KL(p ‖ q), nats. */
export function kl(p, q) {
  let total = 0;
  for (let k = 0; k < p.length; k++) if (p[k] > 0) total += p[k] * Math.log(p[k] / q[k]);
  return Math.max(0, total);
}

/** What each class adds to KL(p ‖ q), nats: p log(p / q), with its sign; infinite where q is 0 and p is not. */
export const klTerms = (p, q) => Array.from(p, (share, k) => (share > 0 ? share * Math.log(share / q[k]) : 0));

/** Gradient of the cross-entropy towards a target by the logits of q: q − target. */
export const logitGradient = (q, target) => Array.from(q, (share, k) => share - target[k]);

/** Every class with the largest value: one, or several of a tie. votes.tied in Python. */
export function topClasses(values) {
  let top = [];
  for (let k = 0; k < values.length; k++) {
    if (!top.length || values[k] > values[top[0]]) top = [k];
    else if (values[k] === values[top[0]]) top.push(k);
  }
  return top;
}

/**
 * The one class that stands for votes or a distribution, and how a tie is broken.
 *
 * Where somebody is trained on it, a tie goes to the class with the largest of the item's coins, which were drawn at
 * random, once: votes.break_ties in Python. Where it is only shown, and where a model's own vote is asked for, no coins
 * are given and a tie goes to the first class: votes.majority.
 */
export function topClass(values, coins) {
  const top = topClasses(values);
  return coins ? top.reduce((best, k) => (coins[k] > coins[best] ? k : best)) : top[0];
}

/** The hard label: one-hot of the class that stands for votes or a distribution. */
export function hardLabel(values, coins) {
  const top = topClass(values, coins);
  return Array.from(values, (_, k) => Number(k === top));
}

/** Jensen–Shannon distance: the square root of the divergence, natural logarithm; between 0 and √log 2. */
export function jsDistance(p, q) {
  const middle = Array.from(p, (share, k) => (share + q[k]) / 2);
  return Math.sqrt((kl(p, middle) + kl(q, middle)) / 2);
}

/** Total variation ½ Σ|p − q|, between 0 and 1. */
export const totalVariation = (p, q) => sum(Array.from(p, (share, k) => Math.abs(share - q[k]))) / 2;

/** Pearson correlation; NaN where one side is constant. */
export function pearson(x, y) {
  const n = x.length;
  const mx = mean(x),
    my = mean(y);
  let xy = 0,
    xx = 0,
    yy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i] - mx,
      dy = y[i] - my;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  const tiny = 1e-18 * n; // a constant column keeps rounding noise, of less than a thousand-millionth each
  return xx > tiny && yy > tiny ? xy / Math.sqrt(xx * yy) : NaN;
}

export const mean = (values) => (values.length ? sum(Array.from(values)) / values.length : NaN);

/** softmax of logits, safe for large ones. */
export function softmax(logits) {
  const top = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - top));
  const total = sum(powers);
  return powers.map((power) => power / total);
}
