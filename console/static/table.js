// The table beside the chart: the same stretch of time in numbers, newest first.

import { stretches } from "./series.js";
import { clock, number } from "./texts.js";

const DAY_MS = 86400000;
const LONG_MS = 90 * DAY_MS;
const body = document.querySelector("#values tbody");

/**
 * Write the table anew, keeping its rows.
 * @param {import("./series.js").Rows[]} all
 * @param {{start: number, end: number}} view
 */
export function drawTable(all, view) {
  if (!body) return;
  const n = body.children.length;
  const columns = all.map((rows) => stretches(rows, view.start, view.end, n));
  const step = (view.end - view.start) / n;
  [...body.children].forEach((row, i) => {
    const at = n - 1 - i;
    const time = clock(view.start + at * step);
    const texts = columns.map((column, k) => text(column[at] ?? null, all[k]?.decimals ?? 0));
    const shown = short(time, view.end - view.start);
    [shown, ...texts].forEach((said, k) => {
      const cell = row.children[k];
      if (cell && cell.textContent !== said) cell.textContent = said;
    });
  });
}

/**
 * As much of a time as tells the rows apart.
 * @param {string} time
 * @param {number} span
 */
function short(time, span) {
  if (span >= LONG_MS) return time.slice(0, 10);
  return span >= DAY_MS ? time.slice(5, 16) : time.slice(11);
}

/**
 * @param {[number, number] | null} stretch
 * @param {number} decimals
 */
function text(stretch, decimals) {
  if (!stretch) return number(null, 0);
  const [least, most] = stretch.map((value) => number(value, decimals));
  return least === most ? String(least) : `${least} – ${most}`;
}
