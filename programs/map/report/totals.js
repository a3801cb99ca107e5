// SPDX-License-Identifier: MIT
//
// totals.js - the top of the page, and tables of totals.

function fact(term, words) {
  return element("li", {}, `${term} `, element("b", {}, words));
}

function showTitle(name, detail) {
  byId("title").replaceChildren(name, " ", element("small", {}, detail));
  document.title = `${name} ${detail} – steppe-map`;
}

function showCommand(words) {
  if (!Array.isArray(words) || !words.length) return;
  byId("command").hidden = false;
  byId("command").textContent = words.join(" ");
  byId("command").title = words.join(" ");
}

function takenText(taken) {
  return String(taken?.text ?? "").replace("T", " ").replace(/Z$/, " UTC") || "–";
}

function costFacts(cost) {
  if (!cost) return [];
  const facts = [fact("refresh took", duration(cost.refresh_ns)),
    fact("processor time", duration(cost.cpu_ns))];
  if (cost.regions_by) facts.push(fact("regions by", String(cost.regions_by)));
  if (cost.pages_by) facts.push(fact("pages by", String(cost.pages_by)));
  if (cost.pages_are_cut) facts.push(fact("pages:", "too many, cut"));
  if (cost.why_no_pages) facts.push(fact("no pages:", String(cost.why_no_pages)));
  return facts;
}

function showProcess(model) {
  const { raw, subject } = model;
  showTitle(String(subject.name ?? "process"), `process ${subject.pid ?? "?"}`);
  showCommand(subject.command);
  byId("facts").append(
    fact("taken", takenText(raw.taken)),
    fact("state", subject.is_ended ? "ended" : String(subject.state ?? "–")),
    fact("page", bytes(subject.page_bytes)),
    ...costFacts(raw.cost));
}

function showLab(model) {
  const lab = model.raw.lab ?? {};
  const switches = ["strict", "background"].filter((name) => lab[name] === true);
  showTitle("Lab", `${count(lab.slot_max)} structures of ${bytes(lab.slot_bytes)}`);
  byId("facts").append(
    fact("taken", takenText(model.raw.taken)),
    fact("page", bytes(lab.page_bytes)), fact("pages", count(lab.page_count)),
    fact("commit", String(lab.strategy ?? "–")), fact("give back", String(lab.give_back ?? "–")),
    fact("mechanism", String(lab.mechanism ?? lab.mechanism_wanted ?? "–")),
    ...switches.map((name) => fact("", name)),
    fact("", lab.is_reserved ? "reserved" : "nothing is reserved"));
}

function showDifference(model) {
  const { before, after } = model.raw;
  const who = after?.process ?? before?.process ?? {};
  showTitle(String(who.name ?? "process"), `process ${who.pid ?? "?"}, what changed`);
  showCommand(who.command);
  byId("facts").append(fact("before", takenText(before?.taken)),
    fact("after", takenText(after?.taken)));
  const span = Number(BigInt(after?.taken?.unix_ns ?? 0) - BigInt(before?.taken?.unix_ns ?? 0));
  if (span > 0) byId("facts").append(fact("between them", duration(span)));
}

function totalsOf(model) {
  const totals = model.raw.totals ?? model.raw.lab?.figures ?? {};
  if (!model.isDifference) return totals;
  return Object.fromEntries(Object.entries(totals).map(([key, value]) => [key, value?.after]));
}

const LAB_CARDS = [["slot_count", "slots in use"], ["fault_count", "faults"],
  ["os_call_count", "OS calls"], ["vma_count", "VMAs"], ["refused_count", "refused"],
  ["collection_count", "collections"]];

/** What a figure was, and is not any more. */
function changeNote(figure) {
  if (!isKnown(figure?.change)) return "change not known";
  return figure.change ? signed(figure.change, bytes) : "as before";
}

function showCards(model) {
  const totals = totalsOf(model);
  const isLab = model.kind === "lab";
  const cards = byId("cards");
  for (const figure of FIGURES) {
    const value = totals[`${figure}_bytes`];
    if (isLab && !isKnown(value)) continue;
    const changed = model.isDifference ? changeNote(model.raw.totals?.[`${figure}_bytes`]) : null;
    const [words, unit] = bytesParts(value);
    const isBound = figure === "committed" && model.isBound;
    cards.append(card(figure, [atMost(words, isBound), unit], changed ?? byteNote(value), figure));
  }
  for (const [key, term] of isLab ? LAB_CARDS : []) {
    if (isKnown(totals[key])) cards.append(card(term, count(totals[key])));
  }
  showHoles(totals);
  showBound(model);
}

