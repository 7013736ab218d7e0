// The alarm list: rows come, change and go while somebody reads it.

import { openDialog } from "./acknowledge.js";
import { start } from "./frame.js";
import { drawMark } from "./marks.js";
import { isActive, isUnseen, on, store } from "./store.js";
import { clock, language, NO_VALUE, number, t } from "./texts.js";

/** @typedef {import("./store.js").Alarm} Alarm */

const list = /** @type {HTMLElement} */ (document.getElementById("alarm-list"));
const rows = /** @type {HTMLElement} */ (document.getElementById("rows"));
const none = /** @type {HTMLElement} */ (document.getElementById("none"));
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("row"));

on("alarms", draw);
list.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-acknowledge]");
  const row = button?.closest("tr");
  if (row && openDialog(row.dataset.alarm ?? "", placeOf(row))) event.preventDefault();
});
start();

/** @param {Element} row */
const placeOf = (row) => row.querySelector("[data-place]")?.textContent ?? "";

/**
 * Whether an alarm belongs into the list as it was asked for.
 * @param {Alarm} alarm
 */
function belongs(alarm) {
  if (list.dataset.state === "active") return isActive(alarm);
  return list.dataset.state === "all" || isUnseen(alarm);
}

function draw() {
  const known = new Map([...rows.children].map((r) => [r.getAttribute("data-alarm"), r]));
  for (const alarm of store.alarms.values()) {
    const row = /** @type {HTMLElement | undefined} */ (known.get(alarm.id));
    if (row && !belongs(alarm)) row.remove();
    else if (row) fill(row, alarm);
    else if (belongs(alarm)) insert(alarm);
  }
  none.hidden = rows.childElementCount > 0;
}

/** @param {Alarm} alarm */
function insert(alarm) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const row = /** @type {HTMLElement} */ (copy.firstElementChild);
  row.id = `a-${alarm.id}`;
  row.dataset.alarm = alarm.id;
  fill(row, alarm);
  const before = [...rows.children].find((other) => comesBefore(row, /** @type {HTMLElement} */ (other)));
  rows.insertBefore(row, before ?? null);
}

/**
 * @param {HTMLElement} row
 * @param {HTMLElement} other
 */
function comesBefore(row, other) {
  const [mine, theirs] = [row, other].map((r) => [
    r.hasAttribute("data-unseen") ? 0 : 1, Number(r.dataset.priority), r.dataset.since ?? "",
  ]);
  if (!mine || !theirs) return false;
  const newer = String(mine[2]) > String(theirs[2]);
  if (list.dataset.sort === "time") return newer;
  if (mine[0] !== theirs[0]) return Number(mine[0]) < Number(theirs[0]);
  return mine[1] !== theirs[1] ? Number(mine[1]) < Number(theirs[1]) : newer;
}

/**
 * @param {HTMLElement} row
 * @param {Alarm} alarm
 */
function fill(row, alarm) {
  if (row.dataset.version === String(alarm.version)) return;
  row.dataset.version = String(alarm.version);
  row.dataset.priority = String(alarm.priority_number);
  row.dataset.since = clock(Date.parse(alarm.since));
  row.toggleAttribute("data-active", isActive(alarm));
  row.toggleAttribute("data-unseen", isUnseen(alarm));
  drawMark(row.querySelector(".mark"), alarm.priority_number, isUnseen(alarm));
  for (const [where, text] of Object.entries(texts(alarm))) {
    const element = row.querySelector(where);
    if (element && text !== null) element.textContent = text;
  }
  const link = row.querySelector("a[data-text]");
  link?.setAttribute("href", `/trends?point=${encodeURIComponent(alarm.point)}`);
  row.querySelector("[data-note]")?.toggleAttribute("hidden", !alarm.note);
  const button = row.querySelector("[data-acknowledge]");
  button?.setAttribute("href", `/alarms/${encodeURIComponent(alarm.id)}`);
  button?.toggleAttribute("hidden", !isUnseen(alarm));
}

/**
 * What stands where in a row; null leaves what the server wrote.
 * @param {Alarm} alarm
 * @returns {Record<string, string | null>}
 */
function texts(alarm) {
  const when = alarm.acknowledged_at ? clock(Date.parse(alarm.acknowledged_at)) : "";
  return {
    "[data-priority-name]": t(`priority.${alarm.priority_number}`),
    time: clock(Date.parse(alarm.since)),
    "a[data-text]": alarm.texts[language] ?? "",
    "[data-also]": ` ${alarm.texts[language] ?? ""}`,
    "[data-place]": alarm.place[language] ?? "",
    "[data-state-name]": t(alarm.stale ? "state.lost" : `state.${alarm.state}`),
    "[data-shown]": withUnit(alarm.value, alarm),
    "[data-limit]": withUnit(alarm.limit, alarm),
    "[data-who]": alarm.acknowledged_by ?? "",
    "[data-when]": alarm.acknowledged_by ? when : "",
    "[data-note]": alarm.note ?? "",
  };
}

/**
 * @param {number | null} value
 * @param {Alarm} alarm
 */
function withUnit(value, alarm) {
  return value === null ? NO_VALUE : `${number(value, alarm.decimals)} ${alarm.unit}`.trim();
}
