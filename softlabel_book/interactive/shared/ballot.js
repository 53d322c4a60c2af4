// A ballot: one person's answers to an item set, as a small file or as a code to paste, and how either is read again.
//
// What is read may be anything at all: a file of another page, a code cut short, a photograph. It becomes either a
// ballot that fits one of the sets given, or one sentence that names where it came from.

export const LONGEST_NAME = 40; // letters, as in classroom/figure.py
export const LARGEST_FILE = 1_000_000; // bytes; a class of hundreds in one file of codes is far smaller

const KIND = "softlabel-votes",
  VERSION = 1;
const CODE = /sl(\d+)\.([\w-]*)(?:\.([\da-z]*))?/g;

/** A name as it is kept: one line of visible letters, not too long. What turns the direction of writing is left out. */
export function cleanName(text) {
  const seen = String(text)
    .normalize("NFC")
    .replace(/\s+/g, " ")
    .replace(/[\p{C}]/gu, "")
    .trim();
  return Array.from(seen).slice(0, LONGEST_NAME).join("").trim();
}

/** @typedef {{data: string, hash: string, name: string, answers: (number|null)[]}} Ballot answers in the set's order */

/** A ballot as a code: letters that survive every messenger, and a checksum. @param {Ballot} ballot */
export function toCode({ data, hash, name, answers }) {
  const letters = answers.map((k) => (k === null ? "-" : k.toString(36))).join("");
  const body = toBase64(JSON.stringify([data, hash, name, letters]));
  return `sl${VERSION}.${body}.${checksum(body)}`;
}

/** A ballot as the text of a file that people can read too. @param {Ballot} ballot */
export function toFileText({ data, hash, name, answers }, set) {
  const labels = Object.fromEntries(
    set.ids.flatMap((id, i) => (answers[i] === null ? [] : [[id, set.classes[answers[i]]]])),
  );
  return `${JSON.stringify({ format: KIND, version: VERSION, data, items: hash, annotator: name, labels }, null, 1)}\n`;
}

/**
 * Every ballot in a text: one file's, or codes, one or more a line.
 *
 * @param {string} text
 * @param {string} where what a sentence calls the text: a file's name, or that it was pasted
 * @param {object[]} sets the item sets of this page
 * @returns {{ballots: Ballot[], complaints: string[]}}
 */
export function readText(text, where, sets) {
  const found = { ballots: [], complaints: [] };
  const add = (from, read) => {
    try {
      found.ballots.push(read());
    } catch (error) {
      found.complaints.push(`${from} ${error.message}`);
    }
  };
  const bare = text.replace(/^\uFEFF/, "");
  if (bare.trimStart().startsWith("{")) {
    add(where, () => fromFile(bare, sets));
    return found;
  }
  const lines = bare
    .split(/\r\n?|\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim());
  if (!lines.some(({ line }) => line.match(CODE))) {
    found.complaints.push(`${where} holds no votes; ask for the file or the code that the labelling page gives.`);
    return found;
  }
  for (const { line, number } of lines) {
    const from = lines.length > 1 ? `${where}, line ${number},` : where;
    const codes = [...line.matchAll(CODE)];
    if (!codes.length) found.complaints.push(`${from} holds no code; copy one again from the labelling page.`);
    for (const code of codes) add(from, () => fromCode(code, sets));
  }
  return found;
}

function fromCode([, version, body, sum], sets) {
  if (Number(version) !== VERSION)
    throw new Error("holds a code of another version of this page; both sides need the same.");
  if (checksum(body) !== sum) throw new Error("holds a code that is not whole; copy all of it again.");
  const [data, hash, name, letters] = parsed(() => Array.from(JSON.parse(fromBase64(body))));
  const set = setOf(data, hash, sets);
  const answers = Array.from(String(letters), (letter) => (letter === "-" ? null : parseInt(letter, 36)));
  return checked({ data, hash, name, answers }, set);
}

function fromFile(text, sets) {
  const file = parsed(() => JSON.parse(text));
  if (file?.format !== KIND) throw new Error("holds no votes; ask for the file that the labelling page gives.");
  if (file.version !== VERSION) throw new Error("was saved by another version of this page; both sides need the same.");
  const set = setOf(file.data, file.items, sets);
  const labels = new Map(Object.entries(file.labels ?? {}));
  const stray = [...labels.keys()].find((id) => !set.ids.includes(id));
  if (stray !== undefined)
    throw new Error(`labels the item “${shorten(stray)}”, which is not of this page; save the file again.`);
  const answers = set.ids.map((id) => (labels.has(id) ? classOf(labels.get(id), set) : null));
  return checked({ data: file.data, hash: file.items, name: file.annotator, answers }, set);
}

function parsed(read) {
  try {
    return read();
  } catch {
    throw new Error("is broken off or was changed; save or copy it again.");
  }
}

/** The page's set that a ballot is for. */
function setOf(data, hash, sets) {
  const set = sets.find((one) => one.data === data);
  const here = sets.map((one) => one.data).join(" and ");
  if (!set)
    throw new Error(
      `holds votes on “${shorten(data)}”, and this page gathers ${here}; drop it into that data set’s page.`,
    );
  if (set.hash !== hash)
    throw new Error(`holds votes on other items of ${data}; label the items of this edition of the page.`);
  return set;
}

function classOf(label, set) {
  const k = set.classes.indexOf(label);
  if (k < 0)
    throw new Error(`holds the label “${shorten(label)}”, which is not among the classes; save the file again.`);
  return k;
}

/** A ballot whose answers fit its set, with a name that is safe to show. */
function checked(ballot, set) {
  const fits =
    ballot.answers.length === set.ids.length &&
    ballot.answers.every((k) => k === null || (Number.isInteger(k) && k >= 0 && k < set.classes.length));
  if (!fits) throw new Error("does not answer the items of this page; save or copy it again.");
  if (ballot.answers.every((k) => k === null)) throw new Error("holds no label at all; label an item first.");
  return { ...ballot, name: cleanName(typeof ballot.name === "string" ? ballot.name : "") || "someone" };
}

/** What was kept in this browser, if it still fits: whoever kept it may have been another version of the page. */
export function fitting(set, answers, whole = true) {
  const known = (k) => k === null || (Number.isInteger(k) && k >= 0 && k < set.classes.length);
  const length = Array.isArray(answers) ? answers.length : -1;
  const fits = whole ? length === set.ids.length : length >= 0 && length <= set.ids.length;
  return fits && answers.every(known) ? answers : null;
}

/** A foreign word as a sentence repeats it. */
export const shorten = (word, longest = 60) => {
  const letters = Array.from(
    (typeof word === "string" ? word : (JSON.stringify(word) ?? "")).replace(/[\p{C}]/gu, " "),
  );
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : letters.join("");
};

function toBase64(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function fromBase64(letters) {
  const bytes = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
    letter.charCodeAt(0),
  );
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** FNV-1a, 32 bits: catches a code cut short or mistyped; it is no signature. */
function checksum(text) {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash.toString(36);
}
