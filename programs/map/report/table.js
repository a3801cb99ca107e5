// SPDX-License-Identifier: MIT
//
// table.js - the regions as a table, of which only the rows that are seen exist.

const ROW_PX = 27;
const PRINTED_ROWS = 1000;

const sized = (key) => (a) => number(a[key], bytes, byteNote(a[key]));

const COLUMNS = [
  { key: "start", title: "Address", width: 140,
    cell: (a) => element("td", { class: "mono", title: `to ${hex(a.end)}` }, hex(a.start)) },
  { key: "size", title: "Size", width: 80, isNumber: true, cell: sized("size") },
  { key: "kind", title: "Kind", width: 120, cell: kindCell },
  { key: "protection", title: "Prot.", width: 66,
    cell: (a) => element("td", { class: "mono" }, a.protection) },
  { key: "committed", title: "Committed", width: 90, isNumber: true, cell: sized("committed") },
  { key: "resident", title: "Resident", width: 82, isNumber: true, cell: sized("resident") },
  { key: "dirty", title: "Dirty", width: 78, isNumber: true, cell: sized("dirty") },
  { key: "swapped", title: "Swapped", width: 80, isNumber: true, cell: sized("swapped") },
  { key: "share", title: "States", width: 84, cell: stripCell },
  { key: "name", title: "Name", cell: nameCell },
];
const CHANGE_COLUMN = { key: "change", title: "Change", width: 90, cell: changeCell };

function kindCell(region) {
  return element("td", {}, swatch(kindVariable(region.kind)), ` ${region.kind}`);
}

function changeCell(region) {
  const mark = { came: "+ ", went: "− " }[region.change] ?? "";
  const kind = mark ? ` is-${region.change}` : "";
  return element("td", { class: `change${kind}` }, `${mark}${region.change ?? ""}`);
}

function nameCell(region) {
  const cut = region.name.startsWith("/") ? region.name.lastIndexOf("/") + 1 : 0;
  const path = element("span", { class: "path" });
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
  strip.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")}, transparent ${at}%)`;
  return element("td", {}, strip);
}

function columns() {
  if (!view.model.isDifference) return COLUMNS;
  return [CHANGE_COLUMN, ...COLUMNS.filter((column) => column.key !== "share")];
}

function valueOf(region, key) {
  if (key === "share") return isKnown(region.resident) ? region.resident / region.size : -1;
  const value = region[key];
  return value === null || value === undefined ? -1 : value;
}

function compare(a, b) {
  const left = valueOf(a, view.sort);
  const right = valueOf(b, view.sort);
  const order = left < right ? -1 : left > right ? 1 : 0;
  if (order) return view.isDown ? -order : order;
  return a.index - b.index;
}

function isShown(region) {
  if (view.kind && region.kind !== view.kind) return false;
  if (!view.filter) return true;
  const needle = view.filter.toLowerCase();
  return [region.name, region.kind, region.protection, hex(region.start), region.change ?? ""]
    .some((words) => words.toLowerCase().includes(needle));
}

function headCell(column) {
  const isSorted = view.sort === column.key;
  const mark = isSorted ? (view.isDown ? " ↓" : " ↑") : "";
  const button = element("button", { type: "button", "data-sort": column.key },
    column.title + mark);
  button.addEventListener("click", () => sortBy(column.key));
  const cell = element("th", { scope: "col", class: column.isNumber ? "number" : null,
    "aria-sort": isSorted ? (view.isDown ? "descending" : "ascending") : "none" }, button);
  if (column.width) cell.style.width = `${column.width}px`;
  return cell;
}

function showHead() {
  const table = byId("table");
  const focused = document.activeElement?.dataset?.sort;
  table.querySelector("thead")?.remove();
  table.prepend(element("thead", {}, element("tr", {}, ...columns().map(headCell))));
  if (focused) table.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus();
}

function rowOf(region, position) {
  const isChosen = region === view.chosen;
  const row = element("tr", { "data-index": region.index, "aria-rowindex": position + 2,
    "aria-current": isChosen ? "true" : null, class: isChosen ? "is-chosen" : null });
  row.append(...columns().map((column) => column.cell(region)));
  return row;
}

function filler(rows) {
  const cell = element("td", { colspan: columns().length });
  cell.style.height = `${rows * ROW_PX}px`;
  const row = element("tr", { class: "filler", "aria-hidden": "true" }, cell);
  row.style.height = `${rows * ROW_PX}px`;
  return row;
}

/** Only rows that are seen are there, between fillers: 50,000 would take seconds. */
function showRows(isPrinting) {
  if (byId("regions").hidden) return;
  const box = byId("rows");
  const visible = Math.ceil((box.clientHeight || 480) / ROW_PX);
  const first = isPrinting ? 0
    : clamp(Math.floor(box.scrollTop / ROW_PX) - 8, 0, Math.max(0, view.rows.length - visible));
  const end = Math.min(view.rows.length, first + (isPrinting ? PRINTED_ROWS : visible + 16));
  const body = element("tbody");
  if (first > 0) body.append(filler(first));
  for (let i = first; i < end; i++) body.append(rowOf(view.rows[i], i));
  if (end < view.rows.length && !isPrinting) body.append(filler(view.rows.length - end));
  const table = byId("table");
  table.querySelector("tbody")?.remove();
  table.append(body);
  table.setAttribute("aria-rowcount", String(view.rows.length + 1));
}

function arrangeRows() {
  view.rows = view.model.regions.filter(isShown).sort(compare);
  const all = view.model.regions.length;
  byId("rows").style.height = `${Math.min(480, 40 + all * ROW_PX)}px`;
  byId("count").textContent = view.rows.length === all ? plural(all, "region")
    : `${count(view.rows.length)} of ${plural(all, "region")}`;
  showHead();
  showRows();
  note("rows", view.rows.length);
}

function scrollToChosen() {
  const box = byId("rows");
  const position = view.rows.indexOf(view.chosen);
  if (position < 0) return;
  const top = position * ROW_PX;
  const room = box.clientHeight - 2 * ROW_PX;
  if (top >= box.scrollTop && top <= box.scrollTop + room) return;
  box.scrollTop = Math.max(0, top - room / 2);
}
