"""Alerts as the outbox keeps them; pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson

from alarms.notify.notifier import Alert, Notification
from records.outbox import OutboxMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ALERTS = 100
"""Alerts in one body at most."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Messages of one group that are sent at once."""

    messages: tuple[OutboxMessage, ...]
    notification: Notification


def write_message(alert: Alert, channel: str, now_ns: int) -> OutboxMessage:
    """An alert for a channel, to be journalled."""
    body = orjson.dumps(
        {
            "labels": dict(alert.labels),
            "annotations": dict(alert.annotations),
            "starts_ns": alert.starts_ns,
            "ends_ns": alert.ends_ns,
        }
    )
    return OutboxMessage(alert.id, channel, body, now_ns)


def read_message(message: OutboxMessage) -> Alert:
    """The alert of a journalled message."""
    return Alert(id=message.id, **orjson.loads(message.body))


def next_parcel(messages: Sequence[OutboxMessage]) -> Parcel:
    """The oldest message and all that may go with it.

    Args:
        messages: at least one, oldest first.
    """
    alerts = [(message, read_message(message)) for message in messages]
    group = _group(alerts[0][1])
    chosen = [pair for pair in alerts if _group(pair[1]) == group][:MOST_ALERTS]
    digest = blake2b("\n".join(message.id for message, _ in chosen).encode(), digest_size=8)
    return Parcel(
        tuple(message for message, _ in chosen),
        Notification(digest.hexdigest(), group, tuple(alert for _, alert in chosen)),
    )


def _group(alert: Alert) -> str:
    return alert.labels["alertname"]
