"""Series in, transitions out: what limit, stale and bad-quality rules mean, as tables.

A line of ``series`` is ``arrival: time value [quality]; …`` or ``arrival: tick``, in seconds; a
line of ``transitions`` is ``time event level state [value]``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alarms.bank import RuleBank
from alarms.conditions import compile_rules
from alarms.tracker import AlarmTracker
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.kinds import Kind
from telemetry.points import PointTable
from telemetry.quality import Reason, Severity, quality
from tests.alarms.town import SITES, START_NS, at, point, rule

if TYPE_CHECKING:
    from alarms.alarm import AlarmChange

CASES = sorted((Path(__file__).parents[1] / "cases" / "alarms" / "limits").glob("*.toml"))


def _sample(text: str) -> tuple[float, float, int]:
    time, value, *how = text.split()
    severity, _, reason = (how[0] if how else "good").partition(":")
    code = quality(Severity[severity.upper()], Reason[(reason or "none").upper()])
    return float(time), float(value), code


def _play(bank: RuleBank, tracker: AlarmTracker, line: str) -> list[AlarmChange]:
    arrival, _, what = line.partition(":")
    now_ns = at(float(arrival))
    if what.strip() == "tick":
        return tracker.take(bank.tick(now_ns))
    samples = [_sample(text) for text in what.split(";")]
    batch = Batch.of(
        [0] * len(samples),
        [at(time) for time, _, _ in samples],
        [value for _, value, _ in samples],
        [code for _, _, code in samples],
    )
    return tracker.take(bank.evaluate(batch, now_ns))


def _line(change: AlarmChange, *, with_value: bool) -> str:
    transition = change.transition
    seconds = (transition.time_ns - START_NS) / SECOND
    value = f" {transition.value:g}" if with_value and transition.value is not None else ""
    return f"{seconds:g} {transition.event} {transition.level} {transition.state}{value}"


def test_there_are_cases() -> None:
    assert len(CASES) >= 15


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_rule_rings_as_the_table_says(path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    points = PointTable([point("n1.pressure", Kind.PRESSURE, case.get("expected_s", 15.0))])
    changes = {"low": None} if case["rule"].get("type", "limit") == "limit" else {}
    conditions = compile_rules([rule(**(changes | case["rule"]))], points, SITES)
    bank, tracker = RuleBank(conditions, START_NS), AlarmTracker(conditions)
    found = [change for line in case["series"] for change in _play(bank, tracker, line)]
    expected = case["transitions"]
    assert conditions.faults == ()
    assert [
        _line(change, with_value=len(line.split()) > 4)
        for change, line in zip(found, [*expected, *[""] * len(found)], strict=False)
    ] == expected
    assert bank.figures.late == case.get("late", 0)
