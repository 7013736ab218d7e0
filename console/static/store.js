// The only state of a page: what the city said last. Everything else listens.

/** @typedef {{value: number | null, quality: number, age: number | null}} Reading */
/**
 * @typedef {{id: string, rule: string, point: string, priority: string, priority_number: number,
 *   state: string, stale: boolean, since: string, value: number | null, limit: number | null,
 *   unit: string, decimals: number, texts: Record<string, string>,
 *   place: Record<string, string>, acknowledged_by: string | null,
 *   acknowledged_at: string | null, note: string | null, version: number}} Alarm
 */
/** @typedef {Record<string, {active: number, unacknowledged: number}>} Counts */
/** @typedef {"none" | "live" | "off" | "silent" | "ended"} Link */
/** @typedef {"frame" | "alarms" | "joined" | "link"} Occasion */

const root = document.documentElement;

export const store = {
  /** @type {Map<string, Reading>} */
  readings: new Map(),
  /** Open alarms, and those of the list that this page has seen close. @type {Map<string, Alarm>} */
  alarms: new Map(),
  /** @type {Counts | null} */
  counts: null,
  /** City time of the newest frame, ms. */
  cityMs: 0,
  link: /** @type {Link} */ ("none"),
  boot: root.dataset.boot ?? "",
  build: root.dataset.build ?? "",
  fingerprint: root.dataset.fingerprint ?? "",
  /** The points or sites are not those of this page any more. */
  changed: false,
};

/** @type {Record<Occasion, Set<() => void>>} */
const listeners = { frame: new Set(), alarms: new Set(), joined: new Set(), link: new Set() };

/**
 * Be called on every occasion of one kind.
 * @param {Occasion} occasion
 * @param {() => void} listener
 */
export function on(occasion, listener) {
  listeners[occasion].add(listener);
}

/** @param {Occasion} occasion */
export function tell(occasion) {
  for (const listener of listeners[occasion]) listener();
}

/** @param {Alarm} alarm */
export const isActive = (alarm) => alarm.state.startsWith("active");

/** @param {Alarm} alarm */
export const isUnseen = (alarm) => alarm.state.endsWith("unacknowledged");

/** @param {Alarm} alarm */
export const isOpen = (alarm) => alarm.state !== "normal";

/**
 * Take alarms in; older versions than known are ignored.
 * @param {Iterable<Alarm>} alarms
 */
export function takeAlarms(alarms) {
  for (const alarm of alarms) {
    const known = store.alarms.get(alarm.id);
    if (!known || known.version <= alarm.version) store.alarms.set(alarm.id, alarm);
  }
}

/**
 * By point: the worst priority of its open alarms, and whether one of them is unseen.
 * @returns {Map<string, {priority: number, unseen: boolean}>}
 */
export function marks() {
  const found = new Map();
  for (const alarm of store.alarms.values()) {
    if (!isOpen(alarm)) continue;
    const mark = found.get(alarm.point) ?? { priority: 9, unseen: false };
    mark.priority = Math.min(mark.priority, alarm.priority_number);
    mark.unseen ||= isUnseen(alarm);
    found.set(alarm.point, mark);
  }
  return found;
}