/** What a figure with ≤ before it is, and how it becomes exact. */
const BOUND_WORDS = "is an upper bound: memory mapped with MAP_NORESERVE counts in full; "
  + "--smaps makes it exact.";

function showBound(model) {
  const { isBound, wasBound, isDifference } = model;
  const side = !isDifference || (isBound && wasBound) ? "Committed"
    : isBound ? "Committed after" : "Committed before";
  const words = `${side} ${BOUND_WORDS}`
    + (isDifference ? " Changes of it are changes of bounds." : "");
  for (const name of isBound || wasBound ? ["bound", "rows-bound"] : []) {
    byId(name).hidden = name === "rows-bound" && !isDifference;
    byId(name).textContent = words;
  }
}

function showHoles(totals) {
  const words = [];
  if (isKnown(totals.region_count)) words.push(plural(totals.region_count, "region"));
  if (isKnown(totals.hole_count)) words.push(`${plural(totals.hole_count, "hole")} between them`);
  if (isKnown(totals.largest_hole_bytes)) {
    words.push(`the largest ${bytes(totals.largest_hole_bytes)}`
      + (totals.largest_hole_start ? ` at ${totals.largest_hole_start}` : ""));
  }
  if (isKnown(totals.fragmentation)) {
    words.push(`fragmentation ${(100 * totals.fragmentation).toFixed(1)} %, `
      + "the share of the other holes");
  }
  byId("holes").textContent = words.join(" · ");
}

/** Parts that exclude each other, out of figures that contain each other. */
function partsOf(totals) {
  const known = (name) => (isKnown(totals[`${name}_bytes`]) ? totals[`${name}_bytes`] : 0);
  const dirty = Math.min(known("dirty"), known("resident"));
  const resident = known("resident") - dirty;
  const swapped = known("swapped");
  const rest = Math.max(0, known("committed") - dirty - resident - swapped);
  const touched = dirty + resident + swapped + rest;
  const isBound = totals.is_bound === true;
  return { dirty, resident, swapped, committed: isBound ? 0 : rest, bound: isBound ? rest : 0,
    reserved: Math.max(0, known("reserved") - touched), touched };
}

/** The same of all regions: only there it is known what is committed and not resident. */
function partsOfAll(model) {
  if (model.isDifference || !model.regions.length) {
    return partsOf({ ...totalsOf(model), is_bound: model.isBound });
  }
  const sum = { dirty: 0, resident: 0, swapped: 0, committed: 0, bound: 0, reserved: 0,
    touched: 0 };
  for (const region of model.regions) {
    const parts = partsOf(figuresOf(region));
    for (const name of Object.keys(sum)) sum[name] += parts[name];
  }
  return sum;
}

function figuresOf(region) {
  return { reserved_bytes: region.size, committed_bytes: region.committed,
    resident_bytes: region.resident, dirty_bytes: region.dirty, swapped_bytes: region.swapped,
    is_bound: region.isBound };
}

function segment(name, share) {
  const part = element("i");
  part.style.background = `var(--${name})`;
  part.style.width = `max(${share > 0 ? 2 : 0}px, ${100 * share}%)`;
  return part;
}

function stack(parts, names, whole, label) {
  const made = element("div", { class: "stack", role: "img", "aria-label": label });
  for (const name of names) {
    if (parts[name] > 0) made.append(segment(name, parts[name] / whole));
  }
  return made;
}

/** How much is committed or resident depends on what is committed. */
function boundBytes(parts, name) {
  return atMost(bytes(parts[name]), parts.bound > 0 && ["bound", "touched"].includes(name));
}

function sentence(parts, names) {
  return names.filter((name) => parts[name] > 0)
    .map((name) => `${stateWords(name)} ${boundBytes(parts, name)}`).join(", ");
}

/** From a part of the bar above to the whole of the bar below. */
function funnel(share) {
  return shape("svg", { class: "funnel", viewBox: "0 0 100 10", preserveAspectRatio: "none",
    "aria-hidden": "true" }, shape("polygon", { points: `0,0 ${100 * share},0 100,10 0,10` }));
}

