"""One alarm for each rule at each point, through its levels."""

from __future__ import annotations

import numpy as np
import pytest

from alarms.acknowledgement import AcknowledgeRequest, judge
from alarms.alarm import AlarmChange, alarm_id
from records.alarm_rows import AlarmRow, AlarmState
from tests.alarms.town import N1, N2, Watch, at, quality_rule, rule, stale_rule

TWO_LEVELS = rule(low_low={"value": 0.14, "priority": "high"})


def _acknowledge(watch: Watch, row: AlarmRow, seconds: float) -> None:
    change = judge(AcknowledgeRequest(row.id, row.version, "li", None), row, at(seconds))
    assert isinstance(change, AlarmChange)
    watch.tracker.adopt(change)


def _only(watch: Watch) -> AlarmRow:
    (row,) = watch.tracker.open
    return row


def _lost(watch: Watch, seconds: float) -> list[tuple[str, str]]:
    shown = watch.tracker.shown_conditions()
    conditions = np.array([condition for _, condition in shown], dtype=np.int64)
    lost = watch.bank.lost(conditions, at(seconds))
    changes = watch.tracker.mark_lost(shown, lost, at(seconds))
    return [(c.transition.event.value, c.transition.level) for c in changes]


def test_worse_level_asks_for_a_new_acknowledgement() -> None:
    watch = Watch(TWO_LEVELS)
    watch.see(0, 0.16)
    _acknowledge(watch, _only(watch), 5)
    assert _only(watch).state is AlarmState.ACTIVE_ACKNOWLEDGED
    assert watch.see(15, 0.1) == [("level_changed", "low_low")]
    row = _only(watch)
    assert (row.state, row.priority, row.level) == (
        AlarmState.ACTIVE_UNACKNOWLEDGED,
        2,
        "low_low",
    )


def test_milder_level_leaves_the_acknowledgement() -> None:
    watch = Watch(TWO_LEVELS)
    watch.see(0, 0.1)
    _acknowledge(watch, _only(watch), 5)
    assert watch.see(15, 0.16) == [("level_changed", "low")]
    assert _only(watch).state is AlarmState.ACTIVE_ACKNOWLEDGED


def test_outer_limit_of_equal_priority_is_worse() -> None:
    watch = Watch(rule(low_low={"value": 0.14, "priority": "medium"}))
    watch.see(0, 0.16)
    _acknowledge(watch, _only(watch), 5)
    watch.see(15, 0.1)
    assert (_only(watch).level, _only(watch).state) == (
        "low_low",
        AlarmState.ACTIVE_UNACKNOWLEDGED,
    )


def test_other_side_is_a_new_crossing() -> None:
    watch = Watch(rule(high={"value": 0.6, "priority": "medium"}))
    watch.see(0, 0.1)
    _acknowledge(watch, _only(watch), 5)
    assert watch.see(15, 0.9) == [("level_changed", "high")]
    assert _only(watch).state is AlarmState.ACTIVE_UNACKNOWLEDGED


def test_alarm_keeps_its_identity_until_it_is_normal_again() -> None:
    watch = Watch(rule())
    watch.see(0, 0.1)
    first = _only(watch)
    assert first.id == alarm_id("low_pressure", "n1.pressure", at(0))
    watch.see(15, 0.3)
    watch.see(30, 0.1)
    again = _only(watch)
    assert (again.id, again.version, again.since_ns) == (first.id, 3, at(30))
    _acknowledge(watch, again, 35)
    watch.see(45, 0.3)
    assert list(watch.tracker.open) == []
    watch.see(60, 0.1)
    assert _only(watch).id != first.id


def test_lost_sensor_leaves_the_alarm_and_says_so_A8() -> None:
    watch = Watch(rule())
    watch.see(0, 0.1)
    watch.see(15, float("nan"), quality=0b10_000001)
    assert _lost(watch, 15) == [("lost", "low")]
    assert _lost(watch, 16) == []
    assert _only(watch).state is AlarmState.ACTIVE_UNACKNOWLEDGED
    watch.see(30, 0.1)
    assert _lost(watch, 30) == [("regained", "low")]


def test_silence_is_loss_too_A8() -> None:
    watch = Watch(rule())
    watch.see(0, 0.1)
    assert _lost(watch, 100) == []
    assert _lost(watch, 121) == [("lost", "low")]


def test_instrument_alarms_do_not_lose_their_data() -> None:
    watch = Watch(quality_rule(on_delay_s=0), stale_rule(after_s=30))
    watch.see(0, float("nan"), quality=0b10_000001)
    watch.tick(400)
    assert {row.level for row in watch.tracker.open} >= {"bad_quality", "stale"}
    assert _lost(watch, 400) == []


def test_end_of_a_lost_alarm_ends_the_loss() -> None:
    watch = Watch(rule())
    watch.see(0, 0.1)
    _lost(watch, 121)
    assert watch.tracker.lost == {_only(watch).id}
    watch.see(130, 0.3)
    assert watch.tracker.lost == frozenset()


def test_points_ring_apart() -> None:
    watch = Watch(rule())
    watch.see(0, 0.1, of=N1)
    watch.see(1, 0.1, of=N2)
    assert {row.point for row in watch.tracker.open} == {"n1.pressure", "n2.pressure"}
    assert watch.see(15, 0.3, of=N1) == [("cleared", "low")]


def test_faulty_rule_rings_until_it_is_mended_A7() -> None:
    faulty = Watch(rule(select={"zone": ["nowhere"]}))
    (rung,) = faulty.tracker.ring_faults(at(0))
    assert (rung.after.rule, rung.after.point, rung.after.level) == (
        "low_pressure",
        "",
        "rule_error",
    )
    assert faulty.tracker.ring_faults(at(1)) == []
    mended = Watch(rule())
    mended.tracker.adopt(rung)
    (cleared,) = mended.tracker.ring_faults(at(2))
    assert cleared.after.state is AlarmState.CLEARED_UNACKNOWLEDGED


@pytest.mark.parametrize(
    "changed",
    [
        rule(name="other"),
        rule(select={"points": ["n2.pressure"]}),
        rule(low=None, high={"value": 1.0, "priority": "low"}),
    ],
    ids=["rule gone", "point gone", "level gone"],
)
def test_alarm_of_what_left_the_configuration_is_retired(changed: object) -> None:
    before = Watch(rule())
    before.see(0, 0.1)
    after = Watch(changed)  # type: ignore[arg-type]  # a rule of any type
    tracker = type(after.tracker)(
        after.bank.conditions, before.tracker.open, np.zeros(len(after.bank.conditions), bool)
    )
    (retired,) = tracker.retire(at(5))
    assert retired.transition.event.value == "retired"
    assert retired.after.state is AlarmState.NORMAL
    assert list(tracker.open) == []
