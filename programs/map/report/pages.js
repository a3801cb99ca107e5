// SPDX-License-Identifier: MIT
//
// pages.js - the pages of a region or reservation, zoomed.

const GUTTER_PX = 124;
const THUMB_PX = 10;
const CELL_PX_MAX = 44;

/** Columns are a power of two, so that every row begins at a round address. */
function mapLayout() {
  const canvas = byId("map");
  const width = Math.floor(canvas.clientWidth);
  const height = Math.floor(canvas.clientHeight);
  const gutter = width < 500 ? 104 : GUTTER_PX;
  const room = Math.max(32, width - gutter - THUMB_PX);
  const most = 2 ** Math.floor(Math.log2(room / 6));
  const columns = Math.max(8, most >> Math.max(0, -view.zoom));
  const cell = room / columns;
  const cellHeight = Math.min(cell, CELL_PX_MAX);
  const rows = Math.max(1, Math.floor(height / cellHeight));
  const perCell = 2 ** Math.max(0, view.zoom);
  return { width, height, gutter, room, columns, most, cell, cellHeight, rows, perCell,
    perRow: columns * perCell };
}

/** The layout at another zoom. */
function mapLayoutAt(zoom) {
  const before = view.zoom;
  view.zoom = zoom;
  const layout = mapLayout();
  view.zoom = before;
  return layout;
}

/** From as near as cells get to as far as all pages need. */
function zoomLimits() {
  const { most, rows } = mapLayoutAt(0);
  return { near: Math.min(0, 3 - Math.log2(most)),
    far: Math.max(0, Math.ceil(Math.log2(view.chosen.pageCount / (most * rows)))) };
}

/** As near as so many pages still fit. */
function zoomFor(pages) {
  const { near, far } = zoomLimits();
  let zoom = far;
  while (zoom > near) {
    const layout = mapLayoutAt(zoom - 1);
    if (layout.rows * layout.perRow < pages || layout.cell > 2 * CELL_PX_MAX) break;
    zoom--;
  }
  return zoom;
}

/** The pages from the first on behind which nothing but the ground is. */
function usedPages(subject) {
  const last = Math.max(subject.spans.at(-1)?.end ?? 0, subject.came.at(-1)?.[0] ?? 0,
    subject.went.at(-1)?.[0] ?? 0);
  return last > 0 && last < subject.pageCount / 4 ? last : subject.pageCount;
}

function keepInside() {
  const layout = mapLayout();
  const pages = view.chosen.pageCount;
  const rowsAll = Math.ceil(pages / layout.perRow);
  const rowMax = Math.max(0, rowsAll - layout.rows);
  view.first = clamp(Math.floor(view.first / layout.perRow), 0, rowMax) * layout.perRow;
  view.cursor = clamp(view.cursor, 0, pages - 1);
}

function drawRowTitle(context, layout, row, page) {
  const every = Math.max(1, Math.ceil(15 / layout.cellHeight));
  if (row % every) return;
  const subject = view.chosen;
  const address = subject.start + BigInt(page) * BigInt(subject.pageBytes);
  context.fillStyle = colours.soft;
  const middle = clamp(layout.cellHeight, 13, 15) / 2;
  context.fillText(hex(address), 0, row * layout.cellHeight + middle);
}

/** What is used of the slots on pages [first, end): [in use, of], null without slots. */
function slotsIn(subject, first, end) {
  const slots = subject.slots;
  if (!slots) return null;
  const from = (first * subject.pageBytes - slots.offset) / slots.slotBytes;
  const to = (end * subject.pageBytes - slots.offset) / slots.slotBytes;
  const max = isKnown(slots.max) ? slots.max : Infinity;
  const firstSlot = clamp(Math.floor(from), 0, max);
  const endSlot = clamp(Math.ceil(to), 0, max);
  if (endSlot <= firstSlot) return null;
  return { first: firstSlot, end: endSlot, used: countIn(slots.inUse, firstSlot, endSlot) };
}

const DOTS_MAX = 8;
const DOT_CELL_PX = 12;

/** From afar the slots of a cell are one spot in its middle: the more of them are in use, the less
 * shines through of the state around it. */
function drawSlots(context, box, subject, first, end) {
  const slots = slotsIn(subject, first, end);
  if (!slots || !slots.used) return;
  const all = slots.end - slots.first;
  if (end - first === 1 && box.width >= DOT_CELL_PX - 1 && all <= DOTS_MAX) {
    drawDots(context, box, subject, slots, first);
    return;
  }
  const right = box.width < 4 ? 0 : Math.round(box.width / 4);
  const down = box.height < 4 ? 0 : Math.round(box.height / 4);
  context.globalAlpha = 0.4 + 0.6 * (slots.used / all);
  context.fillStyle = colours.slot;
  context.fillRect(box.x + right, box.y + down, box.width - 2 * right, box.height - 2 * down);
  context.globalAlpha = 1;
}