function showCascade(model) {
  const isCommittedKnown = isKnown(totalsOf(model).committed_bytes);
  const parts = partsOfAll(model);
  const whole = parts.touched + parts.reserved;
  if (whole <= 0 || !isCommittedKnown) return;
  const inner = ["dirty", "resident", "swapped", "committed", "bound"];
  const outer = [...inner, "reserved"];
  const share = Math.max(0.004, parts.touched / whole);
  const box = byId("cascade");
  box.append(
    element("p", {}, `Reserved: ${bytes(whole)}`,
      element("span", {}, "of it committed or resident "
        + atMost(percent(parts.touched, whole), parts.bound > 0))),
    stack(parts, outer, whole, `Reserved ${bytes(whole)}: ${sentence(parts, outer)}`));
  if (parts.touched > 0 && share < 0.9) {
    box.append(
      funnel(share),
      stack(parts, inner, parts.touched,
        `Committed or resident ${boundBytes(parts, "touched")}: ${sentence(parts, inner)}`),
      element("p", {}, `Committed or resident, magnified: ${boundBytes(parts, "touched")}`,
        element("span", {}, "of it resident "
          + atLeast(percent(parts.dirty + parts.resident, parts.touched), parts.bound > 0))));
  }
  box.append(element("ul", { class: "legend" }, ...outer.filter((name) => parts[name] > 0)
    .map((name) => legendItem(name, stateWords(name), boundBytes(parts, name)))));
}

function headRow(titles) {
  return element("thead", {}, element("tr", {}, ...titles.map((title, i) =>
    element("th", { scope: "col", class: i ? "number" : null }, title))));
}

function figureCell(figure, value, isBound) {
  return figure === "committed" ? committedNumber(value, isBound)
    : number(value, bytes, byteNote(value));
}

function kindRow(kind) {
  const button = element("button", { type: "button" }, String(kind.kind));
  button.addEventListener("click", () => {
    byId("kind").value = String(kind.kind);
    filterRows();
    byId("regions").scrollIntoView();
  });
  return element("tr", {},
    element("th", { scope: "row" }, swatch(kindVariable(kind.kind)), button),
    number(kind.region_count, count),
    ...FIGURES.map((figure) => figureCell(figure, kind[`${figure}_bytes`],
      view.model.regions.some((region) => region.kind === kind.kind && region.isBound))));
}

function showKinds(model) {
  const kinds = Array.isArray(model.raw.kinds) ? model.raw.kinds : [];
  const present = kinds.filter((kind) => kind.region_count !== 0);
  if (!present.length) return;
  byId("kinds").hidden = false;
  byId("kinds-table").append(caption("Totals of each kind of region"),
    headRow(["kind", "regions", ...FIGURES]),
    element("tbody", {}, ...present.map(kindRow)));
}

function changeRow(name, figure) {
  const words = name.endsWith("_bytes") ? bytes
    : name === "fragmentation" ? (value) => `${(100 * value).toFixed(1)} %` : count;
  const term = name.replace(/_bytes$/, "").replace(/_count$/, "s").replaceAll("_", " ");
  const state = FIGURES.includes(term) ? swatch(term) : null;
  const side = (key, isBound) => (term === "committed" ? committedNumber(figure[key], isBound)
    : number(figure[key], words));
  return element("tr", {}, element("th", { scope: "row" }, state, term),
    side("before", view.model.wasBound), side("after", view.model.isBound),
    changedNumber(figure.change, words));
}

function changeWords(totals) {
  return ["region", "page"].map((noun) => {
    const parts = ["came", "went", "changed"]
      .filter((what) => isKnown(totals[`${noun}s_${what}`]))
      .map((what) => `${count(totals[`${noun}s_${what}`])} ${what}`);
    return parts.length ? `${noun}s: ${parts.join(", ")}` : "";
  }).filter(Boolean).join(" · ");
}

function showChanges(model) {
  const rows = Object.entries(model.raw.totals ?? {})
    .filter(([, figure]) => figure && isKnown(figure.after ?? figure.before))
    .map(([name, figure]) => changeRow(name, figure));
  if (!rows.length) return;
  byId("changes").hidden = false;
  byId("changes-words").textContent = changeWords(model.raw.totals);
  byId("changes-table").append(caption("Totals before and after"),
    headRow(["figure", "before", "after", "change"]),
    element("tbody", {}, ...rows));
}

function callRow(line) {
  return element("tr", { class: line.is_refused ? "is-refused" : null },
    element("td", { class: "number is-nothing" }, count(line.number)),
    element("td", { class: "mono" }, String(line.call ?? "")),
    element("td", { class: "mono" }, String(line.result ?? "")),
    element("td", {}, (line.is_refused ? "refused: " : "") + String(line.effect ?? "")));
}

/** The calls of a lab; the last ones, and those of before are in the data. */
function showCalls(model) {
  const log = Array.isArray(model.raw.lab?.log) ? model.raw.lab.log : [];
  if (!log.length) return;
  byId("calls").hidden = false;
  byId("calls-table").append(caption("The last calls of the library"),
    element("thead", {}, element("tr", {}, ...["no.", "call", "result", "effect"].map((title, i) =>
      element("th", { scope: "col", class: i ? null : "number" }, title)))),
    element("tbody", {}, ...log.slice(-200).map(callRow)));
}
