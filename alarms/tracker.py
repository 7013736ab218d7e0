"""From changed conditions to alarms: one alarm for each rule at each point; pure."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from alarms.alarm import AlarmChange, Ringing, happened, rang
from alarms.levels import AlarmLevel, weight
from alarms.lifecycle import Trigger
from alarms.settings import Priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from alarms.conditions import Conditions
    from alarms.edges import Edges
    from records.alarm_rows import AlarmRow

Key = tuple[str, str]
"""Rule and point name."""


class AlarmTracker:
    """The open alarms and which of their conditions hold.

    Args:
        conditions: the compiled rules.
        rows: the open alarms, as the journal has them.
        active: ``bool[m]`` which conditions hold.
        lost: ids of alarms whose data are lost.
    """

    def __init__(
        self,
        conditions: Conditions,
        rows: Iterable[AlarmRow] = (),
        active: NDArray[np.bool_] | None = None,
        lost: Iterable[str] = (),
    ) -> None:
        self._conditions = conditions
        self._open: dict[Key, AlarmRow] = {(row.rule, row.point): row for row in rows}
        self._holding: dict[Key, set[int]] = {}
        self._lost = set(lost)
        for condition in np.flatnonzero(active) if active is not None else ():
            self._holding.setdefault(conditions.key(int(condition)), set()).add(int(condition))

    @property
    def open(self) -> Iterable[AlarmRow]:
        """All alarms that are not normal."""
        return self._open.values()

    @property
    def lost(self) -> frozenset[str]:
        """Ids of active alarms whose data are lost."""
        return frozenset(self._lost)

    def take(self, edges: Edges) -> list[AlarmChange]:
        """Move the alarms by changed conditions, oldest first.

        Changes of one alarm at one instant are one transition: a value that falls through both
        low limits at once rings once, as the lower.
        """
        changes: list[AlarmChange] = []
        rows = zip(
            edges.time.tolist(),
            edges.condition.tolist(),
            edges.begins.tolist(),
            edges.value.tolist(),
            strict=True,
        )
        for time_ns, instant in groupby(rows, key=lambda row: row[0]):
            touched: dict[Key, float] = {}
            for _, condition, begins, value in instant:
                key = self._conditions.key(condition)
                holding = self._holding.setdefault(key, set())
                (holding.add if begins else holding.discard)(condition)
                touched[key] = value
            changes += [c for k, v in touched.items() for c in self._moved(k, time_ns, v)]
        return changes

    def adopt(self, change: AlarmChange) -> None:
        """Take over what happened to an alarm."""
        row = change.after
        key = (row.rule, row.point)
        if row.state.open:
            self._open[key] = row
        else:
            self._open.pop(key, None)
        if not row.state.active:
            self._lost.discard(row.id)

    def shown_conditions(self) -> list[tuple[AlarmRow, int]]:
        """Every active alarm with the condition that it shows."""
        return [
            (row, self._top(holding))
            for key, holding in self._holding.items()
            if holding and (row := self._open.get(key)) is not None
        ]

    def mark_lost(
        self, shown: Sequence[tuple[AlarmRow, int]], lost: NDArray[np.bool_], time_ns: int
    ) -> list[AlarmChange]:
        """Note which alarms' data are lost; the alarms stay.

        Args:
            shown: from :meth:`shown_conditions`.
            lost: ``(k,)`` for each of them.
            time_ns: when this was seen.
        """
        changes = []
        for (row, _), gone in zip(shown, lost.tolist(), strict=True):
            if gone == (row.id in self._lost):
                continue
            (self._lost.add if gone else self._lost.discard)(row.id)
            trigger = Trigger.LOSES_DATA if gone else Trigger.REGAINS_DATA
            changes.append(self._adopted(happened(row, trigger, time_ns)))
        return changes

    def retire(self, time_ns: int) -> list[AlarmChange]:
        """Close open alarms whose rule, level or point left the configuration."""
        left = [
            row
            for key, row in self._open.items()
            if row.level != AlarmLevel.RULE_ERROR and not self._conditions.knows(key, row.level)
        ]
        return [self._adopted(happened(row, Trigger.RETIRE, time_ns)) for row in left]

    def ring_faults(self, time_ns: int) -> list[AlarmChange]:
        """A rule that cannot be watched is an alarm by itself, until it can."""
        faulty = {fault.rule.name for fault in self._conditions.faults}
        changes = [
            self._adopted(happened(row, Trigger.CEASES, time_ns))
            for row in list(self._open.values())
            if row.level == AlarmLevel.RULE_ERROR and row.state.active and row.rule not in faulty
        ]
        for rule in sorted(faulty):
            before = self._open.get((rule, ""))
            if before is None or not before.state.active:
                changes.append(self._adopted(rang(_fault(rule), before, Trigger.BEGINS, time_ns)))
        return changes

    def _moved(self, key: Key, time_ns: int, value: float) -> list[AlarmChange]:
        row = self._open.get(key)
        holding = self._holding[key]
        if not holding:
            del self._holding[key]
            if row is None or not row.state.active:
                return []
            return [self._adopted(happened(row, Trigger.CEASES, time_ns, value))]
        what = self._ringing(key, self._top(holding), value)
        trigger = _trigger(row, what)
        if trigger is None:
            return []
        return [self._adopted(rang(what, row, trigger, time_ns))]

    def _adopted(self, change: AlarmChange) -> AlarmChange:
        self.adopt(change)
        return change

    def _top(self, holding: set[int]) -> int:
        rows = self._conditions.rows
        return max(
            holding,
            key=lambda c: (weight(self._conditions.level(c), int(rows["priority"][c])), c),
        )

    def _ringing(self, key: Key, condition: int, value: float) -> Ringing:
        row = self._conditions.rows[condition]
        return Ringing(
            rule=key[0],
            point=key[1],
            level=self._conditions.level(condition).value,
            priority=int(row["priority"]),
            limit=float(row["limit"]),
            value=value,
        )


def _trigger(row: AlarmRow | None, what: Ringing) -> Trigger | None:
    if row is None or not row.state.active:
        return Trigger.BEGINS
    if row.level == what.level:
        return None
    now = weight(AlarmLevel(what.level), what.priority)
    return Trigger.WORSENS if now >= weight(AlarmLevel(row.level), row.priority) else Trigger.EASES


def _fault(rule: str) -> Ringing:
    return Ringing(rule, "", AlarmLevel.RULE_ERROR.value, Priority.HIGH.number, math.nan, math.nan)
