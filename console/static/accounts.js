// The data accounts, asked again every few seconds while somebody looks at them.

import { ask } from "./api.js";
import { set, write } from "./cells.js";
import { start } from "./frame.js";
import { drawHistory } from "./history.js";
import { on } from "./store.js";
import { NO_VALUE, t, whole } from "./texts.js";

/** @typedef {Record<string, number>} Counts */
/**
 * @typedef {{received: number, stored: number, buffered: number, rejected: Counts,
 *   dropped: Counts}} Path
 */

const EVERY_MS = 3000;

start();
on("joined", () => void refresh());
setInterval(() => void (document.hidden || refresh()), EVERY_MS);

async function refresh() {
  const [paths, history] = await Promise.all([ask("/api/v1/accounting"), ask("/api/v1/history")]);
  if (paths.ok) drawPaths(paths.body);
  if (history.ok) drawHistory(history.body);
}

/** @param {Record<string, Path>} paths */
function drawPaths(paths) {
  for (const [name, path] of Object.entries(paths)) drawPath(name, path);
  const all = Object.values(paths);
  const missing = all.reduce((sum, path) => sum + Math.abs(missingOf(path)), 0);
  const verdict = document.getElementById("verdict");
  if (verdict) {
    write(verdict, missing === 0 ? t("verdict.all") : t("verdict.some", { n: missing }));
    set(verdict, "data-wrong", missing === 0 ? null : "");
  }
  drawAdvice(new Set(all.flatMap((path) => [...reasons(path.rejected), ...reasons(path.dropped)])));
}

/**
 * @param {string} name
 * @param {Path} path
 */
function drawPath(name, path) {
  const row = document.querySelector(`[data-path="${CSS.escape(name)}"]`);
  if (!row) return;
  const missing = missingOf(path);
  const texts = [
    whole(path.received), whole(path.stored), whole(path.buffered),
    byReason(path.rejected) || NO_VALUE, byReason(path.dropped) || NO_VALUE, whole(missing),
    t(missing === 0 ? "verdict.adds" : "verdict.missing"),
  ];
  set(row, "data-wrong", missing === 0 ? null : "");
  texts.forEach((text, i) => {
    const cell = row.children[i + 1];
    if (cell) write(cell, text);
  });
}

/** What to do is told for the reasons that have occurred. @param {Set<string>} occurred */
function drawAdvice(occurred) {
  for (const element of document.querySelectorAll("[data-loss]")) {
    const reason = element.getAttribute("data-loss") ?? "";
    set(element, "hidden", occurred.has(reason) ? null : "");
  }
  const nothing = document.getElementById("nothing");
  if (nothing) nothing.hidden = occurred.size > 0;
}

/** @param {Path} path */
function missingOf(path) {
  return path.received - path.stored - path.buffered - sum(path.rejected) - sum(path.dropped);
}

/** @param {Counts} counts */
const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);

/** @param {Counts} counts */
const reasons = (counts) => Object.keys(counts).filter((reason) => counts[reason]);

/** @param {Counts} counts */
function byReason(counts) {
  const ordered = Object.entries(counts).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
  return ordered.map(([reason, n]) => `${word(reason)} ${whole(n)}`).join(t("script.comma"));
}

/** @param {string} reason */
function word(reason) {
  const key = `loss.${reason.replaceAll(" ", "_")}`;
  const said = t(key);
  return said === key ? reason : said;
}
