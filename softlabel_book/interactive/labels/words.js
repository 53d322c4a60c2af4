// What a screen reader is told.

import { plural } from "../shared/numbers.js";
import { textInWords } from "../shared/item.js";
import { scoresOf } from "./scores.js";

const COVERED = { row: undefined, all: false };

/** The answer just given, and the item that is asked about now. */
export function answerInWords(set, answers) {
  const at = answers.length,
    n = set.ids.length;
  const last = at ? `${answers[at - 1] === null ? "Skipped" : set.classes[answers[at - 1]]}. ` : "";
  return at === n ? last : `${last}Now ${set.one} ${at + 1} of ${n}. ${textInWords(set, COVERED, at)}`.trim();
}

/** Where the reader stands, in two sentences. */
export function resultInWords(set, answers) {
  const { labelled, you, crowd, range } = scoresOf(set, answers);
  if (!labelled) return `You skipped all ${plural(set.ids.length, set.one)}, so there is nothing to compare.`;
  const [low, high] = range;
  return (
    `You voted with the majority on ${you.majority} of ${plural(labelled, set.one)}. ` +
    `One of the crowd would on ${crowd.majority.toFixed(1)} on average, and nine in ten of them on ` +
    `${low === high ? low : `${low} to ${high}`}.`
  );
}
