// The axes of the chart: 24 h city time below, one scale a unit at the sides.

import { number, parts } from "./texts.js";

/** @typedef {import("./series.js").Rows} Rows */

const INK = "#4c565c";
const GRID = { stroke: "#d3d8db", width: 1 };
const DAY_MS = 86400000;
const MINUTE_MS = 60000;

/**
 * @param {Rows[]} all
 * @param {string[]} units
 */
export function axesOf(all, units) {
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const common = { stroke: INK, font, grid: GRID, ticks: { ...GRID, size: 5 } };
  const sides = units.map((unit, i) => ({
    ...common,
    scale: unit || "1",
    side: i === 0 ? 3 : 1,
    label: unit,
    labelFont: font,
    labelSize: 20,
    size: 62,
    grid: { ...GRID, show: i === 0 },
    values: (/** @type {any} */ _, /** @type {number[]} */ splits) => axisNumbers(all, unit, splits),
  }));
  return [{ ...common, space: 90, values: times }, ...sides];
}

/**
 * As many decimals as the distance of the splits needs, at most those of the point.
 * @param {Rows[]} all
 * @param {string} unit
 * @param {number[]} splits
 */
function axisNumbers(all, unit, splits) {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0)) || 1;
  const most = Math.max(...all.filter((rows) => rows.unit === unit).map((rows) => rows.decimals));
  const needed = decimalsOf(step, most + 1);
  return splits.map((value) => number(value, needed));
}

/**
 * As many decimals as write a number without rounding it: two for 0.05, three for 0.025.
 * @param {number} step
 * @param {number} most
 */
function decimalsOf(step, most) {
  for (let decimals = 0; decimals < most; decimals += 1) {
    const scaled = step * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return decimals;
  }
  return most;
}

/**
 * 24 h times; the date at midnight and on the first tick.
 * @param {any} _
 * @param {number[]} splits
 * @param {number} __
 * @param {number} ___
 * @param {number} step
 */
function times(_, splits, __, ___, step) {
  return splits.map((ms, i) => {
    const p = parts(ms);
    const date = `${p.month}-${p.day}`;
    if (step >= DAY_MS) return i === 0 || p.year !== parts(splits[i - 1] ?? ms).year ? `${date}\n${p.year}` : date;
    const time = step >= MINUTE_MS ? `${p.hour}:${p.minute}` : `${p.hour}:${p.minute}:${p.second}`;
    return i === 0 || time.startsWith("00:00") ? `${time}\n${date}` : time;
  });
}
