// SPDX-License-Identifier: MIT
//
// elements.js - elements of the page. Names come from other programs and are hostile until proven
// otherwise: they become text nodes only, never HTML.

const byId = (id) => document.getElementById(id);

/** Children are nodes or text; text never becomes HTML. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function shape(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function swatch(variable) {
  const made = element("span", { class: "swatch", "aria-hidden": "true" });
  made.style.background = `var(--${variable})`;
  return made;
}

function card(term, parts, note, colour) {
  const [figure, unit] = Array.isArray(parts) ? parts : [parts, ""];
  return element("div", {},
    element("dt", {}, colour ? swatch(colour) : null, term),
    element("dd", {}, figure, unit ? element("span", {}, ` ${unit}`) : null,
      element("small", { title: note || null }, note || "\u00a0")));
}

function legendItem(variable, words, figure) {
  return element("li", {}, swatch(variable), words, figure ? element("b", {}, figure) : null);
}

function byteNote(value) {
  return isKnown(value) ? `${count(value)} bytes` : "not known";
}

/** What a table is, for those who do not see what stands above it. */
function caption(words) {
  return element("caption", { class: "unseen" }, words);
}

/** Bytes that are committed, which are an upper bound or not. */
function committedNumber(value, isBound) {
  return number(value, (one) => atMost(bytes(one), isBound),
    (isBound ? "at most " : "") + byteNote(value));
}

function number(value, words, title) {
  const isNothing = !isKnown(value) || value === 0;
  return element("td", { class: isNothing ? "number is-nothing" : "number",
    title: title ?? null }, isKnown(value) && value === 0 ? "0" : words(value));
}

/** How a figure went on: the sign says it as well as the colour. */
function changedNumber(value, words, title) {
  const cell = number(value, (one) => (isKnown(one) ? signed(one, words) : "–"), title);
  if (value > 0) cell.classList.add("is-came");
  if (value < 0) cell.classList.add("is-went");
  return cell;
}
