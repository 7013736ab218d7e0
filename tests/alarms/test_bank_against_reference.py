"""The bank on arrays does what a plain per-sample model does, on any samples."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.levels import AlarmLevel
from telemetry.batch import Batch
from telemetry.quality import GOOD, Reason, Severity, bad, uncertain
from tests.alarms.reference import Change, ReferenceCondition, ReferencePoint
from tests.alarms.town import N1, N2, POINTS, START_NS, at, bank, quality_rule, rule, stale_rule

SECOND = 1_000_000_000
WATCHED = (N1, N2)

# Multiples of 1/64, so that limits with deadbands are exact and the boundary itself is met.
VALUES = st.sampled_from([k / 64 for k in range(8, 33)] + [float("nan")])
QUALITIES = st.sampled_from(
    [GOOD] * 6
    + [
        bad(Reason.COMM),
        bad(Reason.MAINTENANCE),
        bad(Reason.STALE),
        uncertain(Reason.SUSPECT),
        uncertain(Reason.LATE),
        uncertain(Reason.STALE),
        uncertain(Reason.MAINTENANCE),
    ]
)
SAMPLES = st.lists(
    st.tuples(
        st.sampled_from(WATCHED),
        st.integers(-400, 20) | st.integers(-12, 1) | st.integers(300, 400),
        VALUES,
        QUALITIES,
    ),
    max_size=8,
)
STEPS = st.lists(st.tuples(st.integers(0, 40), SAMPLES), max_size=25)
DELAYS = st.sampled_from([0, 1, 5, 30, 100])


@st.composite
def limit_rules(draw: st.DrawFn) -> dict[str, object]:
    values = sorted(draw(st.lists(st.integers(8, 32), min_size=4, max_size=4)))
    names = ("low_low", "low", "high", "high_high")
    chosen = draw(st.sets(st.sampled_from(names), min_size=1))
    priorities = st.sampled_from(["critical", "high", "medium", "low"])
    levels = {
        name: {"value": value / 64, "priority": draw(priorities)} if name in chosen else None
        for name, value in zip(names, values, strict=True)
    }
    return levels | {
        "deadband": draw(st.sampled_from([0.0, 1 / 64, 4 / 64])),
        "on_delay_s": draw(DELAYS),
        "off_delay_s": draw(DELAYS),
        "least_quality": draw(st.sampled_from(["good", "uncertain"])),
    }


def _reference(facts: dict[str, object], after_s: int, on_s: int) -> list[ReferenceCondition]:
    found = []
    for name in ("low_low", "low", "high", "high_high"):
        level = facts[name]
        if isinstance(level, dict):
            found.append(
                ReferenceCondition(
                    f"low_pressure {name}",
                    name.split("_")[0],
                    level["value"],
                    float(str(facts["deadband"])),
                    int(str(facts["on_delay_s"])) * SECOND,
                    int(str(facts["off_delay_s"])) * SECOND,
                    Severity[str(facts["least_quality"]).upper()],
                )
            )
    found.append(
        ReferenceCondition(
            "sensor bad_quality", "bad", on_ns=on_s * SECOND, off_ns=0, least=Severity.BAD
        )
    )
    found.append(ReferenceCondition("silent stale", "stale", on_ns=after_s * SECOND))
    return found


@settings(max_examples=400, deadline=None)
@given(facts=limit_rules(), after_s=st.sampled_from([10, 60, 200]), on_s=DELAYS, steps=STEPS)
def test_arrays_do_what_single_samples_do(
    facts: dict[str, object],
    after_s: int,
    on_s: int,
    steps: list[tuple[int, list[tuple[int, int, float, int]]]],
) -> None:
    subject = bank(rule(**facts), quality_rule(on_delay_s=on_s), stale_rule(after_s=after_s))
    points = {
        p: ReferencePoint(15 * SECOND, START_NS, _reference(facts, after_s, on_s)) for p in WATCHED
    }
    seconds = 0
    found: list[tuple[int, str, bool, int]] = []
    for pause, samples in steps:
        seconds += pause
        now = at(seconds)
        # An empty step is a tick; a step with samples is a batch.
        batch = Batch.of(
            [p for p, _, _, _ in samples],
            [at(seconds + t) for _, t, _, _ in samples],
            [v for _, _, v, _ in samples],
            [q for _, _, _, q in samples],
        )
        edges = subject.evaluate(batch, now) if samples else subject.tick(now)
        for condition, time, begins in zip(
            edges.condition.tolist(), edges.time.tolist(), edges.begins.tolist(), strict=True
        ):
            name, point = subject.conditions.key(condition)
            level = subject.conditions.level(condition)
            found.append((time, f"{name} {level.value}", begins, POINTS.index(point)))
        for p, reference in points.items():
            own = [(at(seconds + t), v, q) for sp, t, v, q in samples if sp == p]
            if own:
                reference.arrive(own, now)
            elif not samples:
                reference.tick(now)
    for p, reference in points.items():
        ours: list[Change] = [change[:3] for change in found if change[3] == p]
        assert Counter(ours) == Counter(reference.changes)
        for name in {change[1] for change in ours}:
            assert [c for c in ours if c[1] == name] == [
                c for c in reference.changes if c[1] == name
            ]
    assert subject.figures.late == sum(reference.late for reference in points.values())


@settings(max_examples=200, deadline=None)
@given(facts=limit_rules(), steps=STEPS)
def test_inner_limit_holds_whenever_the_outer_does(
    facts: dict[str, object], steps: list[tuple[int, list[tuple[int, int, float, int]]]]
) -> None:
    subject = bank(rule(**facts))
    seconds = 0
    for pause, samples in steps:
        seconds += pause
        batch = Batch.of(
            [p for p, _, _, _ in samples],
            [at(seconds + t) for _, t, _, _ in samples],
            [v for _, _, v, _ in samples],
            [q for _, _, _, q in samples],
        )
        subject.evaluate(batch, at(seconds))
        subject.tick(at(seconds))
        for p in WATCHED:
            of_key = subject.conditions.of_key(("low_pressure", POINTS[p].name))
            holds = {subject.conditions.level(c): subject.state.active[c] for c in of_key}
            for outer, inner in (
                (AlarmLevel.LOW_LOW, AlarmLevel.LOW),
                (AlarmLevel.HIGH_HIGH, AlarmLevel.HIGH),
            ):
                if inner in holds and outer in holds:
                    assert holds[inner] or not holds[outer]
