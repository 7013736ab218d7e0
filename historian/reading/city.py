"""What a reader wants to know of the city; the store itself knows names only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from historian.settings import HistorianSettings
    from telemetry.places import Site
    from telemetry.points import PointTable


class CityFacts(Protocol):
    """A city, as :func:`config.load.load_city` gives it."""

    @property
    def points(self) -> PointTable:
        """Kinds and units."""
        ...

    @property
    def sites(self) -> Sequence[Site]:
        """Where the points are."""
        ...

    @property
    def timezone(self) -> tzinfo:
        """Of times without an offset."""
        ...

    @property
    def historian(self) -> HistorianSettings:
        """Where the readings lie in the data directory."""
        ...
