// What every page has: city clock, link, silence, counts by priority, live values.

import { cellPoints, drawCells } from "./cells.js";
import { follow } from "./socket.js";
import { on, store } from "./store.js";
import { clock, t } from "./texts.js";

/**
 * Start the page's life.
 * @param {string[]} [more] points that are not in the page's cells
 */
export function start(more = []) {
  on("frame", drawClock);
  on("frame", drawCells);
  on("alarms", drawCounts);
  on("alarms", drawCells);
  on("link", drawLink);
  follow([...new Set([...cellPoints(), ...more])]);
}

function drawClock() {
  const element = document.getElementById("clock");
  if (element) element.textContent = clock(store.cityMs);
}

function drawLink() {
  const link = document.getElementById("link");
  const live = store.link === "live";
  if (link) {
    link.textContent = t(live ? "live.on" : store.link === "none" ? "live.none" : "live.off");
    link.toggleAttribute("data-live", live);
  }
  document.body.toggleAttribute("data-silent", store.link === "silent" || store.link === "ended");
  drawSilence();
}

function drawSilence() {
  const banner = document.getElementById("silence");
  if (!banner) return;
  const said = silence();
  banner.hidden = said === null;
  if (!said) return;
  const parts = [document.createTextNode(said.text)];
  if (said.to) parts.push(way(said.to, said.label));
  banner.replaceChildren(...parts);
}

/** What the banner says, and where its link leads; null while all is well. */
function silence() {
  const shown = document.getElementById("clock")?.textContent ?? "";
  if (store.link === "ended") {
    const to = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
    return { text: t("live.ended"), to, label: t("live.login") };
  }
  if (store.link === "silent") return { text: t("live.silence", { time: shown }), to: "", label: "" };
  if (store.changed) return { text: t("live.changed"), to: location.href, label: t("live.reload") };
  return null;
}

/**
 * @param {string} to
 * @param {string} label
 * @returns {any}
 */
function way(to, label) {
  const link = document.createElement("a");
  link.href = to;
  link.textContent = label;
  return link;
}

function drawCounts() {
  for (const [number, count] of Object.entries(store.counts ?? {})) {
    const chip = document.querySelector(`[data-count="${number}"]`);
    if (!chip) continue;
    const fresh = /** @type {HTMLElement} */ (chip.querySelector("[data-new]"));
    const active = /** @type {HTMLElement} */ (chip.querySelector("[data-active]"));
    active.textContent = String(count.active);
    fresh.textContent = t("script.new", { n: count.unacknowledged });
    fresh.hidden = count.unacknowledged === 0;
    chip.classList.toggle("none", count.active + count.unacknowledged === 0);
    chip.querySelector(".mark")?.classList.toggle("unseen", count.unacknowledged > 0);
    const which = count.unacknowledged > 0 ? "unacknowledged" : "active";
    chip.setAttribute("href", `/alarms?state=${which}`);
  }
}
