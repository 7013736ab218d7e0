"""What a citizen reads: values, limits and verdicts in words; pure.

Codes are turned into words by the publisher's own :class:`~feed.shape.Meta`, so that a server
shows what a newer publisher writes; a code without words stands for itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from telemetry.text import Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feed.shape import Latest, Limit, Meta, Named, Titled, Value


@dataclass(frozen=True, slots=True)
class Row:
    """One value as it is shown.

    Attributes:
        verdict: ``inside``, ``outside``, ``withheld`` or ``none`` (nothing to compare with).
        words: the verdict for people, or why there is no value.
        worst: the lowest or highest station, whichever is nearer to its limit or further outside.
        spread: lowest to highest station and their number, and what is not covered; or empty.
        source: number of the limit's source below the tables; 0 without a limit.
    """

    title: str
    unit: str
    value: str
    worst: str
    spread: str
    limit: str
    source: int
    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class District:
    """A district's values, by kind of water."""

    title: str
    waters: Sequence[tuple[str, Sequence[Row]]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a limit comes from."""

    number: int
    text: str
    edition: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads one language.

    Attributes:
        language: which.
        texts: of the page, by key.
        names: of kinds, waters, reasons and remarks, by code.
    """

    language: Language
    texts: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def of(cls, language: Language, texts: Mapping[str, str], meta: Meta) -> Reader:
        """A reader of what one publisher writes."""
        coded: tuple[Named, ...] = (*meta.kinds, *meta.waters, *meta.reasons, *meta.remarks)
        return cls(language, texts, {one.name: in_(one.title, language) for one in coded})

    def say(self, key: str, **values: object) -> str:
        """The text of ``key`` with its placeholders filled."""
        return self.texts[key].format(**values)

    def name(self, code: str | None) -> str:
        """What a code means."""
        return self.names.get(str(code), str(code))


def in_(text: Titled, language: Language) -> str:
    """A published text in one language."""
    return text.zh if language is Language.ZH else text.en


def sources_of(values: Sequence[Value]) -> list[Source]:
    """Every source of a limit once, numbered in the order of the page."""
    limits = {value.limit.source: value.limit for value in values if value.limit is not None}
    return [
        Source(number, limit.source, _edition(limit), limit.verified)
        for number, limit in enumerate(limits.values(), 1)
    ]


def _edition(limit: Limit) -> str:
    """The edition, where the source does not name it itself."""
    return "" if limit.edition in limit.source else limit.edition


def districts_of(latest: Latest, rows: Sequence[Row], reader: Reader) -> list[District]:
    """Rows in the order of the values: a district's stand together, a water's within it, too."""
    titles = {one.name: in_(one.title, reader.language) for one in latest.districts}
    pairs = list(zip(latest.values, rows, strict=True))
    return [
        District(
            title=titles.get(name, name),
            waters=[
                (reader.name(water), [row for _, row in members])
                for water, members in groupby(of_district, key=lambda pair: pair[0].water)
            ],
        )
        for name, of_district in groupby(pairs, key=lambda pair: pair[0].district)
    ]


def row_of(value: Value, sources: Sequence[Source], reader: Reader) -> Row:
    """One value as it is shown."""
    numbers = {source.text: source.number for source in sources}
    verdict = _verdict(value)
    return Row(
        title=reader.name(value.kind),
        unit=value.unit,
        value=_shown(value.value, value.decimals),
        worst=_shown(_worst(value), value.decimals),
        spread=_spread(value, reader),
        limit="" if value.limit is None else limit_text(value.limit),
        source=0 if value.limit is None else numbers[value.limit.source],
        verdict=verdict,
        words=_words(value, verdict, reader),
    )


def _shown(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _worst(value: Value) -> float | None:
    if value.limit is None or value.min is None or value.max is None:
        return value.value
    below = -math.inf if value.limit.low is None else value.limit.low - value.min
    above = -math.inf if value.limit.high is None else value.max - value.limit.high
    return value.min if below > above else value.max


def _verdict(value: Value) -> str:
    if value.value is None:
        return "withheld"
    if value.within_limit is None:
        return "none"
    return "inside" if value.within_limit else "outside"


def _words(value: Value, verdict: str, reader: Reader) -> str:
    if verdict == "withheld":
        return reader.name(value.reason)
    if verdict != "outside":
        return reader.say(f"verdict.{verdict}")
    remark = reader.name(value.remark)
    if value.stations == 1:
        return remark
    how_many = reader.say(
        "outside.stations", outside=value.stations_outside, stations=value.stations
    )
    return reader.say("outside.with", stations=how_many, remark=remark)


def _spread(value: Value, reader: Reader) -> str:
    """What stands in small below the value."""
    if value.min is None or value.max is None:
        return ""
    parts = []
    if value.stations_total > 1:
        low, high = (_shown(v, value.decimals) for v in (value.min, value.max))
        key = "stations.all" if value.stations == value.stations_total else "stations.some"
        number = reader.say(key, n=value.stations, total=value.stations_total)
        parts.append(reader.say("spread", low=low, high=high, stations=number))
    if value.data_capture < 1:
        parts.append(reader.say("capture.row", share=percent(value.data_capture)))
    return " · ".join(parts)


def percent(share: float) -> str:
    """A share in whole per cent, rounded down: what is not whole must not read as 100."""
    return str(math.floor(share * 100 + 1e-9))


def limit_text(limit: Limit) -> str:
    """A limit as people write it: ``≤ 1``, ``≥ 0.14`` or ``0.05–2``."""
    if limit.low is None:
        return f"≤ {limit.high:g}"
    if limit.high is None:
        return f"≥ {limit.low:g}"
    return f"{limit.low:g}\u2013{limit.high:g}"
