"""The rule bank: samples in, changes of conditions out, on arrays; pure.

What a condition's timers mean:

- It begins to hold at a sample beyond its limit, once samples have been beyond for ``on_ns``
  without one that was not. It ceases likewise, once samples have been back (by the deadband)
  for ``off_ns``. The time of the samples counts, not that of their arrival.
- Where samples stop coming, the last one is held: :meth:`RuleBank.tick` completes a delay when
  the next sample is overdue. Beyond the point's patience it completes nothing, because nobody
  knows any more; that is what stale rules ring for.
- Samples that the rule does not believe neither ring nor clear, nor stop a running delay.
- Samples that do not speak of the present (out of order, older than the point's patience,
  marked late, or from the future) never change a condition; they are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from alarms.arrival import BELIEF, LINK_LOST, rounds, without_nan
from alarms.edges import Edges
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.quality import Reason, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from alarms.conditions import Conditions

NEVER = np.iinfo(np.int64).min
AHEAD_NS = 300 * SECOND
"""A sample further in the future than this has a wrong clock; nearer ones count as now."""

_REASONS = 0x3F


@dataclass(slots=True)
class BankFigures:
    """Samples since the start.

    Attributes:
        samples: all that came.
        late: of these, not of the present: out of order, too old, or marked late.
        ahead: of these, from the future.
    """

    samples: int = 0
    late: int = 0
    ahead: int = 0


@dataclass(slots=True, eq=False)
class BankState:
    """What the bank remembers.

    Attributes:
        active: ``bool[m]`` the condition holds.
        since: ``int64[m]`` when the running delay began, or NEVER.
        value: ``float64[m]`` the latest reading that mattered to the condition, as shown.
        seen: ``int64[n]`` time of each point's newest sample, or NEVER.
        newest: ``int64[n]`` time of each point's newest value (a sample that is not BAD).
        belief: ``uint8[n]`` severity of the newest sample, see :data:`alarms.arrival.BELIEF`.
    """

    active: NDArray[np.bool_]
    since: NDArray[np.int64]
    value: NDArray[np.float64]
    seen: NDArray[np.int64]
    newest: NDArray[np.int64]
    belief: NDArray[np.uint8]

    @classmethod
    def initial(cls, conditions: int, points: int, start_ns: int) -> BankState:
        """Nothing holds, nothing was seen; silence is counted from ``start_ns``."""
        return cls(
            np.zeros(conditions, np.bool_),
            np.full(conditions, NEVER),
            np.full(conditions, np.nan),
            np.full(points, NEVER),
            np.full(points, start_ns, np.int64),
            np.full(points, Severity.GOOD, np.uint8),
        )


class RuleBank:
    """All conditions of a city with their state.

    Args:
        conditions: the compiled rules.
        start_ns: city time from which silence is counted.
        patience_floor_s: a sample is late when it is older than twice its point's expected
            interval, but never before this many seconds.
    """

    def __init__(
        self, conditions: Conditions, start_ns: int, patience_floor_s: float = 120.0
    ) -> None:
        self.conditions = conditions
        self.figures = BankFigures()
        points = conditions.points
        self.state = BankState.initial(len(conditions), len(points), start_ns)
        self._start_ns = start_ns
        self._listening_ns = start_ns
        self._now_ns = start_ns
        self._expected = points.expected_ns
        self._patience = np.maximum(2 * self._expected, round(patience_floor_s * SECOND))
        self._spread(conditions.rows)
        sampled = self._point[: conditions.sampled]
        self._count = np.bincount(sampled, minlength=len(points))
        self._first = np.cumsum(self._count) - self._count
        self._silent_point = self._point[conditions.sampled :]
        self._silent_after = self._on[conditions.sampled :]

    def _spread(self, rows: NDArray[Any]) -> None:
        # One contiguous array per column: gathers from a structured array are three times slower.
        self._point = rows["point"].copy()
        self._sign, self._trip, self._back = (rows[k].copy() for k in ("sign", "trip", "back"))
        self._shift = rows["shift"].copy()
        self._on, self._off = rows["on_ns"].copy(), rows["off_ns"].copy()
        self._least = rows["least"].copy()
        self._of_quality = np.isnan(rows["shift"])
        self._any_quality = bool(self._of_quality.any())

    def evaluate(self, batch: Batch, now_ns: int) -> Edges:
        """Take samples in.

        Args:
            batch: any samples of the table's points, several of one point in any order.
            now_ns: city time of their arrival, ns UTC.
        """
        if not len(batch):
            return Edges.none()
        self._notice(now_ns)
        present = self._present(without_nan(batch), now_ns)
        edges = [self._round(part) for part in rounds(present, len(self._expected))]
        edges.append(self._heard_again(now_ns))
        return Edges.joined(edges)

    def tick(self, now_ns: int) -> Edges:
        """Let time pass without samples: overdue delays complete, silence is noticed."""
        self._notice(now_ns)
        return Edges.joined([self._overdue(now_ns), self._fallen_silent(now_ns)])

    def lost(self, condition: NDArray[np.int64], now_ns: int) -> NDArray[np.bool_]:
        """Whether the present state of conditions is unknown: "no data" is not "normal".

        Args:
            condition: ``(k,)`` condition indices.
            now_ns: city time.

        Returns:
            ``(k,)`` True where a limit's point has no value that its rule believes, or none at
            all for longer than the point's patience.
        """
        point = self._point[condition]
        doubted = self.state.belief[point] > self._least[condition]
        unheard = now_ns - self._heard(point) > self._patience[point]
        is_limit = (self._sign[condition] != 0) & ~self._of_quality[condition]
        found: NDArray[np.bool_] = (doubted | unheard) & is_limit
        return found

    def was_away(self, now_ns: int) -> None:
        """Nobody listened until ``now_ns``: who was not heard meanwhile was not silent."""
        self._listening_ns = now_ns

    def reset(self) -> None:
        """Forget everything but the rules."""
        self.state = BankState.initial(len(self.conditions), len(self._expected), self._start_ns)

    def set_active(self, condition: NDArray[np.int64], *, active: bool) -> None:
        """Put conditions where the journal says they stand; their delays start over."""
        changed = condition[self.state.active[condition] != active]
        self.state.active[changed] = active
        self.state.since[changed] = NEVER

    def disregard_before(self, point: int, time_ns: int) -> None:
        """Treat samples of a point older than this as dealt with."""
        self.state.seen[point] = max(self.state.seen[point], time_ns)

    def _heard(self, point: NDArray[np.int32]) -> NDArray[np.int64]:
        return np.maximum(self.state.seen[point], self._start_ns)

    def _notice(self, now_ns: int) -> None:
        """When somebody has set the clock back, no state may lie in the future."""
        if now_ns < self._now_ns:
            for array in (self.state.seen, self.state.newest, self.state.since):
                np.minimum(array, now_ns, out=array)
            self._start_ns = min(self._start_ns, now_ns)
            self._listening_ns = min(self._listening_ns, now_ns)
        self._now_ns = now_ns

    def _present(self, batch: Batch, now_ns: int) -> Batch:
        """The samples that speak of the present, none later than now."""
        state, point = self.state, batch.point
        ahead = batch.time > now_ns + AHEAD_NS
        time = np.minimum(batch.time, now_ns)
        late = (
            (time < state.seen[point])
            | (now_ns - time > self._patience[point])
            | ((batch.quality & _REASONS) == Reason.LATE)
        )
        late &= ~ahead
        self.figures.samples += len(batch)
        self.figures.ahead += int(ahead.sum())
        self.figures.late += int(late.sum())
        clamped = Batch(point, time, batch.value, batch.quality)
        if late.any():
            self._remember_late(clamped.take(late))
        elif not ahead.any():
            return clamped
        return clamped.take(~(late | ahead))

    def _remember_late(self, batch: Batch) -> None:
        """An old value is no reason to ring, but it ends a silence up to its own time."""
        valued = BELIEF[batch.quality] < Severity.BAD
        np.maximum.at(self.state.newest, batch.point[valued], batch.time[valued])
        np.maximum.at(self.state.seen, batch.point, batch.time)

    def _round(self, batch: Batch) -> Edges:
        """Samples of the present, no point twice."""
        state, point, time = self.state, batch.point, batch.time
        belief = BELIEF[batch.quality]
        state.seen[point] = time
        state.belief[point] = belief
        state.newest[point] = np.where(belief < Severity.BAD, time, state.newest[point])

        count = self._count[point]
        row = np.repeat(np.arange(len(batch)), count)
        start = self._first[point] - (np.cumsum(count) - count)
        condition = np.arange(row.shape[0]) + np.repeat(start, count)
        signal = self._sign[condition] * batch.value[row]
        if self._any_quality:
            is_bad = ((belief >= Severity.BAD) & (belief <= LINK_LOST))[row]
            signal = np.where(self._of_quality[condition], is_bad, signal)
        beyond = signal > self._trip[condition]
        # All others are at rest and stay there.
        awake = np.flatnonzero(beyond | state.active[condition] | (state.since[condition] != NEVER))
        if not awake.shape[0]:
            return Edges.none()
        condition, row = condition[awake], row[awake]
        believed = belief[row] <= self._least[condition]
        keep = np.flatnonzero(believed)
        condition, row, awake = condition[keep], row[keep], awake[keep]
        return self._advance(condition, time[row], batch.value[row], signal[awake], beyond[awake])

    def _advance(
        self,
        condition: NDArray[np.int64],
        time: NDArray[np.int64],
        value: NDArray[np.float64],
        signal: NDArray[np.float64],
        beyond: NDArray[np.bool_],
    ) -> Edges:
        """Move the timers of conditions by one believed sample each."""
        state = self.state
        active = state.active[condition]
        turning = np.where(active, signal <= self._back[condition], beyond)
        since = state.since[condition]
        since = np.where(turning, np.where(since == NEVER, time, since), NEVER)
        delay = np.where(active, self._off[condition], self._on[condition])
        flips = turning & (time - np.where(turning, since, time) >= delay)
        state.since[condition] = np.where(flips, NEVER, since)
        state.active[condition] = active ^ flips
        state.value[condition] = value + self._shift[condition]
        flipped = condition[flips]
        return Edges(flipped, time[flips], ~active[flips], state.value[flipped])

    def _overdue(self, now_ns: int) -> Edges:
        """Delays that a last sample, held, completes because the next one is overdue."""
        state = self.state
        condition = np.flatnonzero(state.since != NEVER)
        if not condition.shape[0]:
            return Edges.none()
        point = self._point[condition]
        heard = self._heard(point)
        active = state.active[condition]
        delay = np.where(active, self._off[condition], self._on[condition])
        due = np.maximum(state.since[condition] + delay, heard + self._expected[point])
        flips = (
            (state.belief[point] <= self._least[condition])
            & (now_ns >= due)
            & (now_ns - heard <= self._patience[point])
        )
        flipped = condition[flips]
        state.since[flipped] = NEVER
        state.active[flipped] = ~active[flips]
        return Edges(flipped, due[flips], ~active[flips], state.value[flipped])

    def _fallen_silent(self, now_ns: int) -> Edges:
        sampled = self.conditions.sampled
        newest = self.state.newest[self._silent_point]
        # A silence that began while we did not listen, as during a restart, is ours.
        counted = np.maximum(newest, self._listening_ns)
        begins = (now_ns - counted > self._silent_after) & ~self.state.active[sampled:]
        silent = np.flatnonzero(begins)
        self.state.active[sampled + silent] = True
        return Edges(
            sampled + silent,
            counted[silent] + self._silent_after[silent],
            np.ones(silent.shape[0], np.bool_),
            (now_ns - newest[silent]) / SECOND,
        )

    def _heard_again(self, now_ns: int) -> Edges:
        sampled = self.conditions.sampled
        silent = np.flatnonzero(self.state.active[sampled:])
        newest = self.state.newest[self._silent_point[silent]]
        age = now_ns - newest
        back = age <= self._silent_after[silent]
        condition = sampled + silent[back]
        self.state.active[condition] = False
        return Edges(
            condition, newest[back], np.zeros(condition.shape[0], np.bool_), age[back] / SECOND
        )
