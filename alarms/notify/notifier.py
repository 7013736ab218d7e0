"""The seam to every channel, and its fake that ships."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Alert:
    """One alarm at one level, as a receiver sees it; the labels are its identity.

    Attributes:
        id: stable over every attempt to send it.
        labels: alertname, severity, site, point …; the same when it begins and when it ends.
        annotations: texts.
        starts_ns: when it began.
        ends_ns: when it ended, or None while it lasts.
    """

    id: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_ns: int
    ends_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """What is sent at once: alerts of one rule.

    Attributes:
        id: stable over every attempt to send these alerts.
        group: the rule's name.
        alerts: at least one, oldest first.
    """

    id: str
    group: str
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now.

    Attributes:
        reason: a sentence; no secret.
        after_s: the receiver's own wish, or None for the channel's usual pause.
    """

    reason: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """The receiver will not take this one.

    Attributes:
        reason: a sentence; no secret.
    """

    reason: str


Receipt = Delivered | Retry | Never


class Notifier(Protocol):
    """A channel to somebody.

    :meth:`send` is called by one loop, one call at a time. It does not raise for anything that
    the receiver or the network does, and ends within its own deadline. Cancelling it may or may
    not have sent; the same notification will then come again.
    """

    async def send(self, notification: Notification) -> Receipt:
        """Try once to deliver."""
        ...


@dataclass(slots=True)
class MemoryNotifier:
    """Keeps what it is sent; answers as told.

    Attributes:
        sent: everything that was tried, delivered or not.
        answers: what the next attempts come to; Delivered when used up.
    """

    sent: list[Notification] = field(default_factory=list)
    answers: list[Receipt] = field(default_factory=list)

    async def send(self, notification: Notification) -> Receipt:
        """Keep it."""
        self.sent.append(notification)
        return self.answers.pop(0) if self.answers else Delivered()
