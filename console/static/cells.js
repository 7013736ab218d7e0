// Live values in the page: each element touches only itself, and only when something changed.

import { drawGauge } from "./gauges.js";
import { marks, store } from "./store.js";
import { age, number, severity, t, why } from "./texts.js";

/** @type {Element[]} */
const cells = [...document.querySelectorAll("[data-point]")];
/** @type {HTMLElement[]} */
const ages = [...document.querySelectorAll("[data-age]")].map((e) => /** @type {HTMLElement} */ (e));

/** The points that this page shows. */
export function cellPoints() {
  const named = cells.map((cell) => cell.getAttribute("data-point") ?? "");
  return [...named, ...ages.flatMap((element) => pointsOf(element))];
}

/** @param {HTMLElement} element */
const pointsOf = (element) => (element.dataset.age ?? "").split(" ").filter(Boolean);

export function drawCells() {
  const alarms = marks();
  for (const cell of cells) drawCell(cell, alarms);
  for (const element of ages) write(element, ageOf(pointsOf(element)));
}

/**
 * @param {Element} cell
 * @param {Map<string, {priority: number, unseen: boolean}>} alarms
 */
function drawCell(cell, alarms) {
  const point = cell.getAttribute("data-point") ?? "";
  const mark = alarms.get(point);
  set(cell, "data-priority", mark ? String(mark.priority) : null);
  set(cell, "data-unseen", mark?.unseen ? "" : null);
  const reading = store.readings.get(point);
  if (!reading) return;
  const quality = severity(reading.quality);
  const value = quality === "bad" ? null : reading.value;
  set(cell, "data-quality", quality);
  if (cell.classList.contains("value")) set(cell, "title", why(reading.quality) || null);
  set(cell, "data-side", side(cell, value));
  if (cell.hasAttribute("data-decimals")) drawNumber(cell, value);
  if (cell.hasAttribute("data-state")) drawState(cell, value);
  drawGauge(cell, value);
}

/**
 * @param {Element} cell
 * @param {number | null} value
 */
function drawNumber(cell, value) {
  const shown = number(value, Number(cell.getAttribute("data-decimals")));
  const text = cell.querySelector("[data-value]");
  if (text) write(text, shown);
  const name = cell.getAttribute("data-name");
  if (name) set(cell, "aria-label", `${name} ${shown} ${cell.getAttribute("data-unit")}`);
}

/**
 * A state that is on or off: a pump, a fault, the mains.
 * @param {Element} cell
 * @param {number | null} value
 */
function drawState(cell, value) {
  const on = value !== null && value !== 0;
  set(cell, "data-on", on ? "" : null);
  const pump = cell.getAttribute("data-pump");
  if (pump) {
    const said = `${t("script.pump", { n: pump })} ${t(on ? "script.on" : "script.off")}`;
    set(cell, "aria-label", said);
  }
}

/**
 * On which side of its limits a value stands, or null.
 * @param {Element} cell
 * @param {number | null} value
 */
function side(cell, value) {
  const low = cell.getAttribute("data-low");
  const high = cell.getAttribute("data-high");
  if (value === null) return null;
  if (low !== null && value < Number(low)) return "low";
  return high !== null && value > Number(high) ? "high" : null;
}

/**
 * The age of the oldest of several points and, where one of them has no value, why: of a device
 * that answers no more this says for how long.
 * @param {string[]} points
 */
export function ageOf(points) {
  const readings = points.map((name) => store.readings.get(name));
  const worst = Math.max(0, ...readings.map((r) => r?.quality ?? 0));
  const known = readings.map((r) => r?.age ?? null);
  const oldest = known.includes(null) ? null : Math.max(0, ...known.map(Number));
  const reason = why(worst);
  if (oldest === null && severity(worst) === "bad") return reason;
  return reason ? `${age(oldest)} · ${reason}` : age(oldest);
}

/**
 * Set or remove an attribute, only when it changes.
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
export function set(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * Write a text, only when it changes.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Write the text of one part of an element.
 * @param {Element} within
 * @param {string} where
 * @param {string} text
 */
export function put(within, where, text) {
  const part = within.querySelector(where);
  if (part) write(part, text);
}
