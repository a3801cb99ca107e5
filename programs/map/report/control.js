// SPDX-License-Identifier: MIT
//
// control.js - what somebody does: every change of the view goes through one of these functions,
// which draw again what depends on it.

function note(key, value) {
  document.body.dataset[key] = String(value);
}

/** How many pixels a picture has of which colour, for tests. */
function describePixels(name, canvas) {
  if (!view.isDescribed) return;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const names = new Map();
  for (const [state, colour] of [...STATES.map((one) => [one, colours[one]]),
    ["slot", colours.slot], ...KINDS.map((one) => [`kind-${one}`, colours[`kind-${one}`]])]) {
    if (!names.has(colour)) names.set(colour, state);
  }
  const found = {};
  for (let i = 0; i < data.length; i += 4) {
    const colour = `#${((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]).toString(16)
      .padStart(6, "0")}`;
    const state = data[i + 3] === 255 ? names.get(colour) : undefined;
    if (state) found[state] = (found[state] ?? 0) + 1;
  }
  note(`${name}Colours`, JSON.stringify(found));
}

function choose(subject, page) {
  if (!subject) return;
  view.chosen = subject;
  view.zoom = zoomFor(usedPages(subject));
  view.first = 0;
  view.cursor = 0;
  showChosenWords();
  reveal(page ?? firstChange(subject));
  drawMap();
  if (!byId("space").hidden) {
    markChosen();
    showOverviewStatus(subject.isReservation ? null : subject);
  }
  scrollToChosen();
  showRows();
  note("chosen", hex(subject.start));
  remember();
}

/** Of a difference the first page that came or went, else the first one. */
function firstChange(subject) {
  const pages = [subject.came, subject.went].filter((runs) => runs.length)
    .map((runs) => runs[0][0]);
  return pages.length ? Math.min(...pages) : 0;
}

function reveal(page) {
  view.cursor = clamp(page, 0, view.chosen.pageCount - 1);
  const layout = mapLayout();
  const last = view.first + layout.rows * layout.perRow;
  if (view.cursor >= view.first && view.cursor < last) return;
  const row = Math.floor(view.cursor / layout.perRow) - Math.floor(layout.rows / 2);
  view.first = Math.max(0, row) * layout.perRow;
}

function chooseNeighbour(step) {
  const { regions } = view.model;
  const chosen = view.chosen;
  if (chosen?.isReservation) {
    choose(lookUp(regions, chosen.start).region);
    return;
  }
  choose(regions[clamp((chosen?.index ?? 0) + step, 0, regions.length - 1)]);
}

/** Nearer or farther, with a page kept where it is seen. */
function zoomBy(steps, page) {
  const { near, far } = zoomLimits();
  const zoom = clamp(view.zoom + steps, near, far);
  if (zoom === view.zoom) return false;
  const before = mapLayout();
  const row = (Math.floor(page / before.perRow) * before.perRow - view.first) / before.perRow;
  const y = row * before.cellHeight;
  view.zoom = zoom;
  const after = mapLayout();
  const kept = Math.floor(y / after.cellHeight);
  view.first = Math.max(0, Math.floor(page / after.perRow) - kept) * after.perRow;
  drawMap();
  remember();
  return true;
}

function pageAt(event) {
  const layout = view.map;
  const canvas = byId("map");
  const box = canvas.getBoundingClientRect();
  const x = event.clientX - box.left - canvas.clientLeft - layout.gutter;
  const y = event.clientY - box.top - canvas.clientTop;
  const column = Math.floor(x / layout.cell);
  const row = Math.floor(y / layout.cellHeight);
  if (column < 0 || column >= layout.columns || row < 0 || row >= layout.rows) return null;
  const page = view.first + (row * layout.columns + column) * layout.perCell;
  return page < view.chosen.pageCount ? page : null;
}

function moveCursor(cells) {
  const { perCell } = view.map;
  const page = Math.floor(view.cursor / perCell) * perCell + cells * perCell;
  reveal(page);
  drawMap();
}

function mapKey(event) {
  const layout = view.map;
  const screen = layout.columns * (layout.rows - 1);
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -layout.columns,
    ArrowDown: layout.columns, PageUp: -screen, PageDown: screen,
    Home: -Number.MAX_SAFE_INTEGER / layout.perCell / 2,
    End: Number.MAX_SAFE_INTEGER / layout.perCell / 2 };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in moves) moveCursor(moves[event.key]);
  else if (event.key === "+" || event.key === "=") zoomBy(-1, view.cursor);
  else if (event.key === "-") zoomBy(1, view.cursor);
  else if (event.key === "0") fit();
  else return;
  event.preventDefault();
}

