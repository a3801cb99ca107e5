// SPDX-License-Identifier: MIT
//
// timeline.js - how totals went on: a chart for each, which begins at 0.

function chartOf(points, times, figure) {
  const values = points.map((point) => point[figure.key]);
  if (!values.some(isKnown)) return null;
  const top = values.filter(isKnown).reduce((most, value) => Math.max(most, value), 1);
  const span = Math.max(1, times.at(-1));
  const xy = values.map((value, i) => [1000 * (times[i] / span), isKnown(value)
    ? 40 - 36 * (value / top) : 40]);
  const line = xy.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(2)}`).join(" ");
  const cursor = shape("line", { class: "cursor", y1: 0, y2: 40, visibility: "hidden" });
  const edge = shape("polyline", { class: "edge", points: line });
  const area = shape("polygon", { class: "area", points: `0,40 ${line} ${xy.at(-1)[0]},40` });
  edge.style.stroke = figure.colour;
  area.style.fill = figure.colour;
  const svg = shape("svg", { viewBox: "0 0 1000 42", preserveAspectRatio: "none", role: "img",
    "aria-label": `${figure.term}: from ${figure.words(values[0])} to `
      + `${figure.words(values.at(-1))}, at most ${figure.words(top)}` },
  shape("line", { class: "ground", x1: 0, x2: 1000, y1: 40, y2: 40 }), area, edge, cursor);
  const value = element("span", {}, figure.words(values.at(-1)));
  const row = element("div", { class: "chart" },
    element("span", {}, figure.swatch ? swatch(figure.swatch) : null, figure.term), svg, value);
  return { row, svg, cursor, value, values, figure, xy };
}

function showMoment(charts, times, index) {
  const isLast = index === null;
  const at = isLast ? times.length - 1 : index;
  for (const chart of charts) {
    chart.cursor.setAttribute("visibility", isLast ? "hidden" : "visible");
    chart.cursor.setAttribute("x1", chart.xy[at][0]);
    chart.cursor.setAttribute("x2", chart.xy[at][0]);
    chart.value.textContent = chart.figure.words(chart.values[at]);
  }
  byId("charts").dataset.at = String(at);
  byId("moment").textContent = isLast
    ? `${plural(times.length, "point")} in ${duration(times.at(-1))}. Each chart begins at 0 and `
      + "has a scale of its own; the figures are the last ones, or those under the pointer or "
      + "where the arrow keys have moved to."
    : `${duration(times[at])} after the first point, ${at + 1} of ${times.length}.`;
}

function nearest(times, time) {
  const next = partition(times, (one) => one < time);
  if (next === 0) return 0;
  if (next === times.length) return next - 1;
  return time - times[next - 1] < times[next] - time ? next - 1 : next;
}

/** The moment, from the keyboard. */
function listenToKeys(charts, times) {
  const last = times.length - 1;
  const box = byId("charts");
  box.addEventListener("keydown", (event) => {
    const at = Number(box.dataset.at);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (next === undefined && event.key !== "Escape") return;
    event.preventDefault();
    showMoment(charts, times, next === undefined ? null : clamp(next, 0, last));
  });
  box.addEventListener("blur", () => showMoment(charts, times, null));
}

function showTimeline(model) {
  const points = Array.isArray(model.raw.timeline) ? model.raw.timeline : [];
  if (points.length < 2) return;
  const start = BigInt(points[0].unix_ns ?? 0);
  const times = points.map((point) => Number(BigInt(point.unix_ns ?? 0) - start));
  const wordsOf = (name) => (name === "committed" && model.isBound
    ? (value) => atMost(bytes(value), value > 0) : bytes);
  const figures = FIGURES.map((name) => ({ key: `${name}_bytes`, term: name, words: wordsOf(name),
    swatch: name, colour: name === "reserved" ? "var(--faint)" : `var(--${name})` }));
  figures.push({ key: "region_count", term: "regions", words: count, colour: "var(--soft)" },
    { key: "fault_count", term: "faults", words: count, colour: "var(--soft)" });
  const charts = figures.map((figure) => chartOf(points, times, figure)).filter(Boolean);
  byId("timeline").hidden = false;
  byId("charts").append(...charts.map((chart) => chart.row));
  for (const chart of charts) {
    chart.svg.addEventListener("pointermove", (event) => {
      const box = chart.svg.getBoundingClientRect();
      const time = ((event.clientX - box.left) / box.width) * times.at(-1);
      showMoment(charts, times, nearest(times, time));
    });
    chart.svg.addEventListener("pointerleave", () => showMoment(charts, times, null));
  }
  listenToKeys(charts, times);
  showMoment(charts, times, null);
  document.body.dataset.points = String(points.length);
}
