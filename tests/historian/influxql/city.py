"""A small city's past: several series, BAD samples, gaps, times that series share."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from historian.entry import Entry
from historian.naming import series_names
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.kinds import FACTS, Kind
from telemetry.places import Site, SiteKind
from telemetry.points import Point, PointTable
from telemetry.quality import GOOD, Reason, bad, uncertain
from telemetry.text import Text
from tests.historian.influxql.asking import SPAN_S, START_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from historian.store import Store

_POINTS = {
    "east_01.pressure": Kind.PRESSURE,
    "east_02.pressure": Kind.PRESSURE,
    "west_01.pressure": Kind.PRESSURE,
    "lvyou.pump1.pressure": Kind.PRESSURE,
    "lvyou.pump2.pressure": Kind.PRESSURE,
    "donghu.outlet.flow": Kind.FLOW,
    "lvyou.outlet.flow": Kind.FLOW,
    "nanshan.level": Kind.LEVEL,
}
_ZONES = {"east_01": "east", "east_02": "east", "west_01": "west", "donghu": "east"}
_QUALITIES = (GOOD,) * 8 + (uncertain(Reason.LATE), bad(Reason.COMM), bad(Reason.TIMEOUT))


def points() -> PointTable:
    """The points of the small city."""
    return PointTable(_point(name, kind) for name, kind in _POINTS.items())


def _point(name: str, kind: Kind) -> Point:
    facts, title = FACTS[kind], Text("点", "point")
    return Point(name, kind, title, name.split(".", maxsplit=1)[0], facts.low, facts.high)


def sites() -> dict[str, Site]:
    """Its sites; some are in no zone."""
    names = {name.split(".")[0] for name in _POINTS}
    return {
        name: Site(name, SiteKind.BOOSTER, Text("站", "site"), _ZONES.get(name, ""), 0, 0)
        for name in names
    }


NAMES = series_names(points(), sites())

Sample = tuple[int, int, float, int]
"""Point, time in ns, value, quality."""


def past(seed: int = 7) -> list[Sample]:
    """A day and a half, in the order of time."""
    random = Random(seed)
    found = [sample for index in range(len(_POINTS)) for sample in _of_point(index, random)]
    return sorted(found, key=lambda sample: sample[1])


def _of_point(index: int, random: Random) -> Iterator[Sample]:
    step = (180, 180, 97, 180, 300, 180, 421, 600)[index]
    gaps = [random.randint(0, SPAN_S) for _ in range(6)]
    quality = GOOD
    for second in range(0, SPAN_S, step):
        if any(0 <= second - gap < 4_000 for gap in gaps):
            continue
        if random.random() < 0.2:
            quality = random.choice(_QUALITIES)
        value = round(math.sin(second / 9_000 + index) + 2 + random.random() / 10, 4)
        # Some BAD samples carry the last value along; it must not be seen either.
        known = quality < bad(Reason.NONE) or random.random() < 0.5
        yield index, (START_S + second) * SECOND, value if known else math.nan, quality


async def fill(store: Store, samples: list[Sample]) -> None:
    """Put the past into a store."""
    for number, begin in enumerate(range(0, len(samples), 500), 1):
        columns = zip(*samples[begin : begin + 500], strict=True)
        await store.append([Entry(number, "test", Batch.of(*map(list, columns)))])


def lines(samples: list[Sample]) -> str:
    """The same in line protocol."""
    return "\n".join(_line(*sample) for sample in samples)


def _line(index: int, time_ns: int, value: float, quality: int) -> str:
    name = NAMES[index]
    tags = "".join(f",{key}={text}" for key, text in name.tags().items())
    known = quality < bad(Reason.NONE)
    fields = f"value={value!r},quality={quality}i" if known else f"quality={quality}i"
    return f"{name.measurement}{tags} {fields} {time_ns}"
