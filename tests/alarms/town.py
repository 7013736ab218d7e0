"""A small town for the tests: four pressure nodes, a works, and rules over them."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from alarms.bank import RuleBank
from alarms.conditions import compile_rules
from alarms.settings import Rule
from alarms.tracker import AlarmTracker
from alarms.view import AlarmViews
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.kinds import FACTS, Kind
from telemetry.places import Sampling, Site, SiteKind
from telemetry.points import Point, PointTable
from telemetry.quality import GOOD
from telemetry.text import Text

START_NS = 1_767_225_600 * SECOND
"""City time at which the tests begin, also that of the virtual clock."""


def node(name: str, zone: str = "south", **facts: Any) -> Site:
    return Site(
        name, SiteKind.PRESSURE_NODE, Text(f"测压点{name}", f"Node {name}"), zone, 0, 0, **facts
    )


SITES = {
    site.name: site
    for site in (
        node("n1", elevation_m=100.0, meter_elevation_m=106.0, meter_loss_mpa=0.005),
        node("n2", elevation_m=100.0, meter_elevation_m=90.0),
        node("n3", zone="north", elevation_m=80.0, meter_elevation_m=80.0),
        node("n4", zone="north", elevation_m=80.0),
        Site(
            "works",
            SiteKind.WORKS,
            Text("水厂", "Works"),
            "east",
            0,
            0,
            sampling=Sampling.WORKS,
        ),
        Site(
            "end",
            SiteKind.QUALITY_STATION,
            Text("末梢", "Network end"),
            "east",
            0,
            0,
            sampling=Sampling.END,
        ),
    )
}


def point(name: str, kind: Kind, expected_s: float = 15.0) -> Point:
    facts = FACTS[kind]
    return Point(
        name,
        kind,
        Text(f"点{name}", f"Point {name}"),
        name.split(".", maxsplit=1)[0],
        facts.low,
        facts.high,
        expected_s=expected_s,
    )


POINTS = PointTable(
    [
        point("n1.pressure", Kind.PRESSURE),
        point("n2.pressure", Kind.PRESSURE),
        point("n3.pressure", Kind.PRESSURE),
        point("n4.pressure", Kind.PRESSURE),
        point("works.outlet.pressure", Kind.PRESSURE),
        point("works.free_chlorine", Kind.FREE_CHLORINE),
        point("end.free_chlorine", Kind.FREE_CHLORINE),
        point("end.turbidity", Kind.TURBIDITY),
    ]
)
N1, N2, N3, N4 = range(4)

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)

LOW_PRESSURE: dict[str, Any] = {
    "type": "limit",
    "name": "low_pressure",
    "title": {"zh": "{site}{point}压力{value}{unit}", "en": "{site}: {value} {unit} < {limit}"},
    "advice": {"zh": "查看{site}", "en": "Look at {site}"},
    "select": {"points": ["*.pressure"], "site_kind": ["pressure_node"]},
    "basis": {"source": "a test"},
    "low": {"value": 0.18, "priority": "medium"},
}


def rule(**changes: Any) -> Rule:
    """A rule like LOW_PRESSURE, with changes; None takes a key away."""
    body = {k: v for k, v in (LOW_PRESSURE | changes).items() if v is not None}
    if body["type"] != "limit":
        body.pop("low", None)
    body["title"] = _text(body["title"])
    if "advice" in body:
        body["advice"] = _text(body["advice"])
    return _RULE.validate_python(body)


def _text(words: dict[str, str] | Text) -> Text:
    return words if isinstance(words, Text) else Text(**words)


def stale_rule(**changes: Any) -> Rule:
    return rule(**({"type": "stale", "name": "silent", "priority": "low"} | changes))


def quality_rule(**changes: Any) -> Rule:
    return rule(**({"type": "bad_quality", "name": "sensor", "priority": "low"} | changes))


def bank(*rules: Rule, points: PointTable = POINTS, start_ns: int = START_NS) -> RuleBank:
    return RuleBank(compile_rules(rules, points, SITES), start_ns)


def views(*rules: Rule) -> AlarmViews:
    return AlarmViews(rules, POINTS, SITES)


def at(seconds: float) -> int:
    """City time, seconds after the start."""
    return START_NS + round(seconds * SECOND)


def reading(seconds: float, value: float, quality: int = GOOD, of: int = N1) -> Batch:
    """One sample."""
    return Batch.of([of], at(seconds), value, quality)


class Watch:
    """A bank and its tracker, fed by hand; seconds after the start."""

    def __init__(self, *rules: Rule) -> None:
        self.bank = bank(*rules)
        self.tracker = AlarmTracker(self.bank.conditions)

    def see(
        self, seconds: float, value: float, quality: int = GOOD, of: int = N1
    ) -> list[tuple[str, str]]:
        """One sample that arrives when it was taken; what happened, as (event, level)."""
        return self.see_all(reading(seconds, value, quality, of), seconds)

    def see_all(self, batch: Batch, seconds: float) -> list[tuple[str, str]]:
        changes = self.tracker.take(self.bank.evaluate(batch, at(seconds)))
        return [(c.transition.event.value, c.transition.level) for c in changes]

    def tick(self, seconds: float) -> list[tuple[str, str]]:
        changes = self.tracker.take(self.bank.tick(at(seconds)))
        return [(c.transition.event.value, c.transition.level) for c in changes]
