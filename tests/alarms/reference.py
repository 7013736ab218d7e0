"""What a rule means, said once more: one sample and one condition at a time, in plain Python.

Written from the sentences at the top of ``alarms/bank.py``, not from its arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telemetry.quality import Reason, Severity, bad, reason_of, severity_of

if TYPE_CHECKING:
    from collections.abc import Iterable

SECOND = 1_000_000_000
Change = tuple[int, str, bool]
"""Time, name of the condition, whether it begins."""


@dataclass
class ReferenceCondition:
    name: str
    kind: str  # low, high, bad, stale
    limit: float = 0.0
    deadband: float = 0.0
    on_ns: int = 0
    off_ns: int = 0
    least: Severity = Severity.GOOD
    active: bool = False
    since: int | None = None

    def beyond(self, value: float, *, bad: bool) -> bool:
        match self.kind:
            case "low":
                return value < self.limit
            case "high":
                return value > self.limit
            case _:
                return bad

    def back(self, value: float, *, bad: bool) -> bool:
        match self.kind:
            case "low":
                return value >= self.limit + self.deadband
            case "high":
                return value <= self.limit - self.deadband
            case _:
                return not bad


@dataclass
class ReferencePoint:
    expected_ns: int
    start_ns: int
    conditions: list[ReferenceCondition]
    patience_ns: int = 0
    seen: int | None = None
    newest: int = 0
    quality: int = 0
    late: int = 0
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.patience_ns = max(2 * self.expected_ns, 120 * SECOND)
        self.newest = self.start_ns

    def arrive(self, samples: Iterable[tuple[int, float, int]], now_ns: int) -> None:
        """Samples of one batch: (time, value, quality)."""
        before = self.seen
        present = []
        for stamp, value, claim in samples:
            if stamp > now_ns + 300 * SECOND:
                continue
            time = min(stamp, now_ns)
            hollow = math.isnan(value) and severity_of(claim) is not Severity.BAD
            quality = bad(Reason.NAN) if hollow else claim
            out_of_order = before is not None and time < before
            too_old = now_ns - time > self.patience_ns
            if out_of_order or too_old or reason_of(quality) is Reason.LATE:
                self.late += 1
                self._remember(time, quality)
            else:
                present.append((time, value, quality))
        for time, value, quality in sorted(present, key=lambda sample: sample[0]):
            self._sample(time, value, quality)
        for condition in self._stale():
            if condition.active and now_ns - self.newest <= condition.on_ns:
                condition.active = False
                self.changes.append((self.newest, condition.name, False))

    def tick(self, now_ns: int) -> None:
        heard = self.start_ns if self.seen is None else max(self.seen, self.start_ns)
        for condition in self.conditions:
            if condition.kind == "stale":
                counted = max(self.newest, self.start_ns)
                if now_ns - counted > condition.on_ns and not condition.active:
                    condition.active = True
                    self.changes.append((counted + condition.on_ns, condition.name, True))
                continue
            if condition.since is None or not self._believes(condition, self.quality):
                continue
            delay = condition.off_ns if condition.active else condition.on_ns
            due = max(condition.since + delay, heard + self.expected_ns)
            if due <= now_ns <= heard + self.patience_ns:
                self._flip(condition, due)

    def _stale(self) -> list[ReferenceCondition]:
        return [c for c in self.conditions if c.kind == "stale"]

    def _remember(self, time: int, quality: int) -> None:
        self.seen = time if self.seen is None else max(self.seen, time)
        if self._is_value(quality):
            self.newest = max(self.newest, time)

    @staticmethod
    def _says_nothing(quality: int) -> bool:
        reason = reason_of(quality)
        memory = reason is Reason.STALE and severity_of(quality) is Severity.UNCERTAIN
        return memory or reason in (Reason.MAINTENANCE, Reason.OUT_OF_SERVICE)

    def _is_value(self, quality: int) -> bool:
        return severity_of(quality) is not Severity.BAD and not self._says_nothing(quality)

    def _believes(self, condition: ReferenceCondition, quality: int) -> bool:
        return not self._says_nothing(quality) and severity_of(quality) <= condition.least

    def _sample(self, time: int, value: float, quality: int) -> None:
        self.seen = time
        self.quality = quality
        if self._is_value(quality):
            self.newest = time
        is_bad = severity_of(quality) is Severity.BAD
        for condition in self.conditions:
            if condition.kind == "stale" or not self._believes(condition, quality):
                continue
            test = condition.back if condition.active else condition.beyond
            if not test(value, bad=is_bad):
                condition.since = None
                continue
            if condition.since is None:
                condition.since = time
            delay = condition.off_ns if condition.active else condition.on_ns
            if time - condition.since >= delay:
                self._flip(condition, time)

    def _flip(self, condition: ReferenceCondition, time: int) -> None:
        condition.active = not condition.active
        condition.since = None
        self.changes.append((time, condition.name, condition.active))
