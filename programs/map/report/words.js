// SPDX-License-Identifier: MIT
//
// words.js - what the report says: figures, sizes and addresses as text. Figures may be null, which
// means not known, not 0.

const KIB = 1024;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

// The states of a page, in the order in which they are stacked from below.
// The last three are of differences, which say of pages only whether they came or went.
// What is bound may be committed or not: an upper bound counts it.
const STATES = ["dirty", "resident", "zero", "swapped", "guard", "committed", "bound", "reserved",
  "came", "went", "same"];
const [DIRTY, RESIDENT, ZERO, SWAPPED, GUARD, COMMITTED, BOUND, RESERVED, CAME, WENT, SAME] =
  STATES.keys();
const STATE_WORDS = {
  dirty: "dirty (private copy)",
  resident: "resident",
  zero: "the shared page of zeros",
  swapped: "swapped",
  guard: "guard page",
  committed: "committed, not resident",
  bound: "perhaps committed, not resident",
  reserved: "reserved only",
  came: "came: resident now",
  went: "went: was resident",
  same: "as before",
};
const KINDS = ["code", "data", "heap", "stack", "file", "shared", "anonymous", "reserved",
  "steppe", "special"];
const FIGURES = ["reserved", "committed", "resident", "dirty", "swapped"];

const isKnown = (value) => typeof value === "number" && Number.isFinite(value);
const grouped = new Intl.NumberFormat("en-US");

function count(value) {
  return isKnown(value) ? grouped.format(value).replace("-", "−") : "–";
}

function plural(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Bytes in three digits, as [figure, unit]. */
function bytesParts(value) {
  if (!isKnown(value)) return ["–", ""];
  let figure = Math.abs(value);
  let unit = 0;
  while (figure >= KIB - 0.5 && unit + 1 < UNITS.length) {
    figure /= KIB;
    unit++;
  }
  const text = String(Number(figure.toFixed(figure >= 100 ? 0 : figure < 10 ? 2 : 1)));
  return [(value < 0 ? "−" : "") + text, UNITS[unit]];
}

function bytes(value) {
  return bytesParts(value).join(" ").trim();
}

/** A figure that may be less; "< 0.1 %" says so already. */
function atMost(words, isBound) {
  return isBound && !words.startsWith("<") ? `≤ ${words}` : words;
}

function atLeast(words, isBound) {
  return isBound && !words.startsWith("<") ? `≥ ${words}` : words;
}

function signed(value, words) {
  return value > 0 ? `+${words(value)}` : words(value);
}

function percent(part, whole) {
  if (!isKnown(part) || !isKnown(whole) || whole <= 0) return "";
  if (part === 0) return "0 %";
  const share = (100 * part) / whole;
  if (part > 0 && share < 0.1) return "< 0.1 %";
  return `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

function duration(ns) {
  if (!isKnown(ns)) return "–";
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(1)} ms`;
  return `${(ns / 1e9).toFixed(1)} s`;
}

function hex(address) {
  return `0x${address.toString(16)}`;
}

/** "0x7f00", "7f00" or with separators; null: not an address. */
function addressOf(text) {
  const digits = String(text ?? "").trim().replace(/[_\s]/g, "").replace(/^0x/i, "");
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : null;
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
