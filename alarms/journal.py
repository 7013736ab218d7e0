"""What the alarms need of the records and of the historian, and the records' fake that ships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from records.alarm_rows import AlarmFilter, AlarmRow, AlarmTransition, row_after
from records.errors import UnknownAlarmError, VersionConflict
from records.paging import Page, read_cursor, write_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry.batch import Batch


class AlarmJournal(Protocol):
    """Every transition for ever; all methods block and are called from other threads.

    What they promise stands in :class:`records.alarm_journal.AlarmJournal`.
    """

    def append(self, transitions: Sequence[AlarmTransition]) -> list[AlarmRow]:
        """Journal in one transaction; raises VersionConflict."""
        ...

    def open_alarms(self) -> list[AlarmRow]:
        """Every alarm that is active or not acknowledged."""
        ...

    def page(self, state: AlarmFilter, limit: int, cursor: str | None = None) -> Page[AlarmRow]:
        """A page of the alarm list, newest first; raises CursorError."""
        ...

    def get(self, alarm_id: str) -> AlarmRow:
        """The latest state of one alarm; raises UnknownAlarmError."""
        ...

    def history(self, alarm_id: str) -> list[AlarmTransition]:
        """All transitions of one alarm, oldest first."""
        ...

    def save_state(self, body: bytes) -> None:
        """Keep the engine's state."""
        ...

    def load_state(self) -> bytes | None:
        """The state as last kept."""
        ...


class BacklogEntry(Protocol):
    """One batch in the historian's journal."""

    @property
    def sequence(self) -> int:
        """Its number."""
        ...

    @property
    def batch(self) -> Batch:
        """What was read."""
        ...


class Backlog(Protocol):
    """The historian's journal, as far as the engine reads it."""

    def read(self, first: int, most_rows: int) -> Sequence[BacklogEntry]:
        """Entries from number ``first`` on, about ``most_rows`` samples; blocks.

        Returns:
            At least one entry, or nothing when there is none from ``first`` on.
        """
        ...


class MemoryAlarmJournal:
    """An alarm journal that lives as long as the process."""

    def __init__(self) -> None:
        self._rows: dict[str, AlarmRow] = {}
        self._history: dict[str, list[AlarmTransition]] = {}
        self._state: bytes | None = None

    def append(self, transitions: Sequence[AlarmTransition]) -> list[AlarmRow]:
        """Journal in one transaction; raises VersionConflict."""
        after: dict[str, AlarmRow] = {}
        for transition in transitions:
            row = after.get(transition.alarm_id) or self._rows.get(transition.alarm_id)
            if transition.version != (row.version if row else 0) + 1:
                raise VersionConflict(transition.alarm_id, self._rows.get(transition.alarm_id))
            after[transition.alarm_id] = row_after(row, transition)
        for transition in transitions:
            self._history.setdefault(transition.alarm_id, []).append(transition)
        self._rows.update(after)
        return list(after.values())

    def open_alarms(self) -> list[AlarmRow]:
        """Every alarm that is active or not acknowledged, newest first."""
        return [row for row in self._newest_first() if row.state.open]

    def page(self, state: AlarmFilter, limit: int, cursor: str | None = None) -> Page[AlarmRow]:
        """A page of the alarm list, newest first; raises CursorError."""
        states = state.states()
        found = [row for row in self._newest_first() if row.state in states]
        if cursor is not None:
            bound = read_cursor(cursor)
            found = [row for row in found if (row.since_ns, row.id) < bound]
        rows = found[:limit]
        more = len(found) > limit
        return Page(rows, write_cursor(rows[-1].since_ns, rows[-1].id) if more else None)

    def get(self, alarm_id: str) -> AlarmRow:
        """The latest state of one alarm; raises UnknownAlarmError."""
        try:
            return self._rows[alarm_id]
        except KeyError:
            raise UnknownAlarmError(f"no alarm has the id {alarm_id[:80]!r}") from None

    def history(self, alarm_id: str) -> list[AlarmTransition]:
        """All transitions of one alarm, oldest first."""
        return list(self._history.get(alarm_id, ()))

    def save_state(self, body: bytes) -> None:
        """Keep the engine's state."""
        self._state = body

    def load_state(self) -> bytes | None:
        """The state as last kept."""
        return self._state

    def _newest_first(self) -> list[AlarmRow]:
        return sorted(self._rows.values(), key=lambda r: (r.since_ns, r.id), reverse=True)
