// SPDX-License-Identifier: MIT
//
// overview.js - the address space: all regions on a ribbon without the holes.

const view = {
  model: null,
  colour: "state", // or "kind"
  chosen: null,    // a region or a reservation
  rows: [],        // the regions of the table, in its order
  columns: [],     // of the table, as many as there is room for
  sort: "start", isDown: false, filter: "", kind: "",
  zoom: 0,         // 2^zoom pages a cell; below 0 larger cells of one page
  first: 0,        // the page in the upper left cell
  cursor: 0,       // the page that the words below are about
  overview: null, map: null,
  isReady: false,
  isDescribed: false,
};

function overviewLayout(width) {
  const { regions } = view.model;
  const groups = width < 600 ? 6 : 10;
  const clusters = clustersOf(regions, groups);
  const isCrowded = regions.length > 4000;
  const lineHeight = isCrowded ? 11 : 24;
  const linesMax = isCrowded ? 40 : clamp(Math.ceil(regions.length / 24), 6, 14);
  const places = ribbonOf(regions, clusters, width, linesMax);
  let y = 0;
  for (const cluster of clusters) {
    cluster.titleY = y;
    y += 19;
    cluster.y = y;
    y += cluster.lines * (lineHeight + 3) + 9;
  }
  return { clusters, places, isCrowded, lineHeight, pitch: lineHeight + 3, width, height: y };
}

/** The rectangles of a stretch of the ribbon: one a line. */
function boxesOf(layout, cluster, x, width) {
  const boxes = [];
  const end = x + width;
  let at = x;
  while (end - at > 0.01) {
    const line = Math.floor(at / layout.width + 1e-9);
    const stop = Math.min(end, (line + 1) * layout.width);
    const left = Math.round(at - line * layout.width);
    const right = Math.round(stop - line * layout.width);
    boxes.push({ x: left, y: cluster.y + line * layout.pitch, width: Math.max(1, right - left),
      height: layout.lineHeight, from: at - x, to: stop - x });
    at = stop;
  }
  return boxes;
}

function fillRegion(paint, region, box, width) {
  const perPixel = region.pageCount / width;
  if (!region.spans.length || box.width < 2) {
    const first = Math.floor(box.from * perPixel);
    const end = Math.max(first + 1, Math.ceil(box.to * perPixel));
    fillStack(paint, box, region, Math.min(first, region.pageCount - 1),
      Math.min(end, region.pageCount));
    return;
  }
  const step = (box.to - box.from) / box.width;
  for (let i = 0; i < box.width; i++) {
    const from = box.from + i * step;
    const first = clamp(Math.floor(from * perPixel), 0, region.pageCount - 1);
    const end = clamp(Math.ceil((from + step) * perPixel), first + 1, region.pageCount);
    fillStack(paint, { x: box.x + i, y: box.y, width: 1, height: box.height }, region, first,
      end);
  }
}

function drawRegionKind(context, region, box) {
  context.fillStyle = colours[kindVariable(region.kind)];
  context.fillRect(box.x, box.y, box.width, box.height);
}

function drawRegionChange(context, region, box) {
  if (region.change !== "came" && region.change !== "went") return;
  context.fillStyle = colours[region.change];
  context.fillRect(box.x, box.y, box.width, 4);
}

function drawClusterTitle(context, cluster, width) {
  const { regions } = view.model;
  const text = hex(regions[cluster.first].start);
  context.font = `11.5px ${colours.mono}`;
  context.fillStyle = colours.soft;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillText(text, 0, cluster.titleY + 8);
  if (cluster.hole === null) return;
  const after = regions[cluster.end].start;
  const below = after >> 63n ? "addresses of the kernel" : `hole ${bytes(cluster.hole)}`;
  const y = cluster.y + cluster.lines * (view.overview.pitch) + 4;
  context.font = `11.5px ${colours.sans}`;
  context.textAlign = "right";
  context.fillText(`${below} ↓`, width, cluster.titleY + 8);
  context.strokeStyle = colours.faint;
  context.setLineDash([1, 4]);
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(width, y);
  context.stroke();
  context.setLineDash([]);
}

/** Calls with every region's boxes; regions side by side have a line between them. */
function eachBox(layout, act) {
  const { regions } = view.model;
  for (const cluster of layout.clusters) {
    for (let i = cluster.first; i < cluster.end; i++) {
      const { x, width } = layout.places[i];
      const isEdged = width >= 4 && i + 1 < cluster.end;
      for (const box of boxesOf(layout, cluster, x, width - (isEdged ? 1 : 0))) {
        act(regions[i], box, width);
      }
    }
  }
}

