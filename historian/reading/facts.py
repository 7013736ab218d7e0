"""What is known of a point beside its readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry.kinds import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from historian.reading.city import CityFacts

_UNITS = {kind.value: facts.unit for kind, facts in FACTS.items()}


@dataclass(frozen=True, slots=True)
class PointFacts:
    """A point as the columns of a file name it.

    Attributes:
        name: the whole name.
        kind: the word, or the empty string where nobody knows it.
        unit: canonical unit of the kind.
    """

    name: str
    kind: str
    unit: str


def facts_of(
    names: Iterable[str], kinds: Mapping[str, str], city: CityFacts | None
) -> list[PointFacts]:
    """What is known of each point.

    Args:
        names: of the points.
        kinds: as the store knows them.
        city: knows better, where it still has the point.
    """
    return [_facts(name, kinds.get(name, ""), city) for name in names]


def _facts(name: str, kind: str, city: CityFacts | None) -> PointFacts:
    if city is not None and name in city.points:
        kind = city.points.by_name(name).kind.value
    return PointFacts(name, kind, _UNITS.get(kind, ""))
