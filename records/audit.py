"""The audit: who did what, append-only, each row sealed with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from records.paging import Page, read_cursor, write_cursor
from records.schema import audit, audit_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from records.database import Database

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_FIRST = "0" * 64
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act.

    Attributes:
        sequence: 1, 2, 3 …, without gaps.
        who: a user, a program, or ``service``.
        what: the act, e.g. ``alarm.acknowledge``.
        subject: what it was done to.
        detail: canonical JSON, exactly as sealed.
        previous, hash: seals of the row before and of this one, SHA-256 in hex.
    """

    sequence: int
    time_ns: int
    who: str
    what: str
    subject: str
    detail: str
    previous: str
    hash: str

    def seal(self) -> str:
        """The hash that this row must carry: of the seal before it and of all it says."""
        said = [self.sequence, self.time_ns, self.who, self.what, self.subject, self.detail]
        text = self.previous + canonical_json(said)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditBreak:
    """The first place where the audit is not what was written.

    Attributes:
        sequence: number of the broken or missing row.
        why: a sentence.
    """

    sequence: int
    why: str


def canonical_json(value: object) -> str:
    """JSON in one spelling: sorted keys, no spaces; raises ValueError for NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


class Audit:
    """Every method blocks on the disk and may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self,
        time_ns: int,
        who: str,
        what: str,
        subject: str,
        detail: Mapping[str, Json] | None = None,
    ) -> AuditRow:
        """Write one act; on the disk when this returns.

        Args:
            time_ns: ns UTC.
            who: a user, a program, or ``service``.
            what: the act, e.g. ``alarm.acknowledge``.
            subject: what it was done to.
            detail: anything else worth knowing; never a secret.
        """
        written = canonical_json(dict(detail or {}))
        with self._database.write() as connection:
            sequence, previous = _head(connection)
            unsealed = AuditRow(sequence + 1, time_ns, who, what, subject, written, previous, "")
            row = replace(unsealed, hash=unsealed.seal())
            connection.execute(insert(audit).values(**asdict(row)))
            connection.execute(delete(audit_head))
            connection.execute(
                insert(audit_head).values(only=1, sequence=row.sequence, hash=row.hash)
            )
        return row

    def head(self) -> tuple[int, str]:
        """Number and seal of the latest row; written down elsewhere, they pin all before it."""
        with self._database.read() as connection:
            return _head(connection)

    def verify(self) -> AuditBreak | None:
        """Check every seal; the first break, or None if all is as it was written."""
        with self._database.read() as connection:
            number, previous = 0, _FIRST
            while rows := _after(connection, number):
                for row in rows:
                    broken = _broken(row, number + 1, previous)
                    if broken is not None:
                        return broken
                    number, previous = row.sequence, row.hash
            return _broken_end(_head(connection), number, previous)

    def page(self, limit: int, cursor: str | None = None) -> Page[AuditRow]:
        """A page of the audit, newest first.

        Raises:
            CursorError: the cursor was not handed out by this list.
        """
        query = select(audit).order_by(audit.c.sequence.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(audit.c.sequence < read_cursor(cursor)[0])
        with self._database.read() as connection:
            rows = [AuditRow(**row) for row in connection.execute(query).mappings()]
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(rows, write_cursor(rows[-1].sequence) if more else None)


def _head(connection: Connection) -> tuple[int, str]:
    row = connection.execute(select(audit_head.c.sequence, audit_head.c.hash)).one_or_none()
    return (0, _FIRST) if row is None else (row.sequence, row.hash)


def _after(connection: Connection, number: int) -> list[AuditRow]:
    found = connection.execute(
        select(audit).where(audit.c.sequence > number).order_by(audit.c.sequence).limit(_AT_ONCE)
    )
    return [AuditRow(**row) for row in found.mappings()]


def _broken(row: AuditRow, expected: int, previous: str) -> AuditBreak | None:
    if row.sequence != expected:
        return AuditBreak(expected, f"row {expected} is missing")
    if row.previous != previous:
        return AuditBreak(expected, f"row {expected} does not follow the row before it")
    if row.hash != row.seal():
        return AuditBreak(expected, f"row {expected} was changed after it was written")
    return None


def _broken_end(head: tuple[int, str], number: int, hash_: str) -> AuditBreak | None:
    if head == (number, hash_):
        return None
    missing = min(head[0], number) + 1
    return AuditBreak(missing, f"the audit ends at row {number}, but row {head[0]} was written")
