// The overview: zones below the map, and the most urgent alarms above everything.

import { set, write } from "./cells.js";
import { start } from "./frame.js";
import { drawMark } from "./marks.js";
import { isUnseen, marks, on, store } from "./store.js";
import { clock, language, number, severity } from "./texts.js";

const list = /** @type {HTMLElement} */ (document.getElementById("urgent"));
const calm = /** @type {HTMLElement} */ (document.getElementById("calm"));
const line = /** @type {HTMLTemplateElement} */ (document.getElementById("urgent-line"));
const rows = [...document.querySelectorAll("[data-zone-row]")];
const nodes = new Map(
  [...document.querySelectorAll(".pressure_node[data-point]")].map((n) => [n.getAttribute("data-point"), n]),
);

on("frame", drawZones);
on("alarms", drawZones);
on("alarms", drawUrgent);
start();

function drawZones() {
  const alarms = marks();
  for (const row of rows) {
    const points = (row.getAttribute("data-points") ?? "").split(" ").filter(Boolean);
    const lowest = Math.min(...points.map(measured));
    const abnormal = points.filter((p) => alarms.has(p) || nodes.get(p)?.hasAttribute("data-side"));
    const zone = document.querySelector(`.zone[data-zone="${row.getAttribute("data-zone-row")}"]`);
    const out = points.some((p) => nodes.get(p)?.hasAttribute("data-side"));
    if (zone) set(zone, "data-out", out ? "" : null);
    const shown = row.querySelector("[data-lowest]");
    const count = row.querySelector("[data-abnormal]");
    if (shown && store.cityMs) write(shown, number(Number.isFinite(lowest) ? lowest : null, 3));
    if (count) {
      write(count, String(abnormal.length));
      count.classList.toggle("some", abnormal.length > 0);
    }
  }
}

/** @param {string} point */
function measured(point) {
  const reading = store.readings.get(point);
  if (!reading || reading.value === null || severity(reading.quality) === "bad") return Infinity;
  return reading.value;
}

function drawUrgent() {
  const urgent = [...store.alarms.values()].filter(isUnseen).sort(
    (a, b) => a.priority_number - b.priority_number || b.since.localeCompare(a.since),
  );
  const shown = urgent.slice(0, Number(list.dataset.most));
  const key = shown.map((alarm) => `${alarm.id} ${alarm.version}`).join();
  calm.hidden = shown.length > 0;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...shown.map(drawLine));
}

/** @param {import("./store.js").Alarm} alarm */
function drawLine(alarm) {
  const copy = /** @type {DocumentFragment} */ (line.content.cloneNode(true));
  const item = /** @type {HTMLElement} */ (copy.firstElementChild);
  item.dataset.alarm = alarm.id;
  item.querySelector("a")?.setAttribute("href", `/alarms/${encodeURIComponent(alarm.id)}`);
  drawMark(item.querySelector(".mark"), alarm.priority_number, true);
  const time = item.querySelector("time");
  const text = item.querySelector("[data-text]");
  if (time) time.textContent = clock(Date.parse(alarm.since)).slice(11);
  const said = alarm.texts[language] ?? "";
  const place = alarm.place[language] ?? "";
  if (text) text.textContent = said;
  if (!said.includes(place.split(" · ")[0] ?? "")) text?.after(small(place));
  return item;
}

/** @param {string} text */
function small(text) {
  const element = document.createElement("small");
  element.textContent = text;
  return element;
}
