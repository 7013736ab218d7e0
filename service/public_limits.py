"""Which limits the public is shown, taken from the limit rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarms.selection import selected_points
from alarms.settings import LimitRule, Measure
from feed.plan import PublicLimit, narrowest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alarms.settings import Rule
    from telemetry.places import Site
    from telemetry.points import PointTable


def public_limits(
    rules: Iterable[Rule], points: PointTable, sites: Mapping[str, Site]
) -> dict[int, PublicLimit]:
    """The limit of each point that has one in a standard or a public promise.

    A rule counts when its basis names an edition: what has been published has one, while the
    control values of a works and the figures of a design have none, and to measure a utility in
    public by its own early warnings would only teach it to set them wide. A limit before the
    customer's meter is left out, because what is published is read in the network.

    Args:
        rules: of the city.
        points: all points.
        sites: by name.

    Returns:
        By index into ``points``; the narrowest where several apply.
    """
    found: dict[int, PublicLimit] = {}
    for rule in rules:
        if isinstance(rule, LimitRule) and rule.basis.edition and rule.measure is Measure.AS_READ:
            limit = _of_rule(rule)
            for point in selected_points(rule.select, points, sites).tolist():
                found[point] = narrowest([found[point], limit]) if point in found else limit
    return found


def _of_rule(rule: LimitRule) -> PublicLimit:
    """The inner level of a rule is the limit; an outer one says how urgent it is."""
    low = rule.low or rule.low_low
    high = rule.high or rule.high_high
    return PublicLimit(
        low=None if low is None else low.value,
        high=None if high is None else high.value,
        source=rule.basis.source,
        edition=rule.basis.edition,
        verified=rule.basis.verified,
    )
