// Behind the lines: where a point had no usable value, hatched over the whole height.

import { COLOURS } from "./chart.js";

const GROUND = "#c0c6c966";
const PITCH = 9;
const NARROWEST = 2;

/**
 * @param {any} u the chart
 * @param {import("./series.js").Rows[]} all
 */
export function drawGaps(u, all) {
  const { left, top, width, height } = u.bbox;
  all.forEach((rows, i) => {
    for (const gap of rows.gaps) {
      const from = Math.max(left, u.valToPos(gap.start, "x", true));
      const to = Math.min(left + width, u.valToPos(gap.end, "x", true));
      if (to <= left || from >= left + width) continue;
      const wide = Math.max(NARROWEST * devicePixelRatio, to - from);
      hatch(u.ctx, { x: from, y: top, wide, high: height }, COLOURS[i] ?? "#000", i % 2 === 1);
    }
  });
}

/**
 * Slanted lines, upwards for every other point: not by colour alone.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{x: number, y: number, wide: number, high: number}} box
 * @param {string} colour
 * @param {boolean} upwards
 */
function hatch(ctx, box, colour, upwards) {
  const pitch = PITCH * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x, box.y, box.wide, box.high);
  ctx.clip();
  ctx.fillStyle = GROUND;
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.35;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  // Begun at multiples of the pitch, so that the lines of neighbouring gaps meet.
  const first = Math.floor((box.x - box.high) / pitch) * pitch;
  for (let x = first; x < box.x + box.wide; x += pitch) {
    ctx.moveTo(x, upwards ? box.y + box.high : box.y);
    ctx.lineTo(x + box.high, upwards ? box.y : box.y + box.high);
  }
  ctx.stroke();
  ctx.restore();
}
