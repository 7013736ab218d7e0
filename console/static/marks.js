// The mark of a priority: colour, shape and number, so that none of them is needed alone.

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<number, () => SVGElement>} */
const SHAPES = {
  1: () => shape("rect", { x: -9, y: -9, width: 18, height: 18 }),
  2: () => shape("path", { d: "M0-9.5 10 8.5H-10Z" }),
  3: () => shape("path", { d: "M0-10 10 0 0 10-10 0Z" }),
  4: () => shape("circle", { r: 9 }),
};

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/**
 * Draw the mark of a priority into an empty or used svg.mark.
 * @param {Element | null} svg
 * @param {number} priority
 * @param {boolean} unseen
 */
export function drawMark(svg, priority, unseen) {
  if (!svg) return;
  svg.setAttribute("class", `mark p${priority}${unseen ? " unseen" : ""}`);
  const text = shape("text", { y: priority === 2 ? 6 : 4.5 });
  text.textContent = String(priority);
  const form = (SHAPES[priority] ?? SHAPES[4])?.();
  svg.replaceChildren(...(form ? [form, text] : [text]));
}
