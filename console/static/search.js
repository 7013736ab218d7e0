// Finding a point: what is typed is looked for in names and titles, similar names included.

import { ask } from "./api.js";

const PAUSE_MS = 150;
const MOST = 12;

const input = /** @type {HTMLInputElement | null} */ (document.getElementById("point"));
const found = document.getElementById("found");

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;

export function offerPoints() {
  input?.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void look(), PAUSE_MS);
  });
}

async function look() {
  const typed = input?.value.trim() ?? "";
  if (typed === "") return;
  const answer = await ask(`/api/v1/points?search=${encodeURIComponent(typed)}&limit=${MOST}`);
  if (!answer.ok || typed !== input?.value.trim()) return;
  found?.replaceChildren(...answer.body.items.map(option));
}

/** @param {{name: string, title: string, unit: string}} point */
function option(point) {
  const element = document.createElement("option");
  element.value = point.name;
  element.label = `${point.title}${point.unit ? ` (${point.unit})` : ""}`;
  return element;
}
