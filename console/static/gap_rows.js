// Below the chart: the gaps of all points as rows, and how much of what was due came.

import { write } from "./cells.js";
import { age, clock, t } from "./texts.js";

/** @typedef {import("./series.js").Rows} Rows */

const MOST = 50;

const body = document.querySelector("#gaps tbody");
const notes = document.getElementById("gap-notes");
const row = /** @type {HTMLTemplateElement | null} */ (document.getElementById("gap-row"));
const titles = [...document.querySelectorAll(".chosen [data-title]")].map((e) => e.textContent ?? "");
const shares = [...document.querySelectorAll(".chosen [data-captured]")];

/**
 * Write the gaps of what is in view, newest first.
 * @param {Rows[]} all
 */
export function drawGapRows(all) {
  const gaps = all.flatMap((rows, i) => rows.gaps.map((gap) => ({ ...gap, title: titles[i] ?? "" })));
  gaps.sort((a, b) => b.start - a.start);
  const lines = gaps.slice(0, MOST).map((gap) =>
    line([clock(gap.start), clock(gap.end), length(gap), t(`reason.${gap.reason}`), gap.title]),
  );
  body?.replaceChildren(...lines.filter((each) => each !== null));
  const region = /** @type {HTMLElement | null | undefined} */ (body?.closest(".scroll"));
  if (region) region.hidden = gaps.length === 0;
  if (notes) write(notes, said(gaps.length, Math.max(...all.map((rows) => rows.step))));
  shares.forEach((element, i) => write(element, share(all[i]?.captured ?? null)));
}

/** @param {import("./series.js").Gap} gap */
const length = (gap) => age((gap.end - gap.start) / 1000);

/**
 * @param {string[]} texts
 * @returns {any}
 */
function line(texts) {
  const made = row?.content.firstElementChild?.cloneNode(true);
  if (!(made instanceof Element)) return null;
  texts.forEach((text, i) => {
    const cell = made.children[i];
    if (cell) cell.textContent = text;
  });
  return made;
}

/**
 * @param {number} gaps
 * @param {number} stepMs
 */
function said(gaps, stepMs) {
  const found = [];
  if (gaps === 0) found.push(t("script.no_gaps"));
  if (gaps > MOST) found.push(t("script.more_gaps", { n: gaps - MOST }));
  if (stepMs) found.push(t("script.finest", { step: age(stepMs / 1000) }));
  return found.join(" ");
}

/**
 * Never rounded up to all of it.
 * @param {number | null} part
 */
function share(part) {
  if (part === null) return "";
  return t("script.captured", { share: (Math.floor(part * 1000) / 10).toFixed(1) });
}
