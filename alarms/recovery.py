"""Putting bank and alarms back where they stood, so that nothing is lost or doubled.

The journal is the truth about alarms; the kept state is older than the journal or as old, never
newer. Readings after the kept state are evaluated again from the historian's journal. What they
caused before the crash stands in the alarm journal already: the bank is put where that says,
and readings older than a journalled transition count as dealt with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import structlog

from alarms.alarm import AlarmChange, change
from alarms.errors import BankStateError
from alarms.kept import KeptState, read_state, restore
from alarms.levels import weight
from alarms.tracker import AlarmTracker
from records.alarm_rows import AlarmEvent, AlarmFilter
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from alarms.bank import RuleBank
    from alarms.journal import AlarmJournal
    from records.alarm_rows import AlarmRow

_log = structlog.get_logger()

_PAGE = 500
_MARGIN_NS = 600 * SECOND
"""An alarm may be dated before the kept state although it was journalled after it."""

_BY_DATA = (AlarmEvent.RAISED, AlarmEvent.LEVEL_CHANGED, AlarmEvent.CLEARED)


@dataclass(frozen=True, slots=True)
class Recovered:
    """Where the engine goes on.

    Attributes:
        tracker: the open alarms.
        sequence: the last batch that was evaluated, or None when that is not known.
        unsure: journalled after the kept state; whether they were announced is not known.
    """

    tracker: AlarmTracker
    sequence: int | None
    unsure: list[AlarmChange]


def recover(bank: RuleBank, journal: AlarmJournal) -> Recovered:
    """Restore ``bank`` and build the tracker; blocks on the journal."""
    bank.reset()
    kept = _load(journal)
    rows = journal.open_alarms()
    news: list[AlarmChange] = []
    if kept is not None:
        restore(bank, kept)
        news = _since(kept, rows, journal)
    _align(bank, rows)
    for each in news:
        _disregard_older(bank, each)
    lost = _lost(kept, news)
    tracker = AlarmTracker(bank.conditions, rows, bank.state.active, lost)
    return Recovered(tracker, kept.sequence if kept else None, news)


def _load(journal: AlarmJournal) -> KeptState | None:
    body = journal.load_state()
    if body is None:
        return None
    try:
        return read_state(body)
    except BankStateError as error:
        _log.warning("alarm state unreadable", reason=str(error))
        return None


def _since(kept: KeptState, rows: list[AlarmRow], journal: AlarmJournal) -> list[AlarmChange]:
    """All changes that were journalled after the kept state, each alarm's in order."""
    touched = {row.id for row in rows if row.version != kept.versions.get(row.id)}
    touched |= kept.versions.keys() - {row.id for row in rows}
    touched |= _begun_after(kept.at_ns - _MARGIN_NS, kept, journal)
    news: list[AlarmChange] = []
    for alarm_id in sorted(touched):
        row = None
        for transition in journal.history(alarm_id):
            each = change(transition, row)
            row = each.after
            if transition.version > kept.versions.get(alarm_id, 0):
                news.append(each)
    return sorted(news, key=lambda each: each.transition.time_ns)


def _begun_after(time_ns: int, kept: KeptState, journal: AlarmJournal) -> set[str]:
    """Alarms that began after ``time_ns``, have ended and were not open in the kept state."""
    found: set[str] = set()
    cursor: str | None = None
    while True:
        page = journal.page(AlarmFilter.ALL, _PAGE, cursor)
        recent = [row for row in page.rows if row.since_ns > time_ns]
        found |= {r.id for r in recent if not r.state.open and _may_be_news(r, kept)}
        cursor = page.next
        if cursor is None or len(recent) < len(page.rows):
            return found


def _may_be_news(row: AlarmRow, kept: KeptState) -> bool:
    ends = (row.cleared_at_ns or 0, row.acknowledged_at_ns or 0)
    return row.id not in kept.versions and max(ends) > kept.at_ns - _MARGIN_NS


def _disregard_older(bank: RuleBank, news: AlarmChange) -> None:
    points = bank.conditions.points
    transition = news.transition
    if transition.event in _BY_DATA and transition.point in points:
        bank.disregard_before(points.index(transition.point), transition.time_ns)


def _align(bank: RuleBank, rows: list[AlarmRow]) -> None:
    """Let exactly those conditions hold that the journal's open alarms say."""
    conditions = bank.conditions
    holding: set[int] = set()
    for row in rows:
        if row.state.active:
            holding |= _implied(bank, row)
    hold = np.array(sorted(holding), dtype=np.int64)
    rest = np.setdiff1d(np.arange(len(conditions)), hold)
    bank.set_active(hold, active=True)
    bank.set_active(rest, active=False)


def _implied(bank: RuleBank, row: AlarmRow) -> set[int]:
    """The conditions that hold when an alarm shows its level: itself and the inner limit."""
    conditions = bank.conditions
    of_key = conditions.of_key((row.rule, row.point))
    shown = [c for c in of_key if conditions.level(c) == row.level]
    return {
        c
        for s in shown
        for c in of_key
        if c == s or (_same_side(bank, c, s) and _weight(bank, c) < _weight(bank, s))
    }


def _same_side(bank: RuleBank, one: int, other: int) -> bool:
    signs = bank.conditions.rows["sign"]
    return bool(signs[one] == signs[other])


def _weight(bank: RuleBank, condition: int) -> int:
    priority = int(bank.conditions.rows["priority"][condition])
    return weight(bank.conditions.level(condition), priority)


def _lost(kept: KeptState | None, news: list[AlarmChange]) -> set[str]:
    lost = set(kept.lost) if kept else set()
    for each in news:
        match each.transition.event:
            case AlarmEvent.LOST:
                lost.add(each.after.id)
            case AlarmEvent.REGAINED | AlarmEvent.CLEARED | AlarmEvent.RETIRED:
                lost.discard(each.after.id)
            case _:
                pass
    return lost
