// SPDX-License-Identifier: MIT
//
// table.js - the regions as a table, of which only the rows that are seen exist.

const ROW_PX = 27;
const HEAD_PX = 32;
const ROWS_MAX = 16;
const NAME_PX = 106;
const PRINTED_ROWS = 1000;
const PRINTED_PX = 1100; // of columns, which on paper are narrower than here

const capitalised = (key) => `${key[0].toUpperCase()}${key.slice(1)}`;

/** A figure of a region. */
function sized(key, width, rank, title = capitalised(key)) {
  return { key, title, width, rank, isNumber: true,
    cell: (a) => number(a[key], bytes, byteNote(a[key])) };
}

/** A figure on one side of a difference; side is "was" or "now". */
function sided(figure, side, rank) {
  const [key, title, absent] = side === "was" ? [`${figure}-before`, "before", "came"]
    : [figure, "after", "went"];
  const value = (a) => a[side][figure];
  const known = figure === "committed" ? (a) => committedNumber(value(a), a[side].isBound)
    : (a) => number(value(a), bytes, byteNote(value(a)));
  return { key, title, group: capitalised(figure), width: figure === "committed" ? 92 : 74, rank,
    isNumber: true, value,
    cell: (a) => (a.change === absent ? number(null, bytes, "not there") : known(a)) };
}

function changed(figure, rank) {
  const value = (a) => changeOf(a, figure);
  const isBound = (a) => figure === "committed" && (a.was.isBound || a.now.isBound);
  return { key: `${figure}-change`, title: "change", group: capitalised(figure), width: 86, rank,
    isNumber: true, value,
    cell: (a) => changedNumber(value(a), bytes,
      isKnown(value(a)) ? `${signed(value(a), count)} bytes${isBound(a) ? ", of upper bounds" : ""}`
        : "not known") };
}

// Columns are left out in the order of their ranks, the highest first; those without one stay.
const ADDRESS = { key: "start", title: "Address", width: 0,
  cell: (a) => element("td", { class: "mono", title: `to ${hex(a.end)}` }, hex(a.start)) };
const KIND = { key: "kind", title: "Kind", width: 116, rank: 5, cell: kindCell };
const PROTECTION = { key: "protection", title: "Prot.", words: "Protection", width: 62, rank: 9,
  cell: (a) => element("td", { class: "mono" }, a.protection) };
const NAME = { key: "name", title: "Name", cell: nameCell };

const COLUMNS = [
  ADDRESS,
  sized("size", 76, 2),
  KIND,
  PROTECTION,
  { ...sized("committed", 96, 4), cell: (a) => committedNumber(a.committed, a.isBound) },
  sized("resident", 88),
  sized("dirty", 78, 6),
  sized("swapped", 88, 10),
  { key: "share", title: "States", hint: "States; sorted by the share that is resident", width: 76,
    rank: 7, isNumber: true, cell: stripCell,
    value: (a) => (isKnown(a.resident) ? a.resident / a.size : null) },
  NAME,
];
const DIFFERENCE_COLUMNS = [
  { key: "change", title: "Change", width: 164, rank: 1, value: (a) => a.mark, cell: markCell },
  ADDRESS,
  { ...sized("size", 76, 7), cell: sizeCell },
  { ...KIND, rank: 8 },
  PROTECTION,
  sided("committed", "was", 6),
  sided("committed", "now", 4),
  changed("committed", 2),
  sided("resident", "was", 5),
  sided("resident", "now", 3),
  changed("resident"),
  changed("dirty", 10),
  changed("swapped", 11),
  NAME,
];

function columnsOfAll() {
  return view.model.isDifference ? DIFFERENCE_COLUMNS : COLUMNS;
}

function columnOf(key) {
  return columnsOfAll().find((column) => column.key === key);
}

/** The largest growth is what a difference is looked at for. */
function sortAtFirst(model) {
  return model.isDifference ? { sort: "resident-change", isDown: true }
    : { sort: "start", isDown: false };
}

/** As wide as the longest address, which is the last one. */
function addressWidth() {
  const last = view.model.regions.at(-1);
  return Math.ceil(18 + 7.6 * Math.max(12, last ? hex(last.start).length : 0));
}

/** As many columns as fit, the least important left out first, but none that is sorted by. */
function columnsFor(width) {
  const columns = [...columnsOfAll()];
  const address = addressWidth();
  let needed = columns.reduce((sum, column) => sum + (column.width || 0), address + NAME_PX);
  while (needed > width) {
    const least = columns.filter((column) => column.rank && column.key !== view.sort)
      .reduce((most, column) => (column.rank > (most?.rank ?? 0) ? column : most), null);
    if (!least) break;
    columns.splice(columns.indexOf(least), 1);
    needed -= least.width;
  }
  return columns;
}

