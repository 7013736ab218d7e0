// How journal and stores stand, in the words of the data accounts.

import { put, set, write } from "./cells.js";
import { age, NO_VALUE, remaining, size, t, whole } from "./texts.js";

const BAR_WIDTH = 120;

/** @param {any} state as /api/v1/history answers */
export function drawHistory(state) {
  const facts = document.getElementById("history");
  if (!facts) return;
  const share = Math.min(1, state.journal_bytes / Math.max(1, state.journal_most_bytes));
  const bar = facts.querySelector("[data-used]");
  if (bar) set(bar, "width", (share * BAR_WIDTH).toFixed(1));
  const most = size(state.journal_most_bytes);
  put(facts, "[data-journal]", t("journal.size", { used: size(state.journal_bytes), most }));
  put(facts, "[data-left]", left(state.seconds_left));
  put(facts, "[data-reserve]", t(state.reserve_whole ? "journal.whole" : "journal.used"));
  put(facts, "[data-stored]", stored(state));
  put(facts, "[data-quarantined]", String(state.quarantined));
  drawWarning(state);
  state.sinks.forEach(drawSink);
}

/** @param {number | null} seconds */
function left(seconds) {
  return seconds === null ? t("journal.steady") : t("journal.left", { left: remaining(seconds) });
}

/** @param {any} state */
function stored(state) {
  if (state.stored_bytes === null) return NO_VALUE;
  return t("journal.stored", { size: size(state.stored_bytes), n: state.segments ?? 0 });
}

/** @param {any} state */
function drawWarning(state) {
  const element = document.getElementById("warning");
  if (!element) return;
  const said = warning(state);
  if (element.textContent !== said) write(element, said);
  element.hidden = said === "";
}

/** @param {any} state */
function warning(state) {
  if (!state.reserve_whole) return t("journal.no_reserve");
  return state.soon_full ? t("journal.warning", { left: remaining(state.seconds_left) }) : "";
}

/** @param {any} sink */
function drawSink(sink) {
  const row = document.querySelector(`[data-sink="${CSS.escape(sink.name)}"]`);
  if (!row) return;
  set(row, "data-down", sink.condition === "ok" ? null : "");
  put(row, "[data-condition]", t(`sink.${sink.condition}`));
  put(row, "[data-reason]", sink.reason);
  put(row, "[data-waiting]", whole(sink.waiting));
  put(row, "[data-behind]", age(sink.behind_s));
}