function drawOverview() {
  const canvas = byId("overview");
  if (byId("space").hidden) return;
  const begin = performance.now();
  const width = Math.floor(canvas.clientWidth);
  const layout = overviewLayout(width);
  view.overview = layout;
  canvas.style.height = `${layout.height}px`;
  byId("overview-mark").style.height = `${layout.height}px`;
  const area = canvasOf(canvas, layout.height);
  if (!area) return;
  const { context } = area;
  const paint = paintOf();
  const isByKind = view.colour === "kind";
  eachBox(layout, (region, box, width) => {
    if (isByKind) drawRegionKind(context, region, box);
    else fillRegion(paint, region, box, width);
  });
  if (layout.isCrowded && !isByKind) flushPixels(context, paint);
  else flush(context, paint);
  if (view.model.isDifference) {
    eachBox(layout, (region, box) => drawRegionChange(context, region, box));
  }
  layout.clusters.forEach((cluster) => drawClusterTitle(context, cluster, width));
  markChosen();
  note("overviewMs", (performance.now() - begin).toFixed(1));
  describePixels("overview", canvas);
}

/** The frame around what is chosen lies on a canvas above, so that the picture can stay. */
function markChosen() {
  const layout = view.overview;
  if (!layout || !view.chosen) return;
  const area = canvasOf(byId("overview-mark"), layout.height);
  if (!area) return;
  const { context } = area;
  context.lineWidth = 2;
  context.strokeStyle = colours.ink;
  for (const region of regionsOf(view.chosen)) {
    const cluster = layout.clusters.find((one) => region.index < one.end);
    const place = layout.places[region.index];
    for (const box of boxesOf(layout, cluster, place.x, place.width)) {
      context.strokeRect(Math.max(1, box.x - 1), box.y - 1, Math.max(4, box.width),
        box.height + 2);
    }
  }
}

function regionsOf(subject) {
  return subject.isReservation ? view.model.regions
    .filter((region) => region.start < subject.end && region.end > subject.start) : [subject];
}

function regionAt(event) {
  const layout = view.overview;
  const box = byId("overview").getBoundingClientRect();
  const x = event.clientX - box.left;
  const y = event.clientY - box.top;
  const cluster = layout?.clusters.find((one) => y >= one.y
    && y < one.y + one.lines * layout.pitch);
  if (!cluster) return null;
  const at = x + Math.floor((y - cluster.y) / layout.pitch) * layout.width;
  const inside = layout.places.slice(cluster.first, cluster.end);
  const index = partition(inside, (place) => place.x + place.width <= at);
  if (index === inside.length || inside[index].x > at + 1) return null;
  return view.model.regions[cluster.first + index];
}

function regionWords(region) {
  const parts = [element("span", { class: "mono" }, `${hex(region.start)}–${hex(region.end)}`),
    ` · ${bytes(region.size)} · ${region.kind}`,
    region.protection ? ` · ${region.protection}` : "",
    region.name ? ` · ${region.name}` : ""];
  const figures = ["committed", "resident", "dirty", "swapped"]
    .filter((name) => isKnown(region[name]) && region[name] > 0)
    .map((name) => `${name} ${atMost(bytes(region[name]), name === "committed"
      && region.isBound)}`);
  if (region.mark) figures.unshift(region.mark);
  if (figures.length) parts.push(` · ${figures.join(", ")}`);
  return parts;
}

function showOverviewStatus(region) {
  const { regions } = view.model;
  byId("overview-status").replaceChildren(...(region ? regionWords(region)
    : [`${plural(regions.length, "region")} from ${hex(regions[0].start)} to `
      + `${hex(regions.at(-1).end)}. Point at one to read what it is.`]));
}

function showOverviewLegend() {
  const { regions, isDifference } = view.model;
  const items = view.colour === "kind"
    ? KINDS.filter((kind) => regions.some((region) => region.kind === kind))
      .map((kind) => legendItem(kindVariable(kind), kind))
    : STATES
      .filter((name) => regions.some((region) => hasState(region, STATES.indexOf(name))))
      .map((name) => legendItem(name, stateWords(name)));
  for (const change of isDifference ? ["came", "went"] : []) {
    if (!regions.some((region) => region.change === change)) continue;
    items.push(legendItem(change, `upper edge: the region ${change}`));
  }
  byId("overview-legend").replaceChildren(...items);
}

function hasState(region, state) {
  return region.base === state || region.spans.some((span) => span.state === state);
}
