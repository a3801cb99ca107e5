// SPDX-License-Identifier: MIT
//
// model.js - a capture, checked and joined: regions, reservations, and where they lie on a ribbon.

/** Whether what is committed may be less. No word of it means that nobody looked. */
function isBoundIn(raw) {
  return isKnown(raw?.committed_bytes) && raw.committed_bytes > 0
    && raw.committed_is_exact !== true;
}

/** What the pages are of which nothing is said: committed only where all of the region is. */
function baseOf(raw, size, protection) {
  if (raw.change && !raw.pages) return SAME;
  if (!isKnown(raw.committed_bytes)) return /^.w.p/.test(protection) ? BOUND : RESERVED;
  if (raw.committed_bytes < size) return RESERVED;
  return isBoundIn(raw) ? BOUND : COMMITTED;
}

/** A region's figures on one side of a difference: 0 where it was not there, null: not known. */
function sideOf(raw, isThere, size) {
  const figure = (name) => {
    if (!isThere) return 0;
    return isKnown(raw?.[`${name}_bytes`]) ? raw[`${name}_bytes`] : null;
  };
  return { reserved: isThere ? size : 0, committed: figure("committed"),
    resident: figure("resident"), dirty: figure("dirty"), swapped: figure("swapped"),
    isBound: isThere && isBoundIn(raw) };
}

/** How a figure went on from before to after; null: one of both is not known. */
function changeOf(region, figure) {
  const before = region.was[figure];
  const after = region.now[figure];
  return isKnown(before) && isKnown(after) ? after - before : null;
}

/** In few words. Only what has another size has grown or shrunk; else more or less of it is
 * committed, or resident: titles say by how much. */
function markOf(region) {
  if (region.change !== "changed") return region.change;
  const size = changeOf(region, "reserved");
  if (size) return size > 0 ? "grown" : "shrunk";
  for (const figure of ["committed", "resident"]) {
    const change = changeOf(region, figure);
    if (change) return `${change > 0 ? "more" : "less"} ${figure}`;
  }
  return "changed";
}

/** What a region of a difference was, what it is now, and a word for what lies between. */
function compareSides(region, raw) {
  const sizeBefore = isKnown(raw.before?.size_bytes) ? raw.before.size_bytes : null;
  region.was = sideOf(raw.before, region.change !== "came", sizeBefore);
  region.now = sideOf(raw, region.change !== "went", region.size);
  region.mark = markOf(region);
  return region;
}

function regionOf(raw, index, pageBytes) {
  const start = addressOf(raw.start) ?? 0n;
  const size = isKnown(raw.size_bytes) ? raw.size_bytes
    : Number((addressOf(raw.end) ?? start) - start);
  const protection = String(raw.protection ?? "");
  return {
    index, start, size, pageBytes, protection,
    end: start + BigInt(Math.max(0, Math.trunc(size))),
    pageCount: Math.max(1, Math.ceil(size / pageBytes)),
    kind: String(raw.kind ?? "unknown"),
    name: String(raw.name ?? ""),
    reserved: size,
    committed: raw.committed_bytes, resident: raw.resident_bytes, dirty: raw.dirty_bytes,
    swapped: raw.swapped_bytes, huge: raw.huge_bytes, isBound: isBoundIn(raw),
    change: raw.change ? String(raw.change) : null,
    came: runsOf(raw.pages_came), went: runsOf(raw.pages_went),
    runs: runsOf(raw.pages),
    isFile: ["code", "data", "file"].includes(raw.kind),
    base: baseOf(raw, size, protection), spans: [],
  };
}

function slotsOf(raw, start) {
  if (!raw || !(raw.slot_bytes > 0)) return null;
  const origin = addressOf(raw.start) ?? start;
  return {
    offset: Number(origin - start), slotBytes: raw.slot_bytes,
    max: raw.slot_max, count: raw.slot_count, inUse: runsOf(raw.in_use),
  };
}

/** As the terminal says it: the bookkeeping of slots has the name of the slots. */
function reservationName(raw) {
  const name = String(raw.name ?? "");
  if (raw.kind === "slots-bits") return `steppe: bits of slots${name ? ` (${name})` : ""}`;
  return name || "(no name)";
}

