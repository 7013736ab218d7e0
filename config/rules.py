"""Rules and channels compared with the points, sites and zones they speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from alarms.selection import meter_shifts, selected_points
from alarms.settings import BadQualityRule, LimitRule, Measure, StaleRule
from config.problems import did_you_mean, listed
from telemetry.kinds import FACTS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from config.entries import WebhookEntry
    from config.origins import Origin
    from config.problems import Problems
    from config.roster import Roster
    from config.tables import Located
    from telemetry.places import Site, Zone
    from telemetry.points import PointTable
    from telemetry.text import Text

AnyRule = LimitRule | StaleRule | BadQualityRule
_TITLE_WORDS = ("{site}", "{point}", "{value}", "{limit}", "{unit}")
_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_LEVELS = ("low_low", "low", "high", "high_high")


@dataclass(frozen=True, slots=True, eq=False)
class RuleCheck:
    """Complains about rules that cannot do what they say.

    Attributes:
        points: all points.
        sites: by name.
        zones: all zones.
        complete: whether all points could be read; if not, none is called missing.
        problems: where everything that is wrong is noted.
    """

    points: PointTable
    sites: Mapping[str, Site]
    zones: Roster[Zone]
    complete: bool
    problems: Problems

    def check(self, rules: Sequence[Located[AnyRule]]) -> None:
        """Check all rules, together and one by one."""
        first: dict[str, Origin] = {}
        for located in rules:
            rule, origin = located.value, located.origin
            if rule.name in first:
                what = f"stands twice; first at {first[rule.name].place()}"
                origin.complain(self.problems, what, "name")
            first.setdefault(rule.name, origin)
            self._check_texts(rule, origin)
            self._check_selection(rule, origin)

    def _check_texts(self, rule: AnyRule, origin: Origin) -> None:
        texts = [("title", rule.title)] + ([("advice", rule.advice)] if rule.advice else [])
        for key, text in texts:
            for wrong in _wrong_words(text):
                hint = did_you_mean(wrong, _TITLE_WORDS)
                what = f"{key} holds {wrong}"
                expected = listed(_TITLE_WORDS)
                origin.complain(self.problems, what, key, expected=expected, hint=hint)

    def _check_selection(self, rule: AnyRule, origin: Origin) -> None:
        before = len(self.problems)
        for zone in rule.select.zone:
            if self.zones.lacks(zone):
                hint = self.zones.hint(zone)
                what = f"zone {zone!r} is unknown"
                origin.complain(self.problems, what, "select", "zone", hint=hint)
        for name in rule.select.points:
            if self.complete and not set("*?[") & set(name) and name not in self.points:
                hint = did_you_mean(name, (point.name for point in self.points))
                what = f"point {name!r} is unknown"
                origin.complain(self.problems, what, "select", "points", hint=hint)
        chosen = selected_points(rule.select, self.points, self.sites)
        if self.complete and not len(chosen) and len(self.problems) == before:
            origin.complain(self.problems, "selects no point", "select")
        if len(chosen) and isinstance(rule, LimitRule):
            self._check_limits(rule, chosen, origin)

    def _check_limits(self, rule: LimitRule, chosen: NDArray[np.int32], origin: Origin) -> None:
        kinds = list(dict.fromkeys(self.points[i].kind for i in chosen))
        if len(kinds) > 1:
            what = f"one limit cannot serve several kinds: {listed(kind.value for kind in kinds)}"
            origin.complain(self.problems, what, "select", hint="name one kind in select")
            return
        if rule.measure is Measure.BEFORE_METER:
            self._check_before_meter(kinds[0], chosen, origin)
        else:
            self._check_ranges(rule, chosen, origin)
        _check_deadband(rule, kinds[0], origin, self.problems)

    def _check_before_meter(self, kind: Kind, chosen: NDArray[np.int32], origin: Origin) -> None:
        if kind is not Kind.PRESSURE:
            what = f"only a pressure can be carried to the meter, not {kind.value}"
            origin.complain(self.problems, what, "measure")
            return
        unknown = np.isnan(meter_shifts(chosen, self.points, self.sites))
        names = list(dict.fromkeys(self.points[i].site for i in chosen[unknown]))
        if names:
            what = f"meter_elevation_m is missing at {listed(names, most=5)}"
            hint = "give it in the sites' spreadsheet, or select other points"
            origin.complain(self.problems, what, "measure", hint=hint)

    def _check_ranges(self, rule: LimitRule, chosen: NDArray[np.int32], origin: Origin) -> None:
        for key in _LEVELS:
            level = getattr(rule, key)
            if level is None:
                continue
            low, high = self.points.low[chosen], self.points.high[chosen]
            outside = chosen[(level.value <= low) | (level.value >= high)]
            if len(outside):
                point = self.points[outside[0]]
                what = f"{key} {level.value:g} can never ring at {point.name!r}"
                expected = f"a value inside its range, {point.low:g} to {point.high:g}"
                origin.complain(
                    self.problems, what, key, "value", expected=f"{expected} {point.unit}".strip()
                )


def _check_deadband(rule: LimitRule, kind: Kind, origin: Origin, problems: Problems) -> None:
    low, high = rule.low or rule.low_low, rule.high or rule.high_high
    if low and high and low.value + rule.deadband >= high.value - rule.deadband:
        what = f"with a deadband of {rule.deadband:g} {FACTS[kind].unit} nothing could clear"
        origin.complain(
            problems,
            what,
            "deadband",
            expected=f"less than half of the way from {low.value:g} to {high.value:g}",
        )


def _wrong_words(text: Text) -> list[str]:
    """What stands in braces and is none of the words that are filled in.

    Formats are wrong too: ``{value:999999999}`` would fill the memory.
    """
    rest = f"{text.zh}\n{text.en}"
    for word in _TITLE_WORDS:
        rest = rest.replace(word, "")
    return list(dict.fromkeys(_BRACES.findall(rest)))


def check_webhooks(webhooks: Sequence[Located[WebhookEntry]], problems: Problems) -> None:
    """Complain about webhooks of one name, and about addresses that cannot be posted to."""
    seen: set[str] = set()
    for located in webhooks:
        webhook, origin = located.value, located.origin
        if webhook.name in seen:
            origin.complain(problems, "stands twice; a webhook's name is unique", "name")
        seen.add(webhook.name)
        if not _can_be_posted_to(webhook.url):
            # The address is a secret and is not quoted.
            origin.complain(problems, "url is no address", "url", expected="http://… or https://…")


def _can_be_posted_to(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
