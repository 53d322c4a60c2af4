// A softmax model: logits are features times weights. Its loss is the soft cross-entropy of softlabel_core/losses.py,
// learned by plain gradient descent over all items at once. All arrays are Float64Array, row by row.

// Below 2 / (largest eigenvalue of the loss's Hessian), which is 0.93 at most for these features.
const RATE = 1;

/** Logits at p[from ... from + n] become their softmax, safe for large ones. */
export function softmaxInto(p, from, n) {
  let top = -Infinity,
    total = 0;
  for (let k = from; k < from + n; k++) if (p[k] > top) top = p[k];
  for (let k = from; k < from + n; k++) total += p[k] = Math.exp(p[k] - top);
  for (let k = from; k < from + n; k++) p[k] /= total;
}

/** Predicted distributions [n, K] of features [n, d] under weights [d, K], into p. */
export function predict(features, weights, nClasses, p) {
  const n = p.length / nClasses,
    d = weights.length / nClasses;
  p.fill(0);
  for (let i = 0; i < n; i++) {
    const row = i * nClasses;
    for (let j = 0; j < d; j++) {
      const feature = features[i * d + j];
      for (let k = 0; k < nClasses; k++) p[row + k] += feature * weights[j * nClasses + k];
    }
    softmaxInto(p, row, nClasses);
  }
}

/**
 * Mean cross-entropy −Σ t log p towards the targets, nats, and its gradient by the weights: featuresᵀ (p − t) / n.
 *
 * @param {Float64Array} features [n, d]
 * @param {Float64Array} weights [d, K]
 * @param {Float64Array} targets [n, K], distributions
 * @param {Float64Array} p [n, K], overwritten by the predictions
 * @param {Float64Array} gradient [d, K], overwritten
 * @returns {number} the loss
 */
export function lossAndGradient(features, weights, targets, nClasses, p, gradient) {
  const n = targets.length / nClasses,
    d = weights.length / nClasses;
  predict(features, weights, nClasses, p);
  gradient.fill(0);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const row = i * nClasses;
    for (let k = 0; k < nClasses; k++) {
      if (targets[row + k] > 0) loss -= targets[row + k] * Math.log(p[row + k]);
    }
    for (let j = 0; j < d; j++) {
      const share = features[i * d + j] / n;
      for (let k = 0; k < nClasses; k++) gradient[j * nClasses + k] += share * (p[row + k] - targets[row + k]);
    }
  }
  return loss / n;
}

/** A model that learns: its weights start at 0, where every class is equally likely. */
export function makeLearner(features, targets, nClasses) {
  const d = (features.length * nClasses) / targets.length;
  const weights = new Float64Array(d * nClasses),
    gradient = new Float64Array(d * nClasses);
  const p = new Float64Array(targets.length);
  const learner = {
    weights,
    targets,
    loss: () => lossAndGradient(features, weights, learner.targets, nClasses, p, gradient),
    /** Start anew, towards other targets. */
    forget(others) {
      weights.fill(0);
      learner.targets = others;
    },
    step() {
      learner.loss();
      for (let j = 0; j < weights.length; j++) weights[j] -= RATE * gradient[j];
    },
  };
  return learner;
}
