"""Loops that must not stop: pacing, back-off, and restarts of adapters.

An :class:`~telemetry.errors.AdapterError` is a fact of the field: it is logged once when it
begins and once when it ends, and the loop tries again. Any other exception is a mistake of
ours and stops the process loudly through its ``TaskGroup``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

import structlog

from telemetry.errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telemetry.clock import Clock

_log = structlog.get_logger()


class MissedTick(Enum):
    """What a paced loop does when it comes back late."""

    SKIP = auto()  # leave the missed slots out and resync; each is counted
    CATCH_UP = auto()  # run the missed slots at once, one after the other
    DELAY = auto()  # start a new period from now


@dataclass(frozen=True, slots=True)
class Tick:
    """One slot of a paced loop: when it was due, and how many slots were skipped before it."""

    due: float
    skipped: int


class Ticker:
    """Paces a loop on a clock's monotonic seconds.

    Args:
        clock: city time.
        period_s: seconds between slots, > 0.
        missed: policy for slots that could not be kept.
        phase_s: offset of the first slot from now, so that many loops do not beat together.
    """

    def __init__(
        self,
        clock: Clock,
        period_s: float,
        missed: MissedTick = MissedTick.SKIP,
        phase_s: float = 0.0,
    ) -> None:
        if not period_s > 0:
            raise ValueError(f"a period must be above 0 s, got {period_s}")
        self._clock = clock
        self._period = period_s
        self._missed = missed
        self._next = clock.monotonic() + phase_s

    async def tick(self) -> Tick:
        """Wait for the next slot."""
        await self._clock.sleep_until(self._next)
        due, skipped = self._next, 0
        late = self._clock.monotonic() - due
        if late >= self._period and self._missed is MissedTick.SKIP:
            skipped = int(late // self._period)
            due += skipped * self._period
        if late > 0 and self._missed is MissedTick.DELAY:
            due = self._clock.monotonic()
        self._next = due + self._period
        return Tick(due, skipped)


@dataclass(slots=True)
class Backoff:
    """Growing, capped, jittered pauses between attempts.

    Attributes:
        first_s: pause after the first failure.
        most_s: pauses never exceed this.
        rng: source of the jitter; hand in a seeded one in tests.
    """

    first_s: float = 0.5
    most_s: float = 30.0
    rng: random.Random = field(default_factory=random.Random)
    _failures: int = 0

    def failed(self) -> float:
        """Note a failure and return the pause before the next attempt, in seconds."""
        # The exponent is capped because a dead device fails for weeks and floats overflow.
        longest = min(self.most_s, self.first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return longest * (0.5 + self.rng.random() / 2)

    def succeeded(self) -> None:
        """Start over."""
        self._failures = 0

    @property
    def failures(self) -> int:
        """Failures in a row."""
        return self._failures


class Outage:
    """Logs a fault once when it begins and once when it ends, however often it is seen."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._reason: str | None = None

    def begins(self, reason: str) -> None:
        """The fault was seen; repeated or changed reasons within one outage are not logged."""
        if self._reason is None:
            _log.warning("outage begins", what=self._what, reason=reason)
        self._reason = reason

    def ends(self) -> None:
        """All is well again."""
        if self._reason is not None:
            _log.info("outage ends", what=self._what, reason=self._reason)
        self._reason = None

    @property
    def reason(self) -> str | None:
        """The latest reason, or None while all is well."""
        return self._reason


async def keep_running(
    what: str,
    run: Callable[[Callable[[], None]], Awaitable[None]],
    clock: Clock,
    backoff: Backoff | None = None,
) -> None:
    """Run an adapter's loop for ever, again after each :class:`AdapterError`.

    Args:
        what: named in the log.
        run: the loop; it is given a function to call whenever all is well, which ends the
            outage in the log and starts the pauses over. Returning ends the supervision.
        clock: paces the pauses.
        backoff: pauses between attempts.
    """
    pauses = backoff or Backoff()
    outage = Outage(what)

    def well() -> None:
        pauses.succeeded()
        outage.ends()

    while True:
        try:
            await run(well)
        except AdapterError as error:
            outage.begins(str(error))
            await clock.sleep_until(clock.monotonic() + pauses.failed())
        else:
            return