function fit() {
  view.zoom = zoomFor(view.chosen.pageCount);
  view.first = 0;
  drawMap();
  remember();
}

/** Somebody who scrolls the page over the map does not mean to zoom. */
function listenToWheel(canvas) {
  let wheeledElsewhere = -Infinity;
  window.addEventListener("wheel", (event) => {
    if (event.target !== canvas) wheeledElsewhere = event.timeStamp;
  }, { passive: true });
  canvas.addEventListener("wheel", (event) => {
    if (event.timeStamp - wheeledElsewhere < 350) {
      wheeledElsewhere = event.timeStamp;
      return;
    }
    const page = pageAt(event) ?? view.cursor;
    if (zoomBy(event.deltaY > 0 ? 1 : -1, page)) event.preventDefault();
  }, { passive: false });
}

function listenToDrags(canvas) {
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { y: event.clientY, first: view.first, isMoved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag && Math.abs(event.clientY - drag.y) > 3) {
      drag.isMoved = true;
      canvas.classList.add("is-dragging");
    }
    if (drag?.isMoved) {
      const rows = Math.round((drag.y - event.clientY) / view.map.cellHeight);
      view.first = drag.first + rows * view.map.perRow;
    } else {
      view.cursor = pageAt(event) ?? view.cursor;
    }
    drawMap();
  });
  const end = () => {
    drag = null;
    canvas.classList.remove("is-dragging");
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}

function listenToMap() {
  const canvas = byId("map");
  listenToWheel(canvas);
  listenToDrags(canvas);
  canvas.addEventListener("keydown", mapKey);
  byId("zoom-in").addEventListener("click", () => zoomBy(-1, view.cursor));
  byId("zoom-out").addEventListener("click", () => zoomBy(1, view.cursor));
  byId("zoom-fit").addEventListener("click", fit);
  byId("previous").addEventListener("click", () => chooseNeighbour(-1));
  byId("next").addEventListener("click", () => chooseNeighbour(1));
}

function listenToOverview() {
  const canvas = byId("overview");
  canvas.addEventListener("pointermove", (event) => showOverviewStatus(regionAt(event)));
  canvas.addEventListener("pointerleave", () =>
    showOverviewStatus(view.chosen?.isReservation ? null : view.chosen));
  canvas.addEventListener("click", (event) => choose(regionAt(event)));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    chooseNeighbour(step);
  });
  for (const colour of ["state", "kind"]) {
    byId(`color-${colour}`).addEventListener("click", () => colourBy(colour));
  }
}

function colourBy(colour) {
  view.colour = colour;
  byId("color-state").setAttribute("aria-pressed", String(colour === "state"));
  byId("color-kind").setAttribute("aria-pressed", String(colour === "kind"));
  showOverviewLegend();
  drawOverview();
  remember();
}

function sortBy(key) {
  const isSame = view.sort === key;
  view.isDown = isSame ? !view.isDown : Boolean(columnOf(key).isNumber);
  view.sort = key;
  byId("rows").scrollTop = 0;
  arrangeRows();
  remember();
}

function filterRows() {
  view.filter = byId("filter").value.trim();
  view.kind = byId("kind").value;
  byId("rows").scrollTop = 0;
  arrangeRows();
  remember();
}

function between(before, after) {
  if (before && after) {
    return `in a hole of ${bytes(Number(after.start - before.end))} between `
      + `${hex(before.end)} and ${hex(after.start)}`;
  }
  return before ? `above the highest region, which ends at ${hex(before.end)}`
    : `below the lowest region${after ? `, which begins at ${hex(after.start)}` : ""}`;
}

/** Jump to the region of an address; what is said of it stands beside the field. */
function findAddress(words) {
  const address = addressOf(words);
  let answer = "";
  if (address === null) {
    answer = `“${words}” is not an address: write it like 0x7f0012345000`;
  } else {
    const { region, before, after } = lookUp(view.model.regions, address);
    const reservation = view.model.reservations
      .find((one) => one.start <= address && address < one.end);
    const subject = region ?? reservation;
    if (subject) {
      const page = Number((address - subject.start) / BigInt(subject.pageBytes));
      choose(subject, page);
      answer = `${hex(address)} is on page ${count(page)} of ${subject.name || subject.kind}`;
    } else {
      answer = `${hex(address)} is not mapped: it lies ${between(before, after)}`;
    }
  }
  byId("found").textContent = answer;
  note("found", answer);
}

function clickedRegion(event) {
  const index = event.target.closest?.("tr[data-index]")?.dataset.index;
  return index === undefined ? null : view.model.regions[Number(index)];
}