function kindCell(region) {
  return element("td", {}, swatch(kindVariable(region.kind)), ` ${region.kind}`);
}

const MARKS = { came: "+", went: "−", grown: "▲", "more committed": "▲", "more resident": "▲",
  shrunk: "▼", "less committed": "▼", "less resident": "▼", changed: "≠" };
const MARK_KINDS = { "+": "came", "▲": "came", "−": "went", "▼": "went" };

/** What has grown or shrunk by how much, in the words of a title. */
function markWords(region) {
  const changes = FIGURES.map((figure) => [figure, changeOf(region, figure)])
    .filter(([, change]) => change).map(([figure, change]) => `${figure} ${signed(change, bytes)}`);
  return changes.join(", ") || "no figure has changed";
}

function markCell(region) {
  const mark = MARKS[region.mark] ?? "";
  const kind = MARK_KINDS[mark];
  return element("td", { class: kind ? `change is-${kind}` : "change", title: markWords(region) },
    element("span", { class: "mark", "aria-hidden": "true" }, mark), ` ${region.mark ?? ""}`);
}

function sizeCell(region) {
  const change = changeOf(region, "reserved");
  return number(region.size, bytes, byteNote(region.size)
    + (change && region.change === "changed" ? `, ${signed(change, bytes)}` : ""));
}

function nameCell(region) {
  const cut = region.name.startsWith("/") ? region.name.lastIndexOf("/") + 1 : 0;
  const path = element("span", { class: "path" });
  // Where there is no room for the kind its colour stands here.
  if (!view.columns.some((column) => column.key === "kind")) {
    const colour = swatch(kindVariable(region.kind));
    colour.title = region.kind;
    path.append(colour);
    if (!region.name) path.append(element("span", { class: "folder" }, region.kind));
  }
  if (cut > 1) path.append(element("span", { class: "folder" }, region.name.slice(0, cut)));
  path.append(element("span", { class: "file" }, cut > 1 ? region.name.slice(cut) : region.name));
  return element("td", { title: region.name || null }, path);
}

/** A small bar of what the region consists of. */
function stripCell(region) {
  const strip = element("span", { class: "strip", role: "img",
    "aria-label": `resident ${percent(region.resident, region.size)}` });
  const parts = partsOf(figuresOf(region));
  let at = 0;
  const stops = ["dirty", "resident", "swapped", "committed"].map((name) => {
    const from = at;
    at += (100 * parts[name]) / Math.max(1, region.size);
    return `var(--${name}) ${from}% ${at}%`;
  });
  // What may be committed lies beneath, and so is seen behind the last of the others.
  strip.style.background = `linear-gradient(90deg, ${stops.join(", ")}, transparent ${at}%) 0 0 `
    + "/ 100% 100% no-repeat, var(--bound) 0 0 "
    + `/ ${at + (100 * parts.bound) / Math.max(1, region.size)}% 100% no-repeat, var(--reserved)`;
  return element("td", {}, strip);
}

function valueOf(region, column) {
  const value = column.value ? column.value(region) : region[column.key];
  return value ?? null;
}

/** What is not known comes last, whichever way. */
function compare(a, b, column) {
  const left = valueOf(a, column);
  const right = valueOf(b, column);
  if (left === null || right === null) {
    return (left === null) - (right === null) || a.index - b.index;
  }
  const order = left < right ? -1 : left > right ? 1 : 0;
  if (order) return view.isDown ? -order : order;
  return a.index - b.index;
}

function isShown(region) {
  if (view.kind && region.kind !== view.kind) return false;
  if (!view.filter) return true;
  const needle = view.filter.toLowerCase();
  return [region.name, region.kind, region.protection, hex(region.start), region.change ?? "",
    region.mark ?? ""]
    .some((words) => words.toLowerCase().includes(needle));
}

function nameOf(column) {
  return column.group ? `${column.group} ${column.title}` : column.words ?? column.title;
}

function headCell(column, rows) {
  const isSorted = view.sort === column.key;
  const words = column.hint ?? nameOf(column);
  const button = element("button", { type: "button", "data-sort": column.key, title: words,
    "aria-label": words }, column.title);
  button.addEventListener("click", () => sortBy(column.key));
  return element("th", { scope: "col", rowspan: rows, class: column.isNumber ? "number" : null,
    "aria-sort": isSorted ? (view.isDown ? "descending" : "ascending") : "none" }, button);
}

