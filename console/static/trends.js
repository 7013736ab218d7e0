// The trend page: fetches the past, adds the present, zooms, and says values at the cursor.

import { ask } from "./api.js";
import { aligned, drawChart } from "./chart.js";
import { key, valuesAt } from "./cursor.js";
import { start } from "./frame.js";
import { drawGapRows } from "./gap_rows.js";
import { offerPoints } from "./search.js";
import { extend, forget, rowsOf } from "./series.js";
import { on, store } from "./store.js";
import { drawTable } from "./table.js";
import { t } from "./texts.js";

/** @typedef {import("./series.js").Rows} Rows */

const box = document.getElementById("chart");
const reading = document.getElementById("reading");
const whole = document.getElementById("whole");
const points = (box?.dataset.points ?? "").split(" ").filter(Boolean);
/** The table is for reading: it does not change every second. */
const TABLE_EVERY = 10;
/** Between two frames there may be more samples than one, a spike among them. */
const REFETCH_EVERY = 30;
const spanMs = Number(box?.dataset.span ?? 0);

const view = { start: 0, end: 0 };
/** Where the reader has zoomed to; null follows the present. @type {{start: number, end: number} | null} */
let zoomed = null;
/** One for each point; the chart holds the same array, so it is changed in place. @type {Rows[]} */
const all = [];
/** @type {any} */
let plot = null;
let asked = 0;
let frames = 0;
/** Up to which city time, ms, the past has been fetched. */
let fetched = 0;

offerPoints();
start(points);
if (box) {
  on("joined", () => void (store.cityMs && load()));
  on("frame", live);
  box.addEventListener("keydown", (event) => void (plot && key(event, plot, view, { zoom, whole: showWhole })));
  whole?.addEventListener("click", showWhole);
}

/** Fetch the stretch in view, thinned to the chart's pixels; the newest question counts. */
async function load() {
  const mine = (asked += 1);
  const { start: from, end: to } = zoomed ?? { start: store.cityMs - spanMs, end: store.cityMs };
  const columns = Math.max(100, Math.round((box?.clientWidth ?? 800) * devicePixelRatio));
  const range = `from=${iso(from)}&to=${iso(to)}&columns=${Math.min(columns, 5000)}`;
  const answers = await Promise.all(
    points.map((point) => ask(`/api/v1/trends?point=${encodeURIComponent(point)}&${range}`)),
  );
  if (mine !== asked || answers.some((answer) => !answer.ok)) return;
  all.splice(0, all.length, ...answers.map((answer) => rowsOf(answer.body)));
  fetched = to;
  draw(from, to);
  drawGapRows(all);
}

/** @param {number} ms */
const iso = (ms) => encodeURIComponent(new Date(ms).toISOString());

/**
 * @param {number} from
 * @param {number} to
 */
function draw(from, to) {
  view.start = from;
  view.end = to;
  if (!box) return;
  if (plot) plot.setData(aligned(all));
  else plot = drawChart(box, all, view, { zoom, whole: showWhole, cursor: say });
  if (whole) whole.hidden = zoomed === null;
  if (reading && all.every((rows) => rows.x.length === 0)) reading.textContent = t("script.nothing");
  drawTable(all, view);
  box.dataset.drawn = String(all.reduce((sum, rows) => sum + rows.x.length, 0));
}

/** A frame came in: the newest reading of each point becomes a row. */
function live() {
  if (asked === 0) void load();
  if (!plot) return;
  const added = all.map((rows, i) => {
    const now = store.readings.get(points[i] ?? "");
    return now ? extend(rows, now, store.cityMs) : false;
  });
  if (zoomed) return;
  view.end = store.cityMs;
  view.start = store.cityMs - spanMs;
  if (added.includes(true)) all.forEach((rows) => forget(rows, view.start));
  plot.setData(aligned(all));
  frames += 1;
  if (frames % TABLE_EVERY === 0) drawTable(all, view);
  if (frames % REFETCH_EVERY === 0 && anotherColumn()) void load();
}

/** Whether the city's time has gone on by a column since the past was fetched. */
function anotherColumn() {
  return store.cityMs - fetched >= Math.max(...all.map((rows) => rows.step));
}

/**
 * @param {number} from
 * @param {number} to
 */
function zoom(from, to) {
  const end = Math.min(to, store.cityMs);
  if (end - from < 1000) return;
  zoomed = { start: from, end };
  draw(from, end);
  void load();
}

function showWhole() {
  zoomed = null;
  void load();
}

/**
 * Say the values nearest to a time.
 * @param {number | null} time
 */
function say(time) {
  if (reading) reading.textContent = time === null ? "" : valuesAt(all, time);
}
