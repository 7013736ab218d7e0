// The trend page: fetches the past, adds the present, zooms, and says values at the cursor.

import { ask } from "./api.js";
import { aligned, drawChart } from "./chart.js";
import { start } from "./frame.js";
import { offerPoints } from "./search.js";
import { extend, forget, nearest, rowsOf } from "./series.js";
import { on, store } from "./store.js";
import { drawTable } from "./table.js";
import { clock, number, t } from "./texts.js";

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

offerPoints();
start(points);
if (box) {
  on("joined", () => void (store.cityMs && load()));
  on("frame", live);
  box.addEventListener("keydown", key);
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
  draw(from, to);
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
  if (frames % REFETCH_EVERY === 0) void load();
}

/**
 * @param {number} from
 * @param {number} to
 */
function zoom(from, to) {
  if (to - from < 1000) return;
  zoomed = { start: from, end: to };
  draw(from, to);
  void load();
}

function showWhole() {
  zoomed = null;
  void load();
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (!plot) return;
  const width = plot.over.clientWidth;
  const left = plot.cursor.left >= 0 ? plot.cursor.left : width / 2;
  const half = (view.end - view.start) / 2;
  const middle = plot.posToVal(left, "x");
  if (event.key === "ArrowLeft") plot.setCursor({ left: Math.max(0, left - 10), top: 10 });
  else if (event.key === "ArrowRight") plot.setCursor({ left: Math.min(width, left + 10), top: 10 });
  else if (event.key === "+" || event.key === "=") zoom(middle - half / 2, middle + half / 2);
  else if (event.key === "-") zoom(middle - half * 2, Math.min(middle + half * 2, store.cityMs));
  else if (event.key === "Escape") showWhole();
  else return;
  event.preventDefault();
}

/**
 * Say the values nearest to a time.
 * @param {number | null} time
 */
function say(time) {
  if (!reading) return;
  if (time === null) {
    reading.textContent = "";
    return;
  }
  const values = all.map((rows) => {
    const row = nearest(rows, time);
    return `${number(row < 0 ? null : rows.y[row], rows.decimals)} ${rows.unit}`.trim();
  });
  reading.textContent = [clock(time), ...values].join("   ");
}
