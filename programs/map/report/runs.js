// SPDX-License-Identifier: MIT
//
// runs.js - runs of pages [first, count, letters], and spans of pages in one state made of them.

/** [[first, count, ...], ...] made of sane numbers and in order, whatever was in the data. */
function runsOf(raw) {
  if (!Array.isArray(raw)) return [];
  const sane = raw.filter((run) => Array.isArray(run) && run[0] >= 0 && run[1] > 0
    && Number.isSafeInteger(run[0] + run[1]));
  const isOrdered = sane.every((run, i) => i === 0 || sane[i - 1][0] + sane[i - 1][1] <= run[0]);
  if (isOrdered) return sane;
  sane.sort((a, b) => a[0] - b[0]);
  return sane.filter((run, i) => i === 0 || sane[i - 1][0] + sane[i - 1][1] <= run[0]);
}

/** How many leading items of a sorted list the test holds for. */
function partition(list, isBefore) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many units of [first, end) lie in the runs. */
function countIn(runs, first, end) {
  let sum = 0;
  for (let i = partition(runs, (run) => run[0] + run[1] <= first); i < runs.length; i++) {
    if (runs[i][0] >= end) break;
    sum += Math.min(end, runs[i][0] + runs[i][1]) - Math.max(first, runs[i][0]);
  }
  return sum;
}

function stateOf(letters) {
  if (letters.includes("g")) return GUARD;
  if (letters.includes("s")) return SWAPPED;
  if (letters.includes("z")) return ZERO;
  if (letters.includes("d")) return DIRTY;
  return /[rfh]/.test(letters) ? RESIDENT : COMMITTED;
}

/** Runs with letters, and beneath them runs that are committed, as spans without overlap. */
function spansOf(runs, committed) {
  const spans = [];
  let next = 0;
  const fill = (from, to) => {
    while (next < committed.length && committed[next][0] + committed[next][1] <= from) next++;
    for (let i = next; i < committed.length && committed[i][0] < to; i++) {
      const first = Math.max(from, committed[i][0]);
      const end = Math.min(to, committed[i][0] + committed[i][1]);
      spans.push({ first, end, state: COMMITTED, letters: "" });
    }
  };
  let at = 0;
  for (const [first, length, letters] of runs) {
    fill(at, first);
    const words = String(letters ?? "");
    spans.push({ first, end: first + length, state: stateOf(words), letters: words });
    at = first + length;
  }
  fill(at, Infinity);
  return spans;
}

/** What came and what went, where nothing else is said of pages. */
function changedSpans(came, went) {
  const span = (state) => ([first, length]) =>
    ({ first, end: first + length, state, letters: "" });
  const spans = [...came.map(span(CAME)), ...went.map(span(WENT))];
  return spans.sort((a, b) => a.first - b.first)
    .filter((one, i) => i === 0 || spans[i - 1].end <= one.first);
}

/** How many pages of [first, end) are in which state, into counts. */
function census(subject, first, end, counts) {
  counts.fill(0);
  let rest = end - first;
  const spans = subject.spans;
  for (let i = partition(spans, (span) => span.end <= first); i < spans.length; i++) {
    const span = spans[i];
    if (span.first >= end) break;
    const pages = Math.min(end, span.end) - Math.max(first, span.first);
    counts[span.state] += pages;
    rest -= pages;
  }
  counts[subject.base] += rest;
  return counts;
}
