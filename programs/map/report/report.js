// SPDX-License-Identifier: MIT
//
// report.js - draws a capture: the end of the script, which embed.py joins inside of one function,
// out of the files beside this one in the order that meson.build gives. Model (words, runs, model),
// view (elements to table) and control are apart: the model knows no document; what somebody looks
// at is in `view`.
//
// For links and tests what is shown can be said behind the "#" of the address, joined by "&":
//   find=0x7f..   the region of this address      filter=TEXT  kind=heap   rows of the table
//   sort=resident order=up|down                   color=kind   the overview by kind
//   (of a difference resident is the figure after; resident-before and resident-change are others)
//   zoom=-2 page=12                               describe=1   what the pictures show, as data-*

function complain(words) {
  byId("problem").hidden = false;
  byId("problem").textContent = words;
  note("state", `error: ${words}`);
}

function parse() {
  const raw = JSON.parse(byId("data").textContent);
  if (raw === null || typeof raw !== "object" || raw.format !== "steppe-map") {
    throw new Error("the data is not a capture of steppe-map");
  }
  return raw;
}

function showHeader(model) {
  if (model.kind === "difference") showDifference(model);
  else if (model.kind === "lab") showLab(model);
  else showProcess(model);
}

/** What somebody looks for in a difference are the regions; then where they lie. */
function leadWithRegions() {
  byId("main").prepend(...["regions", "space", "pages", "changes", "reservation-changes",
    "totals"].map(byId));
}

function showFigures(model) {
  const totals = totalsOf(model);
  byId("totals").hidden = !Object.keys(totals).length;
  showCards(model);
  showCascade(model);
  if (model.isDifference) {
    byId("totals-title").textContent = "Memory after";
    showChanges(model);
    showReservationChanges(model);
    leadWithRegions();
  }
  showTimeline(model);
  showKinds(model);
  showSteppe(model);
  showCalls(model);
}

function showKindChoices(model) {
  const kinds = new Set(model.regions.map((region) => region.kind));
  byId("kind").append(...[...kinds].sort()
    .map((kind) => element("option", { value: kind }, kind)));
}

function showPictures(model) {
  const hasRegions = model.regions.length > 0;
  byId("space").hidden = !hasRegions;
  byId("regions").hidden = !hasRegions;
  byId("pages").hidden = !hasRegions && !model.reservations.length;
  byId("steppe-title").textContent = model.kind === "lab" ? "Reservation" : "Steppe reservations";
  byId("previous").hidden = byId("next").hidden = !hasRegions;
  if (hasRegions) {
    byId("overview").setAttribute("aria-label",
      `The address space: ${plural(model.regions.length, "region")}`);
    showOverviewLegend();
    showOverviewStatus(null);
  }
  showKindChoices(model);
  listenToOverview();
  listenToMap();
  listenToTable();
}

function start() {
  const model = modelOf(parse());
  view.model = model;
  Object.assign(view, sortAtFirst(model));
  note("kind", model.kind);
  note("regions", model.regions.length);
  if (model.raw.version > 1) {
    complain(`This is version ${model.raw.version} of the format; this page knows version 1, and `
      + "may show some figures wrongly.");
  }
  readColours();
  byId("main").hidden = false;
  showHeader(model);
  showFigures(model);
  showPictures(model);
  view.chosen = firstChoice(model);
  if (view.chosen) fitHeight();
  drawReservations();
  view.isDescribed = location.hash.includes("describe=");
  drawOverview();
  obey(location.hash);
  listenToWindow();
  view.isReady = true;
  if (!document.body.dataset.state) note("state", "ready");
}

window.addEventListener("error", (event) => complain(`This report failed: ${event.message}`));
document.addEventListener("securitypolicyviolation", (event) =>
  complain(`This report tried what its policy forbids: ${event.violatedDirective}`));
try {
  start();
} catch (error) {
  complain(`This report cannot be shown: ${error.message}`);
}
