// SPDX-License-Identifier: MIT
//
// reservations.js - what the library says of itself.

function drawReservation(canvas, reservation) {
  const area = canvasOf(canvas, 22);
  if (!area) return;
  const pages = reservation.shownPages;
  const perPixel = pages / area.width;
  const paint = paintOf();
  const eachPixel = (act) => {
    for (let x = 0; x < area.width; x++) {
      const first = clamp(Math.floor(x * perPixel), 0, pages - 1);
      const end = clamp(Math.ceil((x + 1) * perPixel), first + 1, pages);
      act({ x, y: 0, width: 1, height: area.height }, first, end);
    }
  };
  eachPixel((box, first, end) => fillStack(paint, box, reservation, first, end));
  flush(area.context, paint);
  eachPixel((box, first, end) => drawSlots(area.context, box, reservation, first, end));
}

function shownWords(reservation) {
  const { shownPages, pageCount, pageBytes } = reservation;
  if (shownPages === pageCount) return null;
  return `shown: the first ${bytes(shownPages * pageBytes)}, behind which nothing is committed`;
}

function gauge(label, used, limit) {
  const bar = element("i", { class: used >= limit ? "is-full" : null });
  bar.style.width = `${clamp((100 * used) / Math.max(1, limit), 0, 100)}%`;
  return [element("p", { class: "label" }, `${label}: ${bytes(used)} of ${bytes(limit)} `
    + `(${percent(used, limit)})`),
  element("div", { class: "gauge", role: "meter", "aria-valuemin": 0, "aria-valuemax": limit,
    "aria-valuenow": Math.min(used, limit), "aria-label": label }, bar)];
}

function gaugesOf(raw) {
  const gauges = [];
  if (isKnown(raw.limit_bytes)) {
    gauges.push(...gauge("Limit of the reservation", raw.committed_bytes ?? 0, raw.limit_bytes));
  }
  // Of one that is known by its number there is a panel, as others share it.
  if (raw.budget && isKnown(raw.budget.limit_bytes) && !isKnown(raw.budget.number)) {
    gauges.push(...gauge("Budget", raw.budget.charged_bytes ?? 0, raw.budget.limit_bytes));
  }
  return gauges;
}

function reservationWords(reservation) {
  const { raw } = reservation;
  const words = [bytes(reservation.size), raw.mechanism && `by ${raw.mechanism}`,
    reservation.budget && `in budget ${count(reservation.budget.number)}`, raw.policy && `on touch: ${raw.policy}`, raw.protection,
    isKnown(raw.committed_bytes) && `committed ${bytes(raw.committed_bytes)}`
      + (isKnown(raw.committed_peak_bytes) ? ` (peak ${bytes(raw.committed_peak_bytes)})` : "")];
  return words.filter(Boolean).join(" · ");
}

function pagesButton(words, reservation) {
  const button = element("button", { type: "button" }, words);
  button.addEventListener("click", () => {
    choose(reservation);
    byId("pages").scrollIntoView({ block: "nearest" });
  });
  return button;
}

function countWords(raw) {
  const words = [["fault_count", "fault"], ["commit_count", "commit"],
    ["decommit_count", "decommit"], ["refused_count", "refusal"], ["os_call_count", "OS call"]]
    .filter(([key]) => isKnown(raw[key])).map(([key, noun]) => plural(raw[key], noun));
  return words.join(", ");
}

function slotWords(slots) {
  const used = isKnown(slots.count) ? slots.count : countIn(slots.inUse, 0, Infinity);
  return `${plural(used, "slot")} of ${bytes(slots.slotBytes)} in use`
    + (isKnown(slots.max) ? ` of ${count(slots.max)}` : "");
}

const MEMBERS_MAX = 100;

function memberElement(reservation) {
  const { committed_bytes: committed } = reservation.raw;
  return element("li", {}, pagesButton(reservation.name, reservation),
    isKnown(committed) ? ` committed ${bytes(committed)}` : "");
}

/** Each budget once, however many reservations share it. */
function showBudgets(budgets) {
  if (!budgets.length) return;
  byId("budgets").hidden = false;
  byId("budgets").append(element("h3", {}, "Budgets"), ...budgets.map(budgetElement));
}

function budgetElement({ number, charged, limit, members }) {
  const label = `Budget ${count(number)}`;
  const more = members.length - MEMBERS_MAX;
  return element("div", { class: "budget" },
    ...(isKnown(limit) ? gauge(label, charged, limit)
      : [element("p", { class: "label" }, `${label}: ${bytes(charged)}, no limit`)]),
    element("ul", { class: "members" }, ...members.slice(0, MEMBERS_MAX).map(memberElement),
      more > 0 ? element("li", {}, `and ${count(more)} more`) : null));
}

