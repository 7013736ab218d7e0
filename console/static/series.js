// What the server sends of a point's past, and what comes in live, as rows of a chart. Pure.

/** A stretch without a usable value, ms. @typedef {{start: number, end: number, reason: string}} Gap */
/**
 * One point's rows, ascending in time; null is a gap. What is shorter than step is not told apart.
 * @typedef {{x: number[], y: (number | null)[], worst: number[], decimals: number, unit: string,
 *   gaps: Gap[], captured: number | null, step: number}} Rows
 */

const SHAPE = [
  ["first", 0], ["min", 0.25], ["max", 0.5], ["last", 0.75],
];

const BAD = 2;

/**
 * The rows of a trend answer. A column becomes four rows inside its own pixel, so that the line
 * touches its first, least, most and last value.
 * @param {any} trend
 * @returns {Rows}
 */
export function rowsOf(trend) {
  const { decimals, unit, gaps, captured, step_ms: step } = trend;
  const rows = { x: [], y: [], worst: [], decimals, unit, gaps, captured, step };
  if (trend.kind === "raw") return { ...rows, x: trend.time, y: trend.first, worst: trend.worst };
  trend.time.forEach((/** @type {number} */ time, /** @type {number} */ i) => {
    for (const [name, part] of SHAPE) {
      add(rows, time + trend.step_ms * Number(part), trend[String(name)][i], trend.worst[i]);
    }
  });
  return rows;
}

/**
 * @param {any} rows
 * @param {number} x
 * @param {number | null} y
 * @param {number} worst
 */
function add(rows, x, y, worst) {
  rows.x.push(x);
  rows.y.push(y);
  rows.worst.push(worst);
}

/**
 * Add a live reading if it is newer than the last row.
 * @param {Rows} rows
 * @param {import("./store.js").Reading} reading
 * @param {number} nowMs
 * @returns {boolean} whether it was added
 */
export function extend(rows, reading, nowMs) {
  if (reading.age === null) return false;
  const time = nowMs - reading.age * 1000;
  // Ages are rounded to 0.1 s of city time; the same sample must not be added twice.
  if (time <= (rows.x.at(-1) ?? 0) + 200) return false;
  add(rows, time, reading.quality >> 6 >= BAD ? null : reading.value, reading.quality);
  return true;
}

/**
 * Forget what is older than the chart's left edge.
 * @param {Rows} rows
 * @param {number} startMs
 */
export function forget(rows, startMs) {
  const first = rows.x.findIndex((x) => x >= startMs);
  if (first < 1000) return;
  for (const column of [rows.x, rows.y, rows.worst]) column.splice(0, first - 1);
}

/**
 * The row nearest to a time, or -1 when there is none.
 * @param {Rows} rows
 * @param {number} time
 */
export function nearest(rows, time) {
  let low = 0;
  let high = rows.x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows.x[middle] ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return rows.x.length ? 0 : -1;
  const before = time - (rows.x[low - 1] ?? -Infinity);
  const after = (rows.x[low] ?? Infinity) - time;
  return after < before ? low : low - 1;
}

/**
 * Least and most in each of n stretches of a view, oldest first; null where there is nothing.
 * @param {Rows} rows
 * @param {number} start
 * @param {number} end
 * @param {number} n
 * @returns {([number, number] | null)[]}
 */
export function stretches(rows, start, end, n) {
  /** @type {([number, number] | null)[]} */
  const found = Array.from({ length: n }, () => null);
  rows.x.forEach((x, i) => {
    const y = rows.y[i];
    if (y === null || y === undefined || x < start || x > end) return;
    const at = Math.min(n - 1, Math.floor(((x - start) / (end - start)) * n));
    const here = found[at];
    found[at] = here ? [Math.min(here[0], y), Math.max(here[1], y)] : [y, y];
  });
  return found;
}