function reservationOf(raw, index) {
  const start = addressOf(raw.start) ?? 0n;
  const pageBytes = raw.page_bytes > 0 ? raw.page_bytes : 4 * KIB;
  const size = isKnown(raw.size_bytes) ? raw.size_bytes : 0;
  return {
    index, raw, start, size, pageBytes,
    end: start + BigInt(Math.max(0, Math.trunc(size))),
    pageCount: Math.max(1, Math.ceil(size / pageBytes)),
    name: reservationName(raw),
    kind: "steppe", protection: String(raw.protection ?? ""),
    committedRuns: runsOf(raw.committed), guardRuns: runsOf(raw.guards ?? raw.guard),
    slots: slotsOf(raw.slots, start),
    base: RESERVED, came: [], went: [], runs: runsOf(raw.pages), spans: [], isReservation: true,
  };
}

/** A run of pages of one subject as pages of another; null: none of it is there. */
function movedRun(run, from, to) {
  const offset = Number(from.start - to.start) / to.pageBytes;
  const scale = from.pageBytes / to.pageBytes;
  const first = Math.max(0, Math.floor(run[0] * scale + offset));
  const end = Math.min(to.pageCount, Math.ceil((run[0] + run[1]) * scale + offset));
  return end > first ? [first, end - first, run[2] ?? ""] : null;
}

function movedRuns(runs, from, to) {
  const low = Number(to.start - from.start) / from.pageBytes;
  const high = Number(to.end - from.start) / from.pageBytes;
  const first = partition(runs, (run) => run[0] + run[1] <= low);
  return runs.slice(first, partition(runs, (run) => run[0] < high))
    .map((run) => movedRun(run, from, to)).filter(Boolean);
}

/** Bytes that are resident in a reservation: of a region that is a part of it what is said of all,
 * of others and of a lab the pages. */
function residentIn(reservation, regions, first) {
  const pagesOf = (runs) => runs.filter((run) => String(run[2] ?? "").includes("r"))
    .reduce((sum, run) => sum + run[1], 0) * reservation.pageBytes;
  let sum = 0;
  for (let i = first; i < regions.length && regions[i].start < reservation.end; i++) {
    const region = regions[i];
    const isInside = region.start >= reservation.start && region.end <= reservation.end;
    sum += isInside && isKnown(region.resident) ? region.resident
      : pagesOf(movedRuns(region.runs, region, reservation));
  }
  return regions.length ? sum : pagesOf(reservation.runs);
}

/** What the kernel says of a reservation's pages lies in the regions that it consists of. */
function joinReservation(reservation, regions) {
  const first = partition(regions, (region) => region.end <= reservation.start);
  const runs = [...reservation.runs];
  for (let i = first; i < regions.length && regions[i].start < reservation.end; i++) {
    const region = regions[i];
    for (const run of movedRuns(region.runs, region, reservation)) runs.push(run);
    if (region.kind === "reserved") continue;
    region.owner = reservation;
  }
  const guards = reservation.guardRuns.map((run) => [run[0], run[1], "g"]);
  reservation.runs = runsOf(guards.length ? runsOf(guards).concat(runs) : runs);
  reservation.resident = residentIn(reservation, regions, first);
  reservation.spans = spansOf(reservation.runs, reservation.committedRuns);
}

/** Beneath a region of a reservation, what is committed is known page by page. */
function joinRegion(region) {
  const owner = region.owner;
  if (!owner || region.base === SAME) {
    region.spans = region.base === SAME ? changedSpans(region.came, region.went)
      : spansOf(region.runs, []);
    return;
  }
  region.base = RESERVED;
  region.spans = spansOf(region.runs, movedRuns(owner.committedRuns, owner, region));
  region.slots = owner.slots && {
    ...owner.slots, offset: owner.slots.offset + Number(owner.start - region.start),
  };
}

/** The array of a lab in the words of a process that has one reservation. */
function steppeOfLab(lab) {
  if (!lab?.is_reserved) return null;
  const figures = lab.figures ?? {};
  return { ...figures, reservation_count: 1, reservations: [{
    ...figures, name: "the array", start: lab.start, page_bytes: lab.page_bytes,
    size_bytes: lab.page_count * lab.page_bytes, mechanism: lab.mechanism, policy: lab.strategy,
    budget: lab.budget, pages: lab.pages, committed: [],
    slots: { start: lab.start, slot_bytes: lab.slot_bytes, slot_max: lab.slot_max,
      slot_count: figures.slot_count, in_use: lab.in_use },
  }] };
}

