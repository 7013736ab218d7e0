"""The alarm journal: every transition for ever, and the latest state of each alarm."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, tuple_

from records.alarm_rows import AlarmFilter, AlarmRow, AlarmState, AlarmTransition, row_after
from records.errors import UnknownAlarmError, VersionConflict
from records.paging import Page, read_cursor, write_cursor
from records.schema import alarm, alarm_transition, kept_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from records.database import Database

_RULE_BANK = "rule bank"
_AT_ONCE = 500  # ids in one IN (…), well below every database's limit
_TRANSITION_COLUMNS = [c for c in alarm_transition.c if c.name != "sequence"]


class AlarmJournal:
    """Append-only; every method blocks on the disk and may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, transitions: Sequence[AlarmTransition]) -> list[AlarmRow]:
        """Journal transitions in one transaction; on the disk when this returns.

        Args:
            transitions: each one version above its alarm's latest; several of one alarm in order.

        Returns:
            The new latest row of each alarm touched.

        Raises:
            VersionConflict: an alarm stands at another version; nothing was journalled.
        """
        if not transitions:
            return []
        with self._database.write() as connection:
            before = _rows(connection, sorted({t.alarm_id for t in transitions}))
            after = _fold(before, transitions)
            connection.execute(insert(alarm_transition), [asdict(t) for t in transitions])
            for ids in _chunks(sorted(before)):
                connection.execute(delete(alarm).where(alarm.c.id.in_(ids)))
            connection.execute(insert(alarm), [asdict(row) for row in after.values()])
        return list(after.values())

    def open_alarms(self) -> list[AlarmRow]:
        """Every alarm that is active or not acknowledged, newest first."""
        states = [state for state in AlarmState if state.open]
        with self._database.read() as connection:
            found = connection.execute(
                select(alarm)
                .where(alarm.c.state.in_(states))
                .order_by(alarm.c.since_ns.desc(), alarm.c.id.desc())
            )
            return [AlarmRow(**row) for row in found.mappings()]

    def page(self, state: AlarmFilter, limit: int, cursor: str | None = None) -> Page[AlarmRow]:
        """A page of the alarm list, newest first.

        Args:
            state: which alarms.
            limit: rows at most, >= 1.
            cursor: ``next`` of the page before, or None for the first page.

        Raises:
            CursorError: the cursor was not handed out by this list.
        """
        query = (
            select(alarm)
            .where(alarm.c.state.in_(state.states()))
            .order_by(alarm.c.since_ns.desc(), alarm.c.id.desc())
            .limit(limit + 1)
        )
        if cursor is not None:
            query = query.where(tuple_(alarm.c.since_ns, alarm.c.id) < read_cursor(cursor))
        with self._database.read() as connection:
            rows = [AlarmRow(**row) for row in connection.execute(query).mappings()]
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(rows, write_cursor(rows[-1].since_ns, rows[-1].id) if more else None)

    def get(self, alarm_id: str) -> AlarmRow:
        """The latest state of one alarm.

        Raises:
            UnknownAlarmError: there is no such alarm.
        """
        with self._database.read() as connection:
            found = _rows(connection, [alarm_id])
        if alarm_id not in found:
            raise UnknownAlarmError(f"no alarm has the id {alarm_id[:80]!r}")
        return found[alarm_id]

    def history(self, alarm_id: str) -> list[AlarmTransition]:
        """All transitions of one alarm, oldest first; empty if there is no such alarm."""
        with self._database.read() as connection:
            found = connection.execute(
                select(*_TRANSITION_COLUMNS)
                .where(alarm_transition.c.alarm_id == alarm_id)
                .order_by(alarm_transition.c.version)
            )
            return [AlarmTransition(**row) for row in found.mappings()]

    def save_state(self, body: bytes) -> None:
        """Keep the rule bank's state, so that delays go on after a restart."""
        with self._database.write() as connection:
            connection.execute(delete(kept_state).where(kept_state.c.name == _RULE_BANK))
            connection.execute(insert(kept_state).values(name=_RULE_BANK, body=body))

    def load_state(self) -> bytes | None:
        """The rule bank's state as last kept, or None."""
        with self._database.read() as connection:
            found = connection.execute(
                select(kept_state.c.body).where(kept_state.c.name == _RULE_BANK)
            ).scalar_one_or_none()
        return None if found is None else bytes(found)


def _fold(
    before: dict[str, AlarmRow], transitions: Sequence[AlarmTransition]
) -> dict[str, AlarmRow]:
    """Latest rows after the transitions; raises VersionConflict."""
    after: dict[str, AlarmRow] = {}
    for transition in transitions:
        row = after.get(transition.alarm_id) or before.get(transition.alarm_id)
        if transition.version != (row.version if row else 0) + 1:
            raise VersionConflict(transition.alarm_id, before.get(transition.alarm_id))
        after[transition.alarm_id] = row_after(row, transition)
    return after


def _rows(connection: Connection, ids: Sequence[str]) -> dict[str, AlarmRow]:
    found: dict[str, AlarmRow] = {}
    for some in _chunks(ids):
        for row in connection.execute(select(alarm).where(alarm.c.id.in_(some))).mappings():
            found[row["id"]] = AlarmRow(**row)
    return found


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
