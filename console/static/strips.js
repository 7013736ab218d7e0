// Below the lines, one strip a point: where its values were doubtful or missing.

import { COLOURS } from "./chart.js";

const HIGH = 4;

/**
 * @param {any} u the chart
 * @param {import("./series.js").Rows[]} all
 */
export function drawQuality(u, all) {
  const ratio = devicePixelRatio;
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  all.forEach((rows, i) => {
    const y = top + height - (all.length - i) * (HIGH + 2) * ratio;
    for (const run of runs(rows)) {
      const from = u.valToPos(run.from, "x", true);
      const to = Math.max(from + 2 * ratio, u.valToPos(run.to, "x", true));
      hatch(u.ctx, from, y, to - from, HIGH * ratio, COLOURS[i] ?? "#000", run.bad);
    }
  });
  u.ctx.restore();
}

/**
 * Stretches whose quality is not good: uncertain or bad.
 * @param {import("./series.js").Rows} rows
 */
export function runs(rows) {
  /** @type {{from: number, to: number, bad: boolean}[]} */
  const found = [];
  rows.worst.forEach((code, i) => {
    const grade = code >> 6;
    if (grade === 0) return;
    const from = rows.x[i] ?? 0;
    const to = rows.x[i + 1] ?? from;
    const last = found.at(-1);
    if (last && last.to === from && last.bad === grade > 1) last.to = to;
    else found.push({ from, to, bad: grade > 1 });
  });
  return found;
}

/**
 * Bad is filled, uncertain is slanted lines: not by colour alone.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} wide
 * @param {number} high
 * @param {string} colour
 * @param {boolean} filled
 */
function hatch(ctx, x, y, wide, high, colour, filled) {
  ctx.fillStyle = ctx.strokeStyle = colour;
  if (filled) {
    ctx.fillRect(x, y, wide, high);
    return;
  }
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let at = x; at < x + wide; at += high) {
    ctx.moveTo(at, y + high);
    ctx.lineTo(Math.min(at + high, x + wide), y);
  }
  ctx.stroke();
}