/** What a budget is charged with is of all its members: one without a number may be any. */
function budgetsOf(reservations) {
  const budgets = new Map();
  for (const reservation of reservations) {
    const { budget } = reservation.raw;
    if (!isKnown(budget?.number)) continue;
    const known = budgets.get(budget.number)
      ?? { number: budget.number, charged: 0, limit: budget.limit_bytes, members: [] };
    if (isKnown(budget.charged_bytes)) {
      known.charged = Math.max(known.charged, budget.charged_bytes);
    }
    known.members.push(reservation);
    reservation.budget = known;
    budgets.set(budget.number, known);
  }
  return [...budgets.values()].sort((a, b) => a.number - b.number);
}

/** Whether what all have committed may be less, on the side that a total is of. */
function isTotalBound(raw, side) {
  const totals = raw.totals;
  if (raw.kind !== "difference") return isBoundIn(totals);
  return isBoundIn({ committed_bytes: totals?.committed_bytes?.[side],
    committed_is_exact: totals?.committed_is_exact?.[side] });
}

function modelOf(raw) {
  const subject = raw.process ?? raw.lab ?? raw.after?.process ?? {};
  const pageBytes = subject.page_bytes > 0 ? subject.page_bytes : 4 * KIB;
  const steppe = raw.steppe ?? steppeOfLab(raw.lab);
  const isDifference = raw.kind === "difference";
  const regions = (Array.isArray(raw.regions) ? raw.regions : []).map((one, index) => {
    const region = regionOf(one, index, pageBytes);
    return isDifference ? compareSides(region, one) : region;
  });
  regions.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  regions.forEach((region, index) => { region.index = index; });
  const reservations = (Array.isArray(steppe?.reservations) ? steppe.reservations : [])
    .map(reservationOf);
  reservations.forEach((reservation) => joinReservation(reservation, regions));
  regions.forEach(joinRegion);
  return { raw, kind: raw.kind, subject, steppe, regions, reservations, pageBytes,
    budgets: budgetsOf(reservations),
    isBound: isTotalBound(raw, "after"), wasBound: isTotalBound(raw, "before"),
    arePagesKnown: !regions.length || regions.some((region) => isKnown(region.resident)),
    areDirtyKnown: regions.some((region) => isKnown(region.dirty)), isDifference };
}

/** The region of an address, or what lies around it. */
function lookUp(regions, address) {
  const next = partition(regions, (region) => region.end <= address);
  const after = regions[next] ?? null;
  if (after && after.start <= address) return { region: after };
  return { before: regions[next - 1] ?? null, after };
}

/** The regions between large holes: at most so many groups. */
function clustersOf(regions, groupsMax) {
  const holes = [];
  for (let i = 1; i < regions.length; i++) {
    const size = Number(regions[i].start - regions[i - 1].end);
    if (size >= 64 * KIB * KIB) holes.push({ before: i, size });
  }
  holes.sort((a, b) => b.size - a.size);
  const cuts = holes.slice(0, groupsMax - 1).sort((a, b) => a.before - b.before);
  const clusters = [];
  let first = 0;
  for (const cut of cuts) {
    clusters.push({ first, end: cut.before, hole: cut.size });
    first = cut.before;
  }
  clusters.push({ first, end: regions.length, hole: null });
  return clusters;
}

/** Every region's place on a ribbon: x and width, holes between them as small gaps. */
function ribbonOf(regions, clusters, lineWidth, linesMax) {
  const weights = regions.map((region) => Math.log2(1 + region.pageCount));
  const sum = weights.reduce((a, b) => a + b, 0);
  const room = lineWidth * Math.max(1, linesMax - clusters.length / 2);
  const scale = clamp(room / Math.max(1, sum), 0.05, 24);
  const gap = regions.length > 3000 ? 0 : regions.length > 800 ? 1 : 3;
  const places = new Array(regions.length);
  for (const cluster of clusters) {
    let x = 0;
    for (let i = cluster.first; i < cluster.end; i++) {
      const isApart = i > cluster.first && regions[i].start > regions[i - 1].end;
      x += isApart ? gap : 0;
      const width = Math.max(1, weights[i] * scale);
      places[i] = { x, width };
      x += width;
    }
    cluster.lines = Math.max(1, Math.ceil(x / lineWidth));
  }
  return places;
}