/** Columns of one group stand beneath its name. */
function headRows() {
  const groups = view.columns.filter((column) => column.group);
  const upper = element("tr");
  if (!groups.length) {
    upper.append(...view.columns.map((column) => headCell(column)));
    return [upper];
  }
  let last = null;
  for (const column of view.columns) {
    if (!column.group) upper.append(headCell(column, 2));
    else if (column.group !== last) {
      const span = groups.filter((one) => one.group === column.group).length;
      upper.append(element("th", { scope: "colgroup", colspan: span, class: "group" },
        element("span", {}, column.group)));
    }
    last = column.group;
  }
  return [upper, element("tr", {}, ...groups.map((column) => headCell(column)))];
}

function headPx() {
  return view.columns.some((column) => column.group) ? HEAD_PX + 24 : HEAD_PX;
}

function widthOf(column) {
  const made = element("col");
  if (column.width !== undefined) made.style.width = `${column.width || addressWidth()}px`;
  return made;
}

function showHead() {
  const table = byId("table");
  const focused = document.activeElement?.dataset?.sort;
  table.replaceChildren(
    caption("Regions; the buttons in the head sort, up and down choose a row"),
    element("colgroup", {}, ...view.columns.map(widthOf)),
    element("thead", {}, ...headRows()));
  if (focused) table.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus();
}

function rowOf(region, position) {
  const isChosen = region === view.chosen;
  const heads = headPx() === HEAD_PX ? 1 : 2;
  const row = element("tr", { "data-index": region.index, "aria-rowindex": position + 1 + heads,
    "aria-current": isChosen ? "true" : null, class: isChosen ? "is-chosen" : null });
  row.append(...view.columns.map((column) => column.cell(region)));
  return row;
}

function filler(rows) {
  const cell = element("td", { colspan: view.columns.length });
  cell.style.height = `${rows * ROW_PX}px`;
  const row = element("tr", { class: "filler", "aria-hidden": "true" }, cell);
  row.style.height = `${rows * ROW_PX}px`;
  return row;
}

function rowsSeen() {
  return Math.max(1, Math.floor((byId("rows").clientHeight - headPx()) / ROW_PX));
}

function isPrinting() {
  return document.documentElement.classList.contains("printing");
}

/** Only rows that are seen are there, between fillers: 50,000 would take seconds. */
function showRows() {
  if (byId("regions").hidden) return;
  const box = byId("rows");
  const visible = rowsSeen() + 2;
  const first = isPrinting() ? 0
    : clamp(Math.floor(box.scrollTop / ROW_PX) - 8, 0, Math.max(0, view.rows.length - visible));
  const end = Math.min(view.rows.length, first + (isPrinting() ? PRINTED_ROWS : visible + 16));
  const body = element("tbody");
  if (first > 0) body.append(filler(first));
  for (let i = first; i < end; i++) body.append(rowOf(view.rows[i], i));
  if (end < view.rows.length && !isPrinting()) body.append(filler(view.rows.length - end));
  const table = byId("table");
  table.querySelector("tbody")?.remove();
  table.append(body);
  table.setAttribute("aria-rowcount", String(view.rows.length + (headPx() === HEAD_PX ? 1 : 2)));
}

/** Nobody should look for a column that is left out. */
function showLeftOut() {
  const words = columnsOfAll().filter((column) => !view.columns.includes(column))
    .map((column) => nameOf(column).toLowerCase());
  byId("left-out").textContent = words.length
    ? `Left out for want of room: ${words.join(", ")}.` : "";
  note("columns", view.columns.map((column) => column.key).join(" "));
}

function arrangeColumns() {
  if (byId("regions").hidden) return;
  const box = byId("rows");
  const scrollbar = 17;
  view.columns = columnsFor(isPrinting() ? PRINTED_PX : box.offsetWidth - 2 - scrollbar);
  showLeftOut();
  // The frame, and rows that are whole.
  box.style.height = `${2 + headPx() + Math.min(ROWS_MAX, view.model.regions.length) * ROW_PX}px`;
  showHead();
  showRows();
}

function arrangeRows() {
  const column = columnOf(view.sort);
  view.rows = view.model.regions.filter(isShown).sort((a, b) => compare(a, b, column));
  const all = view.model.regions.length;
  byId("count").textContent = view.rows.length === all ? plural(all, "region")
    : `${count(view.rows.length)} of ${plural(all, "region")}`;
  note("rows", view.rows.length);
  arrangeColumns();
}

function scrollToChosen() {
  const box = byId("rows");
  const position = view.rows.indexOf(view.chosen);
  if (position < 0) return;
  const top = position * ROW_PX;
  const room = box.clientHeight - headPx() - ROW_PX;
  if (top >= box.scrollTop && top <= box.scrollTop + room) return;
  box.scrollTop = Math.max(0, top - room / 2);
}
