"""What to send next and what became of it: the decisions behind every write. Pure.

A server that refuses a request because of a line is asked again with halves of it until the
line stands alone. A server may also refuse everything, because it was set up wrongly or is no
InfluxDB at all; readings must not be thrown away for that. So a line counts as bad only if the
server took another one before it and took another one after it: one of the same lot, or one of
ours that is known to be good.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from historian.influx.verdicts import Accepted, Expired, Refused, TooLarge, Wait

if TYPE_CHECKING:
    from historian.influx.verdicts import Verdict

MOST_SUSPECTS = 32
"""So many refusals may follow each other before the server itself comes under doubt."""

REFUSING_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows ``start`` to ``stop`` (exclusive) of a lot, sent in one request."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def halves(self) -> tuple[Piece, Piece]:
        """The two halves of at least two rows."""
        middle = (self.start + self.stop) // 2
        return Piece(self.start, middle), Piece(middle, self.stop)


@dataclass(frozen=True, slots=True)
class Proof:
    """One line that is known to be good, to learn whether the server takes anything at all."""


Step = Piece | Proof


@dataclass(frozen=True, slots=True)
class BadRows:
    """Rows that the server refuses for good, and its words."""

    piece: Piece
    message: str


class Delivery:
    """One lot on its way to the server.

    Args:
        rows: how many samples the lot has.
        most_rows: samples in one request.

    Attributes:
        most_rows: the same, or less after the server called a request too large.
        bad: rows refused for good.
    """

    def __init__(self, rows: int, most_rows: int) -> None:
        self.most_rows = most_rows
        self.bad: list[BadRows] = []
        self._expired = 0
        self._todo = deque(
            Piece(row, min(row + most_rows, rows)) for row in range(0, rows, most_rows)
        )
        self._taking = False
        self._doubted: list[BadRows] = []
        self._suspected: list[BadRows] = []

    @property
    def done(self) -> bool:
        """Whether the server has answered for every row."""
        return not (self._todo or self._doubted or self._suspected)

    @property
    def rejected(self) -> dict[str, int]:
        """Samples that the server will never have, by reason for the account."""
        refused = sum(len(bad.piece) for bad in self.bad)
        counted = {"refused": refused, "retention": self._expired}
        return {reason: samples for reason, samples in counted.items() if samples}

    def take(self, most: int) -> list[Step]:
        """What to send now, at the same time; every step must be answered.

        Args:
            most: requests at the same time.
        """
        if self._todo and len(self._doubted) + len(self._suspected) < MOST_SUSPECTS:
            return [self._todo.popleft() for _ in range(min(most, len(self._todo)))]
        return [] if self.done else [Proof()]

    def answer(self, step: Step, verdict: Verdict) -> Wait | None:
        """Note what the server said to a step.

        Returns:
            What to wait for before anything else is sent; None to go on.
        """
        if isinstance(step, Proof):
            return self._answer_proof(verdict)
        match verdict:
            case Accepted():
                self._took_some()
            case Expired(samples):
                self._took_some()
                self._expired += min(samples, len(step))
            case Refused(message, dropped):
                if 0 < dropped < len(step):
                    self._took_some()
                self._narrow(step, message, hopeless=dropped >= len(step))
            case TooLarge():
                self.most_rows = max(1, min(self.most_rows, len(step) // 2))
                self._narrow(step, "too large for one request", hopeless=False)
            case Wait():
                self._todo.appendleft(step)
                return verdict
            case _:
                assert_never(verdict)
        return None

    def _took_some(self) -> None:
        """The server does take lines: what it refused since it last did is bad."""
        self.bad.extend(self._suspected)
        self._suspected.clear()
        self._todo.extend(doubted.piece for doubted in self._doubted)
        self._doubted.clear()
        self._taking = True

    def _narrow(self, piece: Piece, message: str, *, hopeless: bool) -> None:
        if hopeless or len(piece) == 1:
            refused = self._suspected if self._taking else self._doubted
            refused.append(BadRows(piece, message))
        else:
            self._todo.extendleft(reversed(piece.halves()))

    def _answer_proof(self, verdict: Verdict) -> Wait | None:
        match verdict:
            case Accepted():
                self._took_some()
                return None
            case Wait():
                return verdict
            case Refused(message):
                words = message
            case _:
                words = "too old, or too large"
        self._todo.extend(refused.piece for refused in (*self._doubted, *self._suspected))
        self._doubted.clear()
        self._suspected.clear()
        self._taking = False
        return Wait(
            f"the server refuses every line, even one that is known to be good ({words}): check "
            "url, dialect, org and bucket in [historian.influxdb]; readings wait in the journal",
            REFUSING_PAUSE_S,
        )


def longest(waits: list[Wait]) -> Wait | None:
    """The wait that covers all of them; None of none."""
    return max(waits, key=lambda wait: wait.pause_s or 0.0, default=None)
