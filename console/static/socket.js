// One WebSocket a page: subscribe, read frames, come back after a loss without reloading.

import { ask } from "./api.js";
import { store, takeAlarms, tell } from "./store.js";

const DEAD_MS = 5000;
const SILENT_MS = 8000;
const PAUSES_MS = [300, 600, 1000, 1500, 2000];
const LOGIN_ENDED = 4401;

/** @type {WebSocket | null} */
let socket = null;
/** @type {string[]} */
let order = [];
/** @type {string[]} */
let wanted = [];
let failures = 0;
let heardAt = performance.now();

/**
 * Show these points, and keep at it.
 * @param {string[]} names
 */
export function follow(names) {
  wanted = names;
  open();
  setInterval(watch, 500);
}

function open() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = new WebSocket(`${scheme}//${location.host}/api/v1/live`);
  socket = mine;
  mine.onopen = () => mine.send(JSON.stringify({ subscribe: wanted }));
  mine.onmessage = (event) => mine === socket && hear(JSON.parse(event.data));
  mine.onclose = (event) => mine === socket && lost(event.code);
}

/** @param {number} code */
function lost(code) {
  socket = null;
  if (code === LOGIN_ENDED) {
    change("ended");
    return;
  }
  if (store.link !== "silent") change("off");
  setTimeout(open, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]);
  failures += 1;
}

/** A link that says nothing is as bad as none: frames come every second. */
function watch() {
  if (store.link === "ended") return;
  const silence = performance.now() - heardAt;
  if (silence > SILENT_MS && store.link !== "silent") change("silent");
  if (silence > DEAD_MS && socket?.readyState === WebSocket.OPEN) {
    const dead = socket;
    socket = null;
    dead.close();
    lost(0);
  }
}

/** @param {any} message */
function hear(message) {
  heardAt = performance.now();
  failures = 0;
  if (message.order) joined(message);
  else if (message.alarms) alarmsChanged(message.alarms);
  else frame(message);
}

/** @param {{boot: string, fingerprint: string, build: string, order: string[]}} hello */
function joined(hello) {
  order = hello.order;
  store.changed = hello.fingerprint !== store.fingerprint;
  store.boot = hello.boot;
  if (hello.build !== store.build) reloadWhenIdle();
  change("live");
  void refetchAlarms();
  tell("joined");
}

/** New scripts need a new page, but nobody's half-typed note is thrown away for that. */
function reloadWhenIdle() {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) dialog.addEventListener("close", () => location.reload());
  else location.reload();
}

/** @param {{t: number, v: (number | null)[], q: number[], a: (number | null)[]}} message */
function frame(message) {
  store.cityMs = message.t;
  order.forEach((name, i) => {
    store.readings.set(name, {
      value: message.v[i] ?? null, quality: message.q[i] ?? 255, age: message.a[i] ?? null,
    });
  });
  if (store.link !== "live") change("live");
  tell("frame");
}

/** @param {{counts: import("./store.js").Counts, changed: import("./store.js").Alarm[] | null}} news */
function alarmsChanged(news) {
  store.counts = news.counts;
  if (news.changed) {
    takeAlarms(news.changed);
    tell("alarms");
  } else void refetchAlarms();
}

/** What changed while nobody listened. */
async function refetchAlarms() {
  for (const state of ["active", "unacknowledged"]) {
    const answer = await ask(`/api/v1/alarms?state=${state}&limit=1000`);
    if (answer.ok) takeAlarms(answer.body.items);
  }
  tell("alarms");
}

/** @param {import("./store.js").Link} link */
function change(link) {
  store.link = link;
  tell("link");
}
