"""Which series there are, and how they are found by measurement and tags."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from historian.naming import QUALITY, TAG_KEYS, VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from historian.naming import SeriesName

FIELDS = {QUALITY: "integer", VALUE: "float"}
"""The fields of every measurement and their types."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """The series of one measurement.

    Attributes:
        name: e.g. ``pressure``.
        series: by point index.
        by_tag: points by tag key and value; those without a tag stand under the empty string.
    """

    name: str
    series: Mapping[int, SeriesName]
    by_tag: Mapping[str, Mapping[str, frozenset[int]]]

    @property
    def points(self) -> frozenset[int]:
        """All points."""
        return frozenset(self.series)

    @property
    def tag_keys(self) -> tuple[str, ...]:
        """The tag keys that some series has, sorted."""
        return tuple(key for key in TAG_KEYS if any(self.by_tag[key]))

    def with_tag(self, key: str, value: str) -> frozenset[int]:
        """Points whose tag has this value; a tag that a series lacks is empty."""
        if key not in self.by_tag:
            return frozenset() if value else self.points
        return self.by_tag[key].get(value, frozenset())


class Directory:
    """The measurements of a point table, by name.

    Args:
        names: the series of each point, in the order of the table.
    """

    def __init__(self, names: Sequence[SeriesName]) -> None:
        members: defaultdict[str, dict[int, SeriesName]] = defaultdict(dict)
        for index, name in enumerate(names):
            members[name.measurement][index] = name
        self._measurements = {name: _measurement(name, members[name]) for name in sorted(members)}

    @property
    def names(self) -> tuple[str, ...]:
        """All measurements, sorted."""
        return tuple(self._measurements)

    def get(self, name: str) -> Measurement | None:
        """The measurement of this name."""
        return self._measurements.get(name)


def _measurement(name: str, series: dict[int, SeriesName]) -> Measurement:
    by_tag: dict[str, defaultdict[str, set[int]]] = {key: defaultdict(set) for key in TAG_KEYS}
    for index, one in series.items():
        for key in TAG_KEYS:
            by_tag[key][one.tag(key)].add(index)
    frozen = {
        key: {value: frozenset(points) for value, points in values.items()}
        for key, values in by_tag.items()
    }
    return Measurement(name, series, frozen)
