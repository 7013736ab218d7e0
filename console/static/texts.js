// What a page says by itself: texts, numbers, ages and times, as the server writes them.

const root = document.documentElement;

/** @type {Record<string, string>} */
const texts = JSON.parse(root.dataset.texts ?? "{}");

export const language = root.dataset.language === "en" ? "en" : "zh";

export const NO_VALUE = "—";

/**
 * The text of a key, with its {placeholders} filled.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * A value in its point's decimals.
 * @param {number | null | undefined} value
 * @param {number} decimals
 */
export function number(value, decimals) {
  if (value === null || value === undefined) return NO_VALUE;
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/**
 * An age in its largest whole unit.
 * @param {number | null | undefined} seconds
 */
export function age(seconds) {
  if (seconds === null || seconds === undefined) return NO_VALUE;
  if (seconds >= 86400) return t("age.days", { n: Math.floor(seconds / 86400) });
  if (seconds >= 3600) return t("age.hours", { n: Math.floor(seconds / 3600) });
  if (seconds >= 60) return t("age.minutes", { n: Math.floor(seconds / 60) });
  return t("age.seconds", { n: Math.floor(seconds) });
}

/**
 * A time that is left: hours up to three days, for 31 h says more than 1 d.
 * @param {number} seconds
 */
export function remaining(seconds) {
  const hours = Math.floor(seconds / 3600);
  return hours >= 1 && hours < 72 ? t("age.hours", { n: hours }) : age(seconds);
}

const grouped = new Intl.NumberFormat("en-US");

/**
 * A count with its thousands set apart.
 * @param {number} count
 */
export const whole = (count) => grouped.format(count);

const SIZES = /** @type {const} */ ([[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]);

/**
 * Bytes in the unit that suits them.
 * @param {number} bytes
 */
export function size(bytes) {
  const [unit, name] = SIZES.find(([each]) => bytes >= each) ?? [1, "B"];
  return `${(bytes / unit).toFixed(unit === 1 || bytes >= 100 * unit ? 0 : 1)} ${name}`;
}

const format = new Intl.DateTimeFormat("en-CA", {
  timeZone: root.dataset.timezone,
  year: "numeric", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
  hourCycle: "h23",
});

/**
 * The parts of a city time, 24 h: {year, month, day, hour, minute, second}.
 * @param {number} ms
 * @returns {Record<string, string>}
 */
export function parts(ms) {
  return Object.fromEntries(format.formatToParts(ms).map((p) => [p.type, p.value]));
}

/**
 * Date and time of day in the city.
 * @param {number} ms
 */
export function clock(ms) {
  const p = parts(ms);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`;
}

const REASONS = [
  "none", "comm", "timeout", "sensor", "config", "device", "gateway", "busy", "stale",
  "maintenance", "manual", "substituted", "out_of_range", "clock", "nan", "type", "waiting",
  "protocol", "late", "suspect", "out_of_service",
];

const SEVERITIES = ["good", "uncertain", "bad"];

/**
 * Severity of a quality byte: its two high bits.
 * @param {number} code
 */
export function severity(code) {
  return SEVERITIES[code >> 6] ?? "bad";
}

/**
 * A quality byte in words, or the empty string when it is good.
 * @param {number} code
 */
export function why(code) {
  return code >> 6 === 0 ? "" : t(`reason.${REASONS[code & 63] ?? "none"}`);
}
