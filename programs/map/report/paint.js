// SPDX-License-Identifier: MIT
//
// paint.js - boxes on a canvas, in colours that come from the style sheet.

let colours = {};

function kindVariable(kind) {
  return KINDS.includes(kind) ? `kind-${kind}` : "faint";
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = [...STATES, ...KINDS.map(kindVariable), "sheet", "ink", "soft", "faint", "line",
    "accent", "slot", "slot-edge", "came", "went", "mono", "sans"];
  colours = Object.fromEntries(
    names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  colours.states = STATES.map((name) => colours[name]);
}

/** A canvas of its own width in CSS pixels, sharp on every screen; null: it is not seen. */
function canvasOf(canvas, height) {
  const width = Math.floor(canvas.clientWidth);
  if (!width || !height) return null;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d", { willReadFrequently: view.isDescribed });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

const counts = new Float64Array(STATES.length);

/** Boxes by colour, drawn at once: changing the colour costs more than the box. */
function paintOf() {
  return { grounds: STATES.map(() => []), uppers: STATES.map(() => []) };
}

const HATCH_PX = 6;

/** What may be committed or not is striped in both colours, in pictures as in the style sheet. */
const isHatched = (x, y) => (x + y) % HATCH_PX < HATCH_PX / 2;

function hatchOf(context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = HATCH_PX;
  const area = tile.getContext("2d");
  for (let x = 0; x < HATCH_PX; x++) {
    for (let y = 0; y < HATCH_PX; y++) {
      area.fillStyle = isHatched(x, y) ? colours.committed : colours.reserved;
      area.fillRect(x, y, 1, 1);
    }
  }
  return context.createPattern(tile, "repeat");
}

function flush(context, paint) {
  for (const layer of [paint.grounds, paint.uppers]) {
    layer.forEach((boxes, state) => {
      if (!boxes.length) return;
      context.fillStyle = state === BOUND ? hatchOf(context) : colours.states[state];
      for (let i = 0; i < boxes.length; i += 4) {
        context.fillRect(boxes[i], boxes[i + 1], boxes[i + 2], boxes[i + 3]);
      }
      boxes.length = 0;
    });
  }
}

/** "#rrggbb" as a pixel of an ImageData seen as 32-bit numbers. */
function pixelOf(colour) {
  const value = parseInt(colour.slice(1), 16);
  const swapped = ((value & 255) << 16) | (value & 0xff00) | (value >> 16);
  return (0xff000000 | swapped) >>> 0;
}

function fillPixels(pixels, width, ratio, boxes, pixel, other) {
  for (let i = 0; i < boxes.length; i += 4) {
    const left = Math.round(boxes[i] * ratio);
    const right = Math.min(width, Math.round((boxes[i] + boxes[i + 2]) * ratio));
    const top = Math.round(boxes[i + 1] * ratio);
    const bottom = Math.round((boxes[i + 1] + boxes[i + 3]) * ratio);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        pixels[y * width + x] = isHatched(x, y) ? pixel : other;
      }
    }
  }
}

/** The same as flush for tens of thousands of small boxes, in a fifth of the time; nothing else may
 * be on the canvas. */
function flushPixels(context, paint) {
  const { width, height } = context.canvas;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const ratio = context.getTransform().a;
  for (const layer of [paint.grounds, paint.uppers]) {
    layer.forEach((boxes, state) => {
      if (!boxes.length) return;
      const [one, other] = state === BOUND ? [COMMITTED, RESERVED] : [state, state];
      fillPixels(pixels, width, ratio, boxes, pixelOf(colours.states[one]),
        pixelOf(colours.states[other]));
    });
  }
  context.putImageData(image, 0, 0);
}

/** One box more; one that goes on where the last ended is the same box. */
function addBox(boxes, x, y, width, height) {
  const last = boxes.length - 4;
  const goesOn = last >= 0 && boxes[last + 1] === y && boxes[last + 3] === height
    && boxes[last] + boxes[last + 2] === x;
  if (goesOn) boxes[last + 2] += width;
  else boxes.push(x, y, width, height);
}

/** A box filled from below in proportion; what is there at all is seen. */
function fillStack(paint, box, subject, first, end) {
  census(subject, first, end, counts);
  const ground = counts[subject.base] ? subject.base : topState();
  addBox(paint.grounds[ground], box.x, box.y, box.width, box.height);
  if (counts[ground] === end - first) return;
  let bottom = box.y + box.height;
  for (let state = 0; state < STATES.length; state++) {
    const share = counts[state] / (end - first);
    if (!share || state === ground) continue;
    const height = Math.min(bottom - box.y, Math.max(1, Math.round(box.height * share)));
    addBox(paint.uppers[state], box.x, bottom - height, box.width, height);
    bottom -= height;
  }
}

function topState() {
  return counts.findLastIndex((value) => value > 0);
}