/** What a slot looks like changes with the zoom, and so do its words. */
function showSlotLegend(layout) {
  const item = byId("slot-legend");
  if (!item) return;
  const { slots, pageBytes } = view.chosen;
  const areDots = layout.perCell === 1 && layout.cell >= DOT_CELL_PX
    && pageBytes / slots.slotBytes <= DOTS_MAX;
  const made = swatch("slot");
  made.classList.toggle("is-dot", areDots);
  item.replaceChildren(made, areDots ? "slot in use" : "slots in use, paler where only some are");
}

function drawDots(context, box, subject, slots, page) {
  const { offset, slotBytes, inUse } = subject.slots;
  for (let slot = slots.first; slot < slots.end; slot++) {
    if (!countIn(inUse, slot, slot + 1)) continue;
    const middle = offset + (slot + 0.5) * slotBytes - page * subject.pageBytes;
    const share = clamp(middle / subject.pageBytes, 0.12, 0.88);
    const radius = clamp(Math.min(box.height, box.width / (slots.end - slots.first)) / 4, 1.6, 5);
    context.beginPath();
    context.arc(box.x + box.width * share, box.y + box.height / 2, radius, 0, 2 * Math.PI);
    context.fillStyle = colours.slot;
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = colours["slot-edge"];
    context.stroke();
  }
}

function drawPageChange(context, box, subject, first, end) {
  const came = countIn(subject.came, first, end);
  const went = countIn(subject.went, first, end);
  if (!came && !went) return;
  context.lineWidth = 2;
  context.strokeStyle = colours[came ? "ink" : "went"];
  context.strokeRect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
}

function cellBox(layout, cell) {
  const column = cell % layout.columns;
  const row = Math.floor(cell / layout.columns);
  const gap = layout.cell >= 5 ? 1 : 0;
  const left = Math.round(layout.gutter + column * layout.cell);
  const right = Math.round(layout.gutter + (column + 1) * layout.cell);
  const top = Math.round(row * layout.cellHeight);
  const bottom = Math.round((row + 1) * layout.cellHeight);
  return { x: left, y: top, width: right - left - gap, height: bottom - top - gap, row, column };
}

/** Calls with every cell's box and pages, as far as there are any. */
function eachCell(layout, act) {
  const { pageCount } = view.chosen;
  for (let cell = 0; cell < layout.rows * layout.columns; cell++) {
    const first = view.first + cell * layout.perCell;
    if (first >= pageCount) return;
    act(cellBox(layout, cell), first, Math.min(pageCount, first + layout.perCell));
  }
}

function drawCells(context, layout) {
  const subject = view.chosen;
  const paint = paintOf();
  eachCell(layout, (box, first, end) => fillStack(paint, box, subject, first, end));
  flush(context, paint);
  eachCell(layout, (box, first, end) => {
    if (box.column === 0) drawRowTitle(context, layout, box.row, first);
    if (subject.slots) drawSlots(context, box, subject, first, end);
    if (subject.change && subject.base !== SAME) drawPageChange(context, box, subject, first, end);
  });
}

function drawThumb(context, layout) {
  const rowsAll = Math.ceil(view.chosen.pageCount / layout.perRow);
  if (rowsAll <= layout.rows) return;
  const height = Math.max(14, (layout.height * layout.rows) / rowsAll);
  const share = view.first / layout.perRow / (rowsAll - layout.rows);
  context.fillStyle = colours.line;
  context.fillRect(layout.width - 5, 0, 5, layout.height);
  context.fillStyle = colours.soft;
  context.fillRect(layout.width - 5, (layout.height - height) * share, 5, height);
}

function drawCursor(context, layout) {
  const cell = Math.floor((view.cursor - view.first) / layout.perCell);
  if (cell < 0 || cell >= layout.rows * layout.columns) return;
  const box = cellBox(layout, cell);
  context.lineWidth = 2;
  context.strokeStyle = colours.sheet;
  context.strokeRect(box.x - 2, box.y - 2, box.width + 4, box.height + 4);
  context.strokeStyle = colours.ink;
  context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
}

function drawMap() {
  if (byId("pages").hidden || !view.chosen) return;
  const begin = performance.now();
  const canvas = byId("map");
  keepInside();
  const layout = mapLayout();
  view.map = layout;
  const area = canvasOf(canvas, layout.height);
  if (!area) return;
  const { context } = area;
  context.font = `11.5px ${colours.mono}`;
  context.textBaseline = "middle";
  drawCells(context, layout);
  drawThumb(context, layout);
  drawCursor(context, layout);
  showZoom(layout);
  showSlotLegend(layout);
  showPageWords();
  note("mapMs", (performance.now() - begin).toFixed(1));
  describePixels("map", canvas);
}

