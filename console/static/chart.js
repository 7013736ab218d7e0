// The chart: uPlot, with the city's clock, one scale a unit, gaps, limits and a quality strip.

import uPlot from "../vendor/uPlot.esm.js";
import { axesOf } from "./axes.js";
import { drawGaps } from "./gaps.js";
import { drawQuality } from "./strips.js";

/** @typedef {import("./series.js").Rows} Rows */
/** @typedef {{start: number, end: number}} View */

export const COLOURS = ["#1d2428", "#0b61a4", "#8a4b00", "#0d7263", "#7a2f6d"];
const DASHES = [[], [8, 4], [], [8, 4], [2, 3]];
/** How uPlot joins nulls: as they are, or over the rows around them that only others have. */
const RETAIN = 1;
const EXPAND = 2;

/**
 * Draw a chart.
 * @param {HTMLElement} box
 * @param {Rows[]} all one for each point
 * @param {View} view shared with the caller, who moves it
 * @param {{zoom: (start: number, end: number) => void, whole: () => void,
 *   cursor: (time: number | null) => void}} heard
 */
export function drawChart(box, all, view, heard) {
  const units = [...new Set(all.map((rows) => rows.unit))];
  const plot = new uPlot(
    {
      ...size(box),
      ms: 1,
      tzDate: (ms) => uPlot.tzDate(new Date(ms), document.documentElement.dataset.timezone ?? "UTC"),
      legend: { show: false },
      padding: [12, 24, 0, 0],
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { size: 7 },
        bind: { dblclick: () => () => (heard.whole(), null) },
      },
      scales: scalesOf(units, view),
      axes: axesOf(all, units),
      series: [{}, ...all.map(seriesOf)],
      hooks: {
        drawClear: [(u) => drawGaps(u, all)],
        draw: [(u) => drawQuality(u, all)],
        setSelect: [(u) => selected(u, heard.zoom)],
        setCursor: [(u) => heard.cursor(u.cursor.left != null && u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") : null)],
      },
    },
    aligned(all),
    box,
  );
  new ResizeObserver(() => plot.setSize(size(box))).observe(box);
  return plot;
}

/**
 * Rows of all points over one axis: null is a gap, undefined is no row of this point here.
 * @param {Rows[]} all
 * @returns {any}
 */
export function aligned(all) {
  // A point's gap takes in the rows of other points within it; else its line would run through.
  return uPlot.join(all.map((rows) => [rows.x, rows.y]), all.map(() => [RETAIN, EXPAND]));
}

/** @param {HTMLElement} box */
const size = (box) => ({ width: box.clientWidth, height: box.clientHeight });

/**
 * @param {string[]} units
 * @param {View} view
 */
function scalesOf(units, view) {
  /** @type {Record<string, any>} */
  const scales = { x: { time: true, range: () => [view.start, view.end] } };
  for (const unit of units) {
    scales[unit || "1"] = {
      range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) =>
        low === null ? [0, 1] : uPlot.rangeNum(low, high, 0.12, true),
    };
  }
  return scales;
}

/**
 * @param {Rows} rows
 * @param {number} i
 */
function seriesOf(rows, i) {
  return {
    scale: rows.unit || "1",
    stroke: COLOURS[i],
    width: 1.6,
    dash: DASHES[i],
    gaps: (/** @type {uPlot} */ u, /** @type {number} */ _, /** @type {number} */ __, /** @type {number} */ ___, /** @type {[number, number][]} */ nulls) =>
      broken(nulls, silences(u, rows)),
  };
}

/**
 * Where a point was silent there may be no row at all: its line breaks there, too. Pixels.
 * @param {uPlot} u
 * @param {Rows} rows
 * @returns {[number, number][]}
 */
function silences(u, rows) {
  const pixel = (/** @type {number} */ time) => Math.round(u.valToPos(time, "x", true));
  return rows.gaps.map((gap) => [pixel(gap.start), pixel(gap.end)]);
}

/**
 * Stretches in ascending order and none within another, as uPlot clips by them.
 * @param {[number, number][]} nulls
 * @param {[number, number][]} silent
 */
export function broken(nulls, silent) {
  const ordered = [...nulls, ...silent].sort((a, b) => a[0] - b[0]);
  /** @type {[number, number][]} */
  const merged = [];
  for (const [from, to] of ordered) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/**
 * @param {uPlot} u
 * @param {(start: number, end: number) => void} zoom
 */
function selected(u, zoom) {
  if (u.select.width < 4) return;
  zoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