function reservationElement(reservation) {
  const canvas = element("canvas", { role: "img",
    "aria-label": `Pages of ${reservation.name}, from its start to its end` });
  reservation.canvas = canvas;
  reservation.shownPages = Math.min(reservation.pageCount,
    2 ** Math.ceil(Math.log2(usedPages(reservation))));
  const runs = reservation.committedRuns.length;
  const lines = [shownWords(reservation), runs > 0 && plural(runs, "committed run"),
    reservation.slots && slotWords(reservation.slots), countWords(reservation.raw)];
  return element("article", { class: "reservation" },
    element("div", { class: "line" }, pagesButton("Show pages", reservation),
      element("h3", {}, reservation.name), " ",
      element("span", { class: "mono" }, hex(reservation.start)), " · ",
      reservationWords(reservation)),
    canvas,
    element("p", { class: "label" }, lines.filter(Boolean).join(" · ")),
    ...gaugesOf(reservation.raw));
}

/** What could not be read of what the library says; "" when all of it was. */
function doubtsOf(steppe) {
  return [["not_described_count", "not described"], ["torn_count", "changed while being read"],
    ["damaged_count", "damaged"]]
    .filter(([key]) => steppe[key] > 0)
    .map(([key, words]) => `${plural(steppe[key], "reservation")} ${words}`).join(" · ");
}

function showSteppe(model) {
  const { steppe, reservations } = model;
  if (!steppe) return;
  byId("steppe").hidden = false;
  const cards = byId("steppe-cards");
  cards.hidden = model.kind === "lab";
  cards.append(
    card("committed", bytesParts(steppe.committed_bytes), byteNote(steppe.committed_bytes)),
    card("peak", bytesParts(steppe.committed_peak_bytes), byteNote(steppe.committed_peak_bytes)),
    card("reservations", count(steppe.reservation_count ?? reservations.length), ""),
    card("faults", count(steppe.fault_count), ""),
    card("OS calls", count(steppe.os_call_count), ""),
    card("refused", count(steppe.refused_count), ""));
  const box = byId("reservations");
  if (isKnown(steppe.limit_bytes)) {
    box.append(element("div", {},
      ...gauge("Limit of the process", steppe.committed_bytes ?? 0, steppe.limit_bytes)));
  }
  showBudgets(model.budgets);
  const doubts = doubtsOf(steppe);
  if (doubts) box.append(element("p", { class: "hint" }, doubts));
  box.append(...reservations.slice(0, 200).map(reservationElement));
  if (reservations.length > 200) {
    box.append(element("p", { class: "hint" },
      `${count(reservations.length - 200)} more are in the data of this page.`));
  }
}

const CHANGED_MAX = 200;
const CHANGED_FIGURES = [["committed_bytes", "committed", bytes], ["slot_count", "slots in use", count],
  ["fault_count", "faults", count], ["refused_count", "refused", count]];

/** The figures of one that are not as they were, beneath its name. */
function reservationChange(raw) {
  const rows = CHANGED_FIGURES.map(([key, ...how]) => [raw[key] ?? {}, ...how])
    .filter(([figure]) => (figure.before ?? null) !== (figure.after ?? null))
    .map(([figure, term, words]) => element("tr", {}, element("th", { scope: "row" }, term),
      number(figure.before, words), number(figure.after, words),
      changedNumber(figure.change, words)));
  const words = [reservationName(raw), hex(addressOf(raw.start) ?? 0n),
    isKnown(raw.size_bytes) && bytes(raw.size_bytes), String(raw.change ?? "")];
  return element("tbody", {}, element("tr", {}, element("th",
    { scope: "rowgroup", colspan: 4, class: "group" }, words.filter(Boolean).join(" · "))), ...rows);
}

/** Of a difference: what only the library knows. Without a list nothing was published. */
function showReservationChanges(model) {
  const all = model.raw.reservations;
  if (!Array.isArray(all)) return;
  const shown = all.slice(0, CHANGED_MAX).filter((raw) => raw && typeof raw === "object");
  byId("reservation-changes").hidden = false;
  byId("reservation-changes-words").textContent = !shown.length ? "No reservation has changed."
    : all.length > CHANGED_MAX
      ? `${count(all.length - CHANGED_MAX)} more are in the data of this page.` : "";
  if (!shown.length) return;
  byId("reservation-changes-table").append(caption("Reservations before and after"),
    headRow(["figure", "before", "after", "change"]), ...shown.map(reservationChange));
}

function drawReservations() {
  for (const reservation of view.model.reservations) {
    if (reservation.canvas) drawReservation(reservation.canvas, reservation);
  }
}
