// Acknowledging one alarm: what it is, a note, and a kind word when somebody was faster.

import { post } from "./api.js";
import { drawMark } from "./marks.js";
import { isUnseen, on, store, takeAlarms, tell } from "./store.js";
import { clock, language, t } from "./texts.js";

/** @typedef {import("./store.js").Alarm} Alarm */

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("acknowledge"));
const note = /** @type {HTMLTextAreaElement} */ (document.getElementById("note"));
const send = /** @type {HTMLButtonElement} */ (document.getElementById("send"));
const refused = /** @type {HTMLElement} */ (document.getElementById("refused"));

/** The alarm in the dialog, at the version that its reader has seen. @type {Alarm | null} */
let seen = null;

dialog?.querySelector("form")?.addEventListener("submit", (event) => {
  const by = /** @type {SubmitEvent} */ (event).submitter;
  if (by !== send) return;
  event.preventDefault();
  void acknowledge();
});
dialog?.addEventListener("close", () => {
  seen = null;
});
on("alarms", noticeChange);

/**
 * Open the dialog for an alarm.
 * @param {string} id
 * @param {string} place where it is, in words
 * @returns {boolean} whether it was opened; if not, the link leads to the alarm's own page
 */
export function openDialog(id, place) {
  const alarm = store.alarms.get(id);
  if (!dialog || !alarm) return false;
  note.value = "";
  const where = dialog.querySelector("[data-place]");
  if (where) where.textContent = place;
  show(alarm);
  say("");
  dialog.showModal();
  note.focus();
  return true;
}

/** @param {Alarm} alarm */
function show(alarm) {
  seen = alarm;
  drawMark(dialog?.querySelector(".mark") ?? null, alarm.priority_number, false);
  const text = dialog?.querySelector("[data-text]");
  const time = dialog?.querySelector("time");
  if (text) text.textContent = alarm.texts[language] ?? "";
  if (time) time.textContent = clock(Date.parse(alarm.since));
  send.disabled = !isUnseen(alarm);
}

/** The alarm changed under the reader's eyes: show it, keep the note, ask to look again. */
function noticeChange() {
  const now = seen && store.alarms.get(seen.id);
  if (!seen || !now || now.version === seen.version || send.dataset.sending) return;
  show(now);
  say(whatHappened(now));
}

/** @param {Alarm} alarm */
function whatHappened(alarm) {
  if (isUnseen(alarm)) return t("script.changed");
  if (!alarm.acknowledged_by) return t("script.over");
  const when = clock(Date.parse(alarm.acknowledged_at ?? "")).slice(11);
  return t("script.conflict", { who: alarm.acknowledged_by, when });
}

async function acknowledge() {
  if (!seen || send.dataset.sending) return;
  send.dataset.sending = "true";
  say(t("script.sending"));
  const path = `/api/v1/alarms/${encodeURIComponent(seen.id)}/acknowledge`;
  const answer = await post(path, { note: note.value, version: seen.version });
  delete send.dataset.sending;
  const alarm = answer.ok ? answer.body : answer.body.current;
  if (alarm) takeAlarms([alarm]);
  if (answer.ok) dialog?.close();
  else if (answer.status === 409 && alarm) {
    show(alarm);
    say(whatHappened(alarm));
  } else say(failure(answer));
  tell("alarms");
}

/** @param {import("./api.js").Answer} answer */
function failure(answer) {
  if (answer.status === 403) return t("script.forbidden");
  const why = answer.status ? String(answer.body.detail ?? answer.status) : t("script.offline");
  return t("script.failed", { why });
}

/** @param {string} text */
function say(text) {
  refused.textContent = text;
  refused.hidden = text === "";
}