function showZoom(layout) {
  const { near, far } = zoomLimits();
  const zoom = view.zoom;
  byId("zoom-text").textContent = `${plural(layout.perCell, "page")} a cell, `
    + bytes(layout.perCell * view.chosen.pageBytes);
  byId("zoom-in").disabled = zoom <= near;
  byId("zoom-out").disabled = zoom >= far;
  note("zoom", zoom);
  note("pagesPerCell", layout.perCell);
}

/** Whether a page is resident cannot be said where nobody could look. */
function stateWords(name) {
  if (name === "committed" && !view.model.arePagesKnown) return "committed";
  if (name === "bound" && !view.model.arePagesKnown) return "perhaps committed";
  if (name === "resident" && view.model.areDirtyKnown) return "resident, not dirty";
  return STATE_WORDS[name];
}

function letterWords(span, subject) {
  if (!span && subject.isFile && subject.base === RESERVED) {
    return view.model.arePagesKnown ? "in the file, not resident" : "of the file";
  }
  if (!span) return stateWords(STATES[subject.base]);
  const words = [stateWords(STATES[span.state])];
  if (span.state === DIRTY) words.unshift("resident");
  if (span.letters.includes("f")) words.push("of the file");
  if (span.letters.includes("h")) words.push("in a huge page");
  return words.join(", ");
}

function listSlots(subject, slots) {
  const range = slots.end - slots.first === 1 ? `slot ${count(slots.first)}`
    : `slots ${count(slots.first)}–${count(slots.end - 1)}`;
  if (!slots.used) return `${range}, none in use`;
  if (slots.end - slots.first > 8) return `${range}, ${count(slots.used)} in use`;
  const used = [];
  for (let slot = slots.first; slot < slots.end; slot++) {
    if (countIn(subject.slots.inUse, slot, slot + 1)) used.push(count(slot));
  }
  return `${range}, in use: ${used.join(", ")}`;
}

function pageWords(subject, first, end) {
  const words = [];
  if (end - first === 1) {
    const span = subject.spans[partition(subject.spans, (one) => one.end <= first)];
    words.push(letterWords(span && span.first <= first ? span : null, subject));
  } else {
    census(subject, first, end, counts);
    STATES.forEach((name, state) => {
      if (counts[state]) words.push(`${count(counts[state])} ${stateWords(name)}`);
    });
  }
  const slots = slotsIn(subject, first, end);
  if (slots) words.push(listSlots(subject, slots));
  if (subject.base === SAME) return words.join(" · ");
  const came = countIn(subject.came, first, end);
  const went = countIn(subject.went, first, end);
  if (came) words.push(end - first === 1 ? "came" : `${count(came)} came`);
  if (went) words.push(end - first === 1 ? "went" : `${count(went)} went`);
  return words.join(" · ");
}

function showPageWords() {
  const subject = view.chosen;
  const { perCell } = view.map;
  const first = Math.floor(view.cursor / perCell) * perCell;
  const end = Math.min(subject.pageCount, first + perCell);
  const address = subject.start + BigInt(first) * BigInt(subject.pageBytes);
  const title = end - first === 1 ? `Page ${count(first)} of ${count(subject.pageCount)}`
    : `Pages ${count(first)}–${count(end - 1)} of ${count(subject.pageCount)}`;
  byId("map-status").replaceChildren(`${title} · `,
    element("span", { class: "mono" }, hex(address)), ` · ${pageWords(subject, first, end)}`);
}

function showChosenWords() {
  const subject = view.chosen;
  byId("chosen").replaceChildren(...(subject.isReservation
    ? ["Reservation ", element("b", {}, subject.name), " · ",
      element("span", { class: "mono" }, `${hex(subject.start)}–${hex(subject.end)}`),
      ` · ${bytes(subject.size)}, ${plural(subject.pageCount, "page")}`]
    : regionWords(subject)));
  const states = STATES.filter((name, state) => subject.base === state
    || subject.spans.some((span) => span.state === state));
  const items = states.map((name) => legendItem(name, stateWords(name)));
  if (subject.slots) items.push(element("li", { id: "slot-legend" }));
  const isFramed = subject.base !== SAME;
  if (isFramed && subject.came.length) items.push(legendItem("ink", "frame: came into memory"));
  if (isFramed && subject.went.length) items.push(legendItem("went", "frame: went from memory"));
  byId("map-legend").replaceChildren(...items);
  const name = subject.name || hex(subject.start);
  byId("map").setAttribute("aria-label", `Map of the pages of ${name}`);
}
