"""The outbox: what must be sent is journalled before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, tuple_, update

from records.errors import UnknownMessageError
from records.schema import MessageState, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from records.database import Database

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message for one channel.

    Attributes:
        id: stable; the receiver may see the message twice, always under this id.
        channel: name of the channel.
        body: what is sent.
        created_ns: city time, ns UTC.
        attempts: how often it has been tried in vain.
    """

    id: str
    channel: str
    body: bytes = field(repr=False)
    created_ns: int
    attempts: int = 0


class Outcome(Enum):
    """How an attempt ended."""

    DELIVERED = auto()
    RETRY = auto()  # try again later
    NEVER = auto()  # the receiver will never take it


class Outbox:
    """Every method blocks on the disk and may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, messages: Sequence[OutboxMessage]) -> int:
        """Journal messages; those whose id the channel knows already are left as they are.

        Returns:
            How many were new.
        """
        unique = {(m.channel, m.id): m for m in reversed(messages)}
        keys = list(unique)
        with self._database.write() as connection:
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                key = tuple_(outbox.c.channel, outbox.c.id)
                for row in connection.execute(
                    select(outbox.c.channel, outbox.c.id).where(key.in_(some))
                ):
                    del unique[row.channel, row.id]
            if unique:
                rows = [_new_row(message) for message in reversed(unique.values())]
                connection.execute(insert(outbox), rows)
        return len(unique)

    def due(self, channel: str, now_ns: int, limit: int) -> list[OutboxMessage]:
        """Messages to be tried now, oldest first, at most ``limit``."""
        with self._database.read() as connection:
            found = connection.execute(
                select(
                    outbox.c.id,
                    outbox.c.channel,
                    outbox.c.body,
                    outbox.c.created_ns,
                    outbox.c.attempts,
                )
                .where(outbox.c.channel == channel, outbox.c.state == MessageState.WAITING)
                .where(outbox.c.next_attempt_ns <= now_ns)
                .order_by(outbox.c.created_ns, outbox.c.id)
                .limit(limit)
            )
            return [OutboxMessage(**row) for row in found.mappings()]

    def next_attempt_ns(self, channel: str) -> int | None:
        """When the next message of a channel becomes due, or None while nothing waits."""
        with self._database.read() as connection:
            earliest: int | None = connection.execute(
                select(func.min(outbox.c.next_attempt_ns)).where(
                    outbox.c.channel == channel, outbox.c.state == MessageState.WAITING
                )
            ).scalar_one()
        return earliest

    def settle(
        self,
        id: str,
        channel: str,
        outcome: Outcome,
        next_attempt_ns: int = 0,
        reason: str = "",
    ) -> None:
        """Note how an attempt ended.

        Args:
            id: which message.
            channel: of which channel.
            outcome: delivered, to be tried again, or never.
            next_attempt_ns: with ``RETRY``, city time of the next attempt.
            reason: a sentence for the page; no secret.

        Raises:
            UnknownMessageError: no such message waits.
        """
        changes: dict[str, object] = {"reason": reason, "attempts": outbox.c.attempts + 1}
        match outcome:
            case Outcome.DELIVERED:
                changes["state"] = MessageState.DELIVERED
            case Outcome.NEVER:
                changes["state"] = MessageState.NEVER
            case Outcome.RETRY:
                changes["next_attempt_ns"] = next_attempt_ns
        with self._database.write() as connection:
            done = connection.execute(
                update(outbox)
                .where(outbox.c.channel == channel, outbox.c.id == id)
                .where(outbox.c.state == MessageState.WAITING)
                .values(**changes)
            )
        if done.rowcount != 1:
            raise UnknownMessageError(f"no message {id!r} waits for channel {channel!r}")

    def waiting(self, channel: str) -> int:
        """Messages of a channel that are neither delivered nor given up."""
        with self._database.read() as connection:
            return connection.execute(
                select(func.count())
                .select_from(outbox)
                .where(outbox.c.channel == channel, outbox.c.state == MessageState.WAITING)
            ).scalar_one()

    def forget(self, before_ns: int) -> int:
        """Remove settled messages created before ``before_ns``; those that wait stay.

        Returns:
            How many were removed.
        """
        with self._database.write() as connection:
            return connection.execute(
                delete(outbox)
                .where(outbox.c.state != MessageState.WAITING)
                .where(outbox.c.created_ns < before_ns)
            ).rowcount


def _new_row(message: OutboxMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "channel": message.channel,
        "body": message.body,
        "created_ns": message.created_ns,
        "next_attempt_ns": 0,  # at once, whatever the clock did in between
        "attempts": 0,
        "state": MessageState.WAITING,
        "reason": "",
    }
