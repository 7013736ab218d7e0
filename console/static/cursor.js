// Reading the chart with the keyboard, and saying the values at the cursor.

import { nearest } from "./series.js";
import { clock, number } from "./texts.js";

const STEP = 10;
const TOP = 10;

/**
 * What a key asks for.
 * @param {KeyboardEvent} event
 * @param {any} plot
 * @param {{start: number, end: number}} view
 * @param {{zoom: (start: number, end: number) => void, whole: () => void}} heard
 */
export function key(event, plot, view, heard) {
  const width = plot.over.clientWidth;
  const left = plot.cursor.left >= 0 ? plot.cursor.left : width / 2;
  const half = (view.end - view.start) / 2;
  const middle = plot.posToVal(left, "x");
  if (event.key === "ArrowLeft") plot.setCursor({ left: Math.max(0, left - STEP), top: TOP });
  else if (event.key === "ArrowRight") plot.setCursor({ left: Math.min(width, left + STEP), top: TOP });
  else if (event.key === "+" || event.key === "=") heard.zoom(middle - half / 2, middle + half / 2);
  else if (event.key === "-") heard.zoom(middle - half * 2, middle + half * 2);
  else if (event.key === "Escape") heard.whole();
  else return;
  event.preventDefault();
}

/**
 * The values nearest to a time, in words.
 * @param {import("./series.js").Rows[]} all
 * @param {number} time
 */
export function valuesAt(all, time) {
  const values = all.map((rows) => {
    const row = nearest(rows, time);
    return `${number(row < 0 ? null : rows.y[row], rows.decimals)} ${rows.unit}`.trim();
  });
  return [clock(time), ...values].join("   ");
}
