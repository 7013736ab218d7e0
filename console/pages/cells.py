"""One live value as a page shows it: text, quality, age, limits and its alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.drawing.bars import Scale, bar_scale
from console.wording import number
from telemetry.kinds import Kind
from telemetry.quality import Severity, severity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.ports import Band, CityPlan
    from console.snapshot import Shown
    from console.wording import Wording
    from telemetry.points import Point


@dataclass(frozen=True, slots=True)
class AlarmMark:
    """What a point's worst open alarm does to its looks.

    Attributes:
        priority: 1 critical to 4 low.
        unacknowledged: somebody still has to look at it; only this blinks.
    """

    priority: int
    unacknowledged: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in the page.

    Attributes:
        point, title, unit, decimals: of the point.
        number: the value itself, or None when there is none or it is bad.
        value: what is written; never the last value of a point that is bad.
        share: where the bar's mark stands, 0 to 1, or None.
        scale: the bar, or None where there are no limits to compare with.
        quality: ``good``, ``uncertain`` or ``bad``.
        why: the quality's reason in words, or the empty string.
        age: in words.
        side: ``low`` or ``high`` when outside its limits, else the empty string.
        mark: the alarm, or None.
        limits: normal limits in words, e.g. ``0.05-2.00``.
    """

    point: str
    title: str
    unit: str
    decimals: int
    number: float | None
    value: str
    share: float | None
    scale: Scale | None
    quality: str
    why: str
    age: str
    side: str
    mark: AlarmMark | None
    limits: str

    @property
    def on(self) -> bool:
        """A state that is on, e.g. a pump that runs."""
        return bool(self.number)


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Everything a page needs to say how the city is at one instant."""

    plan: CityPlan
    shown: Shown
    marks: Mapping[str, AlarmMark]
    wording: Wording

    def cell(self, name: str) -> Cell | None:
        """The cell of a point, or None if the city has no such point."""
        if name not in self.plan.points:
            return None
        index = self.plan.points.index(name)
        point, reading = self.plan.points[index], self.shown.reading(index)
        severity = severity_of(reading.quality)
        value = None if severity is Severity.BAD else reading.value
        # A state is no quantity: "above 0.5" is said by its alarm, not by a bar.
        band = None if point.kind is Kind.STATE else self.plan.bands.get(name)
        scale = bar_scale(band, point.low, point.high) if band is not None else None
        return Cell(
            point=name,
            title=self.plan.title_of(point, self.wording.language),
            unit=point.unit,
            decimals=point.decimals,
            number=value,
            value=number(value, point.decimals),
            share=None if scale is None or value is None else scale.share(value),
            scale=scale,
            quality=severity.word,
            why=self.wording.quality(reading.quality),
            age=self.wording.age(reading.age_s),
            side=outside(band, value),
            mark=self.marks.get(name),
            limits=limits_text(band, point),
        )

    def age(self, names: Iterable[str]) -> str:
        """The age of the oldest of several points in words and, where one has no value, why.

        Of a device that answers no more this says for how long.
        """
        readings = [
            self.shown.reading(self.plan.points.index(name))
            for name in names
            if name in self.plan.points
        ]
        worst = max((reading.quality for reading in readings), default=0)
        why = self.wording.quality(worst)
        ages = [reading.age_s for reading in readings if reading.age_s is not None]
        known = bool(ages) and len(ages) == len(readings)
        if not known and severity_of(worst) is Severity.BAD:
            return why
        words = self.wording.age(max(ages) if known else None)
        return f"{words} · {why}" if why else words


def outside(band: Band | None, value: float | None) -> str:
    """On which side of its limits a value stands: ``low``, ``high`` or the empty string."""
    if band is None or value is None:
        return ""
    if band.low is not None and value < band.low:
        return "low"
    return "high" if band.high is not None and value > band.high else ""


def limits_text(band: Band | None, point: Point) -> str:
    """Normal limits in the point's decimals: ``0.05-2.00``, ``≥ 0.140`` or ``≤ 1.000``."""
    match band:
        case None:
            return ""
        case band if band.low is not None and band.high is not None:
            return f"{_short(band.low, point)}–{_short(band.high, point)}"
        case band if band.low is not None:
            return f"≥ {_short(band.low, point)}"
        case band if band.high is not None:
            return f"≤ {_short(band.high, point)}"
        case _:
            return ""


def _short(value: float, point: Point) -> str:
    text = number(value, point.decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text