function listenToTable() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    if (byId("find").value.trim()) findAddress(byId("find").value.trim());
  });
  byId("filter").addEventListener("input", filterRows);
  byId("kind").addEventListener("change", filterRows);
  const box = byId("rows");
  box.addEventListener("scroll", () => showRows(), { passive: true });
  box.addEventListener("click", (event) => choose(clickedRegion(event)));
  box.addEventListener("keydown", rowKey);
}

function rowKey(event) {
  if (event.target !== byId("rows") || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, rowsSeen() - 1);
  const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity,
    End: Infinity }[event.key];
  if (event.key === "Enter") {
    byId("map").focus({ preventScroll: true });
    byId("pages").scrollIntoView({ block: "nearest" });
  } else if (step) {
    const position = view.rows.indexOf(view.chosen);
    choose(view.rows[position < 0 ? 0 : clamp(position + step, 0, view.rows.length - 1)]);
  } else {
    return;
  }
  event.preventDefault();
}

/** What is seen, as a link to the same. */
function remember() {
  if (!view.isReady) return;
  const words = new URLSearchParams();
  if (view.chosen) words.set("find", hex(view.chosen.start));
  if (view.filter) words.set("filter", view.filter);
  if (view.kind) words.set("kind", view.kind);
  const usual = sortAtFirst(view.model);
  if (view.sort !== usual.sort || view.isDown !== usual.isDown) {
    words.set("sort", view.sort);
    words.set("order", view.isDown ? "down" : "up");
  }
  if (view.colour !== "state") words.set("color", view.colour);
  try {
    history.replaceState(null, "", `#${words}`);
  } catch {
    // Some places where pages are shown have no history; then there is no link.
  }
}

function obeyTable(words) {
  if (words.has("filter")) byId("filter").value = words.get("filter");
  if (words.has("kind")) byId("kind").value = words.get("kind");
  const key = words.get("sort");
  if (columnOf(key)) {
    view.sort = key;
    view.isDown = words.get("order") !== "up";
  }
  view.filter = byId("filter").value.trim();
  view.kind = byId("kind").value;
  arrangeRows();
}

function obey(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  view.isDescribed = words.has("describe");
  obeyTable(words);
  if (words.get("color") === "kind") colourBy("kind");
  if (words.has("find")) findAddress(words.get("find"));
  else if (view.chosen) choose(view.chosen);
  if (!view.chosen) return;
  const page = Number(words.get("page") ?? NaN);
  if (Number.isInteger(page)) reveal(page);
  const zoom = Number(words.get("zoom") ?? NaN);
  if (Number.isInteger(zoom)) zoomBy(zoom - view.zoom, view.cursor);
  drawMap();
}

/** A lone array has no neighbours for which the map would have to keep its height. */
function fitHeight() {
  const { regions, reservations } = view.model;
  if (regions.length || reservations.length !== 1) return;
  const layout = mapLayoutAt(zoomFor(usedPages(view.chosen)));
  const rows = Math.ceil(view.chosen.pageCount / layout.perRow);
  const frame = 16;
  const height = clamp(rows * layout.cellHeight, 5 * CELL_PX_MAX, layout.height);
  byId("map").style.height = `${Math.round(height) + frame}px`;
}

/** What is most worth seeing first: the reservation where most is resident, of equals one with
 * slots; without reservations the region. */
function firstChoice(model) {
  const isBetter = (one, best) => (one.resident !== best.resident ? one.resident > best.resident
    : Boolean(one.slots) && !best.slots);
  if (model.reservations.length) {
    return model.reservations.reduce((best, one) => (isBetter(one, best) ? one : best));
  }
  const score = (region) => (region.came.length + region.went.length ? 2 ** 50 : 0)
    + (isKnown(region.resident) ? region.resident : 0);
  return model.regions.reduce((best, region) =>
    (!best || score(region) > score(best) ? region : best), null);
}

function drawAll() {
  readColours();
  drawOverview();
  drawMap();
  drawReservations();
}

function listenToWindow() {
  let width = byId("main").clientWidth;
  note("width", width);
  const follow = () => {
    if (byId("main").clientWidth === width) return;
    width = byId("main").clientWidth;
    drawAll();
    arrangeColumns();
    note("width", width);
  };
  // In the next frame: what is drawn changes sizes, which an observer must not do while it reports.
  new ResizeObserver(() => requestAnimationFrame(follow)).observe(byId("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  window.addEventListener("hashchange", () => obey(location.hash));
  window.addEventListener("beforeprint", () => {
    document.documentElement.classList.add("printing");
    drawAll();
    arrangeColumns();
  });
  window.addEventListener("afterprint", () => {
    document.documentElement.classList.remove("printing");
    drawAll();
    arrangeColumns();
  });
}
