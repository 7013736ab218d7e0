"""How far back samples and minutes of each point are kept, at a given time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from historian.settings import HistorianSettings
    from telemetry.points import Point

DAY_NS = 86_400 * SECOND

EVER = -(2**63)
"""Before any time: nothing has been thinned or forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Horizons:
    """What has become too old, per point of the table.

    Attributes:
        raw: ``int64[n]``, ns, whole UTC days: of what is older only the minutes stay.
        keep: ``int64[n]``, ns, <= raw: nothing of what is older stays.
        others_raw, others_keep: the same for points that have left the table.
    """

    raw: NDArray[np.int64]
    keep: NDArray[np.int64]
    others_raw: int
    others_keep: int


@dataclass(frozen=True, slots=True, eq=False)
class Lifetimes:
    """How long each point's samples and minutes are kept, ns; the fields are as in Horizons."""

    raw: NDArray[np.int64]
    keep: NDArray[np.int64]
    others_raw: int
    others_keep: int

    @classmethod
    def of(cls, settings: HistorianSettings, points: Iterable[Point]) -> Lifetimes:
        """What the settings say for these points, by their kinds."""
        kinds = [point.kind for point in points]
        return cls(
            raw=np.array([_ns(settings.raw_days_of(kind)) for kind in kinds], dtype=np.int64),
            keep=np.array([_ns(settings.keep_days_of(kind)) for kind in kinds], dtype=np.int64),
            others_raw=_ns(settings.raw_days),
            others_keep=_ns(max(settings.keep_days, settings.raw_days)),
        )

    def at(self, now_ns: int) -> Horizons:
        """What has become too old by ``now_ns``."""
        return Horizons(
            raw=whole_days(now_ns - self.raw),
            keep=now_ns - self.keep,
            others_raw=int(whole_days(np.array([now_ns - self.others_raw]))[0]),
            others_keep=now_ns - self.others_keep,
        )


def _ns(days: float) -> int:
    return int(days * 86_400) * SECOND


def whole_days(time: NDArray[np.int64]) -> NDArray[np.int64]:
    """The beginning of the UTC day of each time, ns."""
    return time // DAY_NS * DAY_NS
