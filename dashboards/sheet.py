"""The city as the dashboards of one language see it: names, selections, limits and their words."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from alarms.settings import Priority
from dashboards import words
from dashboards.limits import COLOURS, NORMAL, PointLimit, limits_by_point, strictest
from dashboards.model import Meaning
from historian.naming import SeriesName, series_names
from telemetry.kinds import Kind
from telemetry.quality import Reason, Severity, quality
from telemetry.text import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alarms.settings import LimitRule
    from dashboards.plan import DashboardPlan
    from telemetry.places import Site, SiteKind
    from telemetry.points import Point
    from telemetry.text import Text


class Naming(Enum):
    """How much of a point's name must stand beside its line."""

    SITE = auto()  # one point a site
    POINT = auto()  # one site
    BOTH = auto()


class Sheet:
    """Everything that panels ask about the city.

    Args:
        plan: the city.
        language: of every text.

    Attributes:
        sites: by name.
        limits: of every limited point, by its name.
        series: of every point, by its name.
    """

    def __init__(self, plan: DashboardPlan, language: Language) -> None:
        self.plan = plan
        self.language = language
        self.sites: dict[str, Site] = {site.name: site for site in plan.sites}
        self.limits: dict[str, tuple[PointLimit, ...]] = limits_by_point(
            plan.rules, plan.points, self.sites
        )
        names = series_names(plan.points, self.sites)
        self.series: dict[str, SeriesName] = {name.point: name for name in names}

    def say(self, text: Text) -> str:
        """The text in this sheet's language."""
        return text.in_(self.language)

    def points(
        self, *site_kinds: SiteKind, kind: Kind | None = None, zone: str | None = None
    ) -> tuple[Point, ...]:
        """Points of these kinds of sites, in the order of the sites."""
        order = {site.name: place for place, site in enumerate(self.plan.sites)}
        chosen = [
            point
            for point in self.plan.points
            if (kind is None or point.kind is kind) and self._stands(point, site_kinds, zone)
        ]
        return tuple(sorted(chosen, key=lambda point: order[point.site]))

    def _stands(self, point: Point, site_kinds: Sequence[SiteKind], zone: str | None) -> bool:
        site = self.sites.get(point.site)
        if site is None:
            return False
        return site.kind in site_kinds and (zone is None or site.zone == zone)

    def label(self, point: Point, naming: Naming) -> str:
        """What people call a point."""
        site, own = self.say(self.sites[point.site].title), self.say(point.title)
        if naming is Naming.SITE:
            return site
        return own if naming is Naming.POINT else f"{site} {own}"

    def limits_of(self, points: Iterable[Point]) -> tuple[PointLimit, ...]:
        """The strictest limits of points that share one picture."""
        return strictest(limit for point in points for limit in self.limits.get(point.name, ()))

    def source(self, limits: Iterable[PointLimit]) -> str:
        """Where limits come from, in a sentence each; the empty string for none."""
        by_rule: dict[str, list[PointLimit]] = {}
        for limit in limits:
            by_rule.setdefault(limit.rule.name, []).append(limit)
        return "\n\n".join(self._sentence(one) for one in by_rule.values())

    def _sentence(self, limits: Sequence[PointLimit]) -> str:
        rule = limits[0].rule
        values = "、" if self._zh else ", "
        listed = values.join(
            f"{self.say(words.LEVELS[limit.level])} {limit.stated:g}" for limit in limits
        )
        where = "（表前）" if self._zh else " (before the meter)"
        named = f"{listed}{where if limits[0].before_meter else ''}"
        return f"{named}: {rule.basis.source}{self._checked(rule)}"

    def _checked(self, rule: LimitRule) -> str:
        if rule.basis.verified:
            return ""
        return "（尚未与原文核对）" if self._zh else " (not yet compared with the original)"

    @property
    def _zh(self) -> bool:
        return self.language is Language.ZH

    def quality_words(self) -> tuple[Meaning, ...]:
        """What each quality byte means."""
        found = [Meaning(0, quality(Severity.UNCERTAIN) - 1, self.say(words.GOOD), NORMAL)]
        for severity, word, colour in (
            (Severity.UNCERTAIN, words.UNCERTAIN, COLOURS[Priority.MEDIUM]),
            (Severity.BAD, words.BAD, COLOURS[Priority.CRITICAL]),
        ):
            for reason in Reason:
                code = quality(severity, reason)
                text = self.say(word)
                if reason is not Reason.NONE:
                    text = f"{text}: {self.say(words.REASONS[reason])}"
                found.append(Meaning(code, code, text, colour))
        return tuple(found)

    def yes_and_no(self) -> tuple[Meaning, ...]:
        """What the values of a state mean."""
        return Meaning(0, 0, self.say(words.NO)), Meaning(1, 1, self.say(words.YES))


def is_total(point: Point) -> bool:
    """A counter that only grows: energy, and volumes whose signal is called ``total``."""
    if point.kind is Kind.ENERGY:
        return True
    return point.kind is Kind.VOLUME and point.name.rpartition(".")[2] == "total"


def signal_of(point: Point) -> str:
    """The point's name without its site."""
    return point.name.partition(".")[2]
