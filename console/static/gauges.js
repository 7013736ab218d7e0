// Moving-analog bars, the marks of the map, and the water in the reservoirs.

/**
 * Move whatever shows a cell's value as a place.
 * @param {Element} cell
 * @param {number | null} value null when there is nothing to show
 */
export function drawGauge(cell, value) {
  if (cell.classList.contains("bar")) drawBar(cell, value);
  else if (cell.classList.contains("pressure_node")) drawNode(cell, value);
  else if (cell.hasAttribute("data-level")) drawLevel(cell, value);
}

/**
 * Where a value stands on a scale "start end", 0 to 1.
 * @param {string | null} scale
 * @param {number} value
 */
export function share(scale, value) {
  const [start = 0, end = 1] = (scale ?? "0 1").split(" ").map(Number);
  return Math.min(1, Math.max(0, (value - start) / (end - start)));
}

/**
 * @param {Element} bar
 * @param {number | null} value
 */
function drawBar(bar, value) {
  const pointer = bar.querySelector(".pointer");
  const wide = Number(bar.getAttribute("data-wide"));
  place(pointer, value, (v) => `translate(${(share(bar.getAttribute("data-bar"), v) * wide).toFixed(1)} 0)`);
}

/**
 * @param {Element} node
 * @param {number | null} value
 */
function drawNode(node, value) {
  const pointer = node.querySelector(".pointer");
  const scale = pointer?.getAttribute("data-bar") ?? null;
  place(pointer, value, (v) => `translate(0 ${(17 - 34 * share(scale, v)).toFixed(1)})`);
}

/**
 * @param {Element | null} pointer
 * @param {number | null} value
 * @param {(value: number) => string} where
 */
function place(pointer, value, where) {
  if (!pointer) return;
  pointer.setAttribute("visibility", value === null ? "hidden" : "inherit");
  if (value !== null) pointer.setAttribute("transform", where(value));
}

/**
 * @param {Element} tank
 * @param {number | null} value
 */
function drawLevel(tank, value) {
  const water = tank.querySelector(".water");
  if (!water) return;
  const high = value === null ? 0 : 100 * share(tank.getAttribute("data-level"), value);
  water.setAttribute("y", (102 - high).toFixed(1));
  water.setAttribute("height", high.toFixed(1));
}
