// The devices page, asked again every few seconds while somebody looks at it.

import { ask } from "./api.js";
import { put, set } from "./cells.js";
import { start } from "./frame.js";
import { on, store } from "./store.js";
import { age, NO_VALUE, t, whole } from "./texts.js";

const EVERY_MS = 3000;

start();
on("joined", () => void refresh());
setInterval(() => void (document.hidden || refresh()), EVERY_MS);

async function refresh() {
  const devices = await ask("/api/v1/devices");
  if (devices.ok) devices.body.items.forEach(drawDevice);
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

/** @param {Record<string, number>} counts */
function byReason(counts) {
  const ordered = Object.entries(counts).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
  return ordered.map(([reason, n]) => `${word(reason)} ${whole(n)}`).join(t("script.comma"));
}

/** @param {string} reason */
function word(reason) {
  const key = `reason.${reason}`;
  const said = t(key);
  return said === key ? reason : said;
}
