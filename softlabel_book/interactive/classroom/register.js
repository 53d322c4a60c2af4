// Who is in: ballots taken in, one a person. Nobody's answers are replaced without being asked for.

import { LONGEST_NAME } from "../shared/ballot.js";
import { plural } from "../shared/numbers.js";

const sameName = (a, b) => a.toLowerCase() === b.toLowerCase();

/**
 * @param {Record<string, {name, answers}[]>} before who is in, by data set
 * @param {Ballot[]} ballots
 * @param {{how?: "replace"|"both"}} choices what to do with somebody who is in already; by default they wait in `doubles`
 * @returns {{annotators, added, replaced, doubles: Ballot[], words: string[]}}
 */
export function take(before, ballots, { how } = {}) {
  const annotators = { ...before },
    doubles = [];
  let added = 0,
    replaced = 0,
    again = 0;
  for (const ballot of ballots) {
    const { data, name, answers } = ballot,
      list = annotators[data] ?? [];
    const at = list.findIndex((annotator) => sameName(annotator.name, name));
    if (at < 0) {
      annotators[data] = [...list, { name, answers }];
      added++;
    } else if (equal(list[at].answers, answers)) {
      again++;
    } else if (how === "replace") {
      annotators[data] = list.map((annotator, i) => (i === at ? { name, answers } : annotator));
      replaced++;
    } else if (how === "both") {
      annotators[data] = [...list, { name: another(name, list), answers }];
      added++;
    } else {
      doubles.push(ballot);
    }
  }
  const words = [
    ...(added ? [`${plural(added, "annotator")} added.`] : []),
    ...(replaced ? [`${plural(replaced, "annotator")} replaced.`] : []),
    ...(again ? [`${plural(again, "ballot")} ${again === 1 ? "was" : "were"} in already, with the same answers.`] : []),
  ];
  return { annotators, added, replaced, doubles, words };
}

const equal = (a, b) => a.every((k, i) => k === b[i]);

/** A name that is free: Ada 2, Ada 3, ... */
function another(name, list) {
  for (let i = 2; ; i++) {
    const end = ` ${i}`,
      free =
        Array.from(name)
          .slice(0, LONGEST_NAME - end.length)
          .join("") + end;
    if (!list.some((annotator) => sameName(annotator.name, free))) return free;
  }
}
