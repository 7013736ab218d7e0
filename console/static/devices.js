// The devices page, asked again every few seconds while somebody looks at it.

import { ask } from "./api.js";
import { set, write } from "./cells.js";
import { start } from "./frame.js";
import { on, store } from "./store.js";
import { age, NO_VALUE, t } from "./texts.js";

const EVERY_MS = 3000;
const whole = new Intl.NumberFormat("en-US");

start();
on("joined", () => void refresh());
setInterval(() => void (document.hidden || refresh()), EVERY_MS);

async function refresh() {
  const [devices, paths] = await Promise.all([ask("/api/v1/devices"), ask("/api/v1/accounting")]);
  if (devices.ok) devices.body.items.forEach(drawDevice);
  if (paths.ok) Object.entries(paths.body).forEach(([name, path]) => drawPath(name, path));
}

/** @param {any} device */
function drawDevice(device) {
  const row = document.querySelector(`[data-device="${CSS.escape(device.name)}"]`);
  if (!row) return;
  set(row, "data-down", device.connected ? null : "");
  drawLink(row, device);
  put(row, "[data-skipped]", String(device.skipped));
  put(row, "[data-errors]", byReason(device.errors) || NO_VALUE);
  const seconds = device.last ? (store.cityMs - Date.parse(device.last)) / 1000 : null;
  if (store.cityMs) put(row, "[data-device-age]", age(seconds === null ? null : Math.max(0, seconds)));
}

/**
 * @param {Element} row
 * @param {any} device
 */
function drawLink(row, device) {
  const said = [document.createTextNode(t(device.connected ? "device.up" : "device.down"))];
  const cell = row.querySelector("[data-link]");
  if (!cell) return;
  if (!device.reason) return cell.replaceChildren(...said);
  const reason = document.createElement("small");
  reason.className = "note";
  reason.textContent = device.reason;
  cell.replaceChildren(...said, reason);
}

/**
 * @param {string} name
 * @param {any} path
 */
function drawPath(name, path) {
  const row = document.querySelector(`[data-path="${CSS.escape(name)}"]`);
  if (!row) return;
  const sum = (/** @type {Record<string, number>} */ c) => Object.values(c).reduce((a, b) => a + b, 0);
  const missing = path.received - path.stored - path.buffered - sum(path.rejected) - sum(path.dropped);
  const texts = [
    whole.format(path.received), whole.format(path.stored), whole.format(path.buffered),
    byReason(path.rejected) || NO_VALUE, byReason(path.dropped) || NO_VALUE, whole.format(missing),
  ];
  set(row, "data-wrong", missing === 0 ? null : "");
  texts.forEach((text, i) => {
    const cell = row.children[i + 1];
    if (cell) write(cell, text);
  });
}

/** @param {Record<string, number>} counts */
function byReason(counts) {
  const ordered = Object.entries(counts).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
  return ordered.map(([reason, n]) => `${reason} ${n}`).join(", ");
}

/**
 * @param {Element} row
 * @param {string} where
 * @param {string} text
 */
function put(row, where, text) {
  const cell = row.querySelector(where);
  if (cell) write(cell, text);
}
