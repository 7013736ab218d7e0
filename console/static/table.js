// The table beside the chart: the same stretch of time in numbers, newest first.

import { stretches } from "./series.js";
import { clock, number } from "./texts.js";

const DAY_MS = 86400000;
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
    const shown = view.end - view.start >= DAY_MS ? time.slice(5, 16) : time.slice(11);
    [shown, ...texts].forEach((said, k) => {
      const cell = row.children[k];
      if (cell && cell.textContent !== said) cell.textContent = said;
    });
  });
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
