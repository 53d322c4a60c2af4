/**
 * Lighthouse over pages that are already served, for benchmarks/pages.py.
 *
 *     node lighthouse.mjs < order.json > found.json
 *
 * The order: {chrome, flags, pages: {name: address}, forms: ["desktop", "mobile"], runs}. What is found, by form and
 * page: the medians of `runs` runs of each category (0 to 100) and metric, how often each rule that lowers a score
 * failed and on what, and what the page weighs. Progress goes to stderr.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import * as launcher from "chrome-launcher";
import lighthouse from "lighthouse";
import desktop from "lighthouse/core/config/desktop-config.js";

const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const METRICS = {
  first_paint_ms: "first-contentful-paint",
  largest_paint_ms: "largest-contentful-paint",
  blocked_ms: "total-blocking-time",
  speed_index_ms: "speed-index",
  layout_shift: "cumulative-layout-shift",
};

const order = JSON.parse(readFileSync(0, "utf-8"));
const found = {};
for (const form of order.forms) {
  found[form] = {};
  for (const [name, address] of Object.entries(order.pages)) {
    const runs = [];
    for (let run = 0; run < order.runs; run += 1) runs.push(await inspect(address, form));
    found[form][name] = summarise(runs);
    process.stderr.write(`${form} ${name}: ${JSON.stringify(found[form][name].scores)}\n`);
  }
}
process.stdout.write(JSON.stringify(found));

/** One run in a browser of its own, so that nothing comes from a cache. */
async function inspect(address, form) {
  const chrome = await launcher.launch({ chromePath: order.chrome, chromeFlags: order.flags, logLevel: "error" });
  try {
    const options = { port: chrome.port, output: "json", logLevel: "error", onlyCategories: CATEGORIES };
    const { lhr } = await lighthouse(address, options, form === "desktop" ? desktop : undefined);
    if (lhr.runtimeError) throw new Error(`${address}: ${lhr.runtimeError.message}`);
    return lhr;
  } finally {
    chrome.kill();
  }
}

function summarise(runs) {
  const of = (read) => median(runs.map(read));
  const scores = CATEGORIES.map((name) => [name, of((run) => Math.round(run.categories[name].score * 100))]);
  const measured = ([name, audit]) => [name, of((run) => round(run.audits[audit].numericValue))];
  const metrics = Object.entries(METRICS).map(measured);
  return {
    scores: Object.fromEntries(scores),
    metrics: Object.fromEntries(metrics),
    sent_kB: of((run) => Math.round(run.audits["total-byte-weight"].numericValue / 1000)),
    requests: of((run) => run.audits["network-requests"].details.items.length),
    heaviest: heaviest(runs[0]),
    held_up_by: holdUps(runs[0]),
    failed: failures(runs),
  };
}

/** Rules outside performance that cost points in any run, with the first element or line that broke them. */
function failures(runs) {
  const failed = {};
  for (const run of runs) {
    for (const category of CATEGORIES.slice(1)) {
      for (const { id, weight } of run.categories[category].auditRefs) {
        const audit = run.audits[id];
        if (weight && audit.score !== null && audit.score < 1) failed[id] = `${category}: ${culprit(audit)}`;
      }
    }
  }
  return failed;
}

function culprit(audit) {
  const first = audit.details?.items?.[0] ?? {};
  return first.node?.snippet ?? first.url ?? first.description ?? audit.title;
}

/** The five files that weigh most, in kB as they came over the wire. */
function heaviest(run) {
  const items = [...run.audits["network-requests"].details.items].sort((a, b) => b.transferSize - a.transferSize);
  const weighed = items.slice(0, 5).map(({ url, transferSize }) => [file(url), Math.round(transferSize / 1000)]);
  return Object.fromEntries(weighed);
}

/** Files that the first paint waits for, with the milliseconds that each is estimated to cost. */
function holdUps(run) {
  const items = run.audits["render-blocking-resources"]?.details?.items ?? [];
  const costly = items.filter((item) => item.wastedMs);
  return Object.fromEntries(costly.map(({ url, wastedMs }) => [file(url), Math.round(wastedMs)]));
}

function file(address) {
  return address.startsWith("data:") ? "data:" : new URL(address).pathname.split("/").pop();
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function round(value) {
  return value < 10 ? Math.round(value * 1000) / 1000 : Math.round(value);
}
