"""Random queries over the whole grammar, from one seed."""

# ruff: noqa: S608
# The queries are InfluxQL for a read-only engine, not SQL.

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from telemetry.clock import SECOND

START_S = 1_774_699_200  # 2026-03-28 12:00 UTC: clocks in Berlin are put forward 13 h later
SPAN_S = 36 * 3_600

FUNCTIONS = ("mean", "min", "max", "count", "first", "last", "sum", "spread", "median", "stddev")
SELECTORS = ("min", "max", "first", "last")
INTERVALS = ("7s", "20s", "1m", "90s", "5m", "10m", "1h", "1h30m", "6h", "12h", "1d")
_LENGTHS = (7, 20, 60, 90, 300, 600, 3_600, 5_400, 21_600, 43_200, 86_400)
SECONDS = dict(zip(INTERVALS, _LENGTHS, strict=True))
OFFSETS = ("", "", "", ", 7s", ", -11s", ", 25m", ", 8h")
FILLS = ("", "", "none", "null", "previous", "linear", "0", "-7.6")
ZONES = ("", "", "", "Asia/Shanghai", "Asia/Shanghai", "Europe/Berlin")
EPOCHS = ("", "ns", "u", "ms", "s", "m", "h")
TAGS = {
    "zone": ("east", "west", ""),
    "site": ("east_01", "lvyou", "donghu"),
    "device": ("pump1", "outlet", ""),
    "point": ("east_01.pressure", "lvyou.pump1.pressure", "nosuch"),
}
_ROWS, _SERIES = ("LIMIT", "OFFSET"), ("SLIMIT", "SOFFSET")
PATTERNS = ("/^(east|west)$/", "/pump[12]/", "/^$/", "/.*/", "/(?i)LVYOU/", "/st/", "/^d.*u/")


@dataclass(frozen=True)
class Asked:
    """A query.

    Attributes:
        text: without the semicolon.
        picks: it may show the time and tags of a sample that a function has picked.
        clock_change: some of its windows are longer or shorter than others.
    """

    text: str
    picks: bool = False
    clock_change: bool = False


class Asking:
    """Makes queries.

    Args:
        seed: the same seed asks the same questions.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def epoch(self) -> str:
        """A unit of time for some answers; the empty string writes dates."""
        return self._one(EPOCHS)

    def next(self) -> Asked:
        """Another query."""
        kind = self._random.random()
        if kind < 0.08:
            return Asked(self._show())
        interval = ""
        if kind < 0.30:
            columns = self._raw()
        elif kind < 0.45:
            columns = self._pick()
            interval = self._one(("", "", *INTERVALS[3:]))
        else:
            columns = self._aggregates()
            interval = self._one(("", *INTERVALS))
        picks = 0.30 <= kind < 0.45 or not interval
        text = self._select(columns, interval)
        changed = "Europe/Berlin" in text and SECONDS.get(interval, 0) > 3_600
        return Asked(text, picks, changed)

    def _one(self, choices: tuple[str, ...]) -> str:
        return self._random.choice(choices)

    def _field(self) -> str:
        return self._one(('"value"', "value", '"value"', '"quality"', "quality"))

    def _call(self, names: tuple[str, ...] = FUNCTIONS) -> str:
        if self._random.random() < 0.12:
            return f"percentile({self._field()}, {self._one(('5', '50', '90', '99.5', '100'))})"
        return f"{self._one(names)}({self._field()})"

    def _alias(self) -> str:
        return self._one(("", "", "", ' AS "m"', " AS x", ' AS "mean"'))

    def _aggregates(self) -> str:
        kind = self._random.random()
        if kind < 0.1:
            return f"{self._one(FUNCTIONS)}(*)"
        columns = [self._column() for _ in range(self._random.choice((1, 1, 1, 2, 2, 3)))]
        return ", ".join(columns)

    def _column(self) -> str:
        kind = self._random.random()
        if kind < 0.7:
            text = self._call()
        elif kind < 0.85:
            operator, number = self._one(("*", "/", "+", "-")), self._one(("1000", "2.5", "0"))
            text = f"{self._call()} {operator} {number}"
        else:
            text = f"({self._call()} - {self._call()}) * 2"
        return text + self._alias()

    def _pick(self) -> str:
        aux = self._one(
            ("", ', "quality"', ", zone", ", value, point", ", *", ", quality * 2 AS q")
        )
        return self._call(SELECTORS) + self._alias() + aux

    def _raw(self) -> str:
        return self._one(
            (
                "*",
                "value",
                '"value", "quality"',
                "quality",
                '"value" * 1000 AS "m"',
                "value, zone, point",
                "value - quality / 3, site",
                "nosuch, value",
            )
        )

    def _select(self, columns: str, interval: str) -> str:
        zone = self._one(ZONES)
        dimensions = [f"time({interval}{self._one(OFFSETS)})"] if interval else []
        dimensions += self._dimensions()
        self._random.shuffle(dimensions)
        text = f"SELECT {columns} FROM {self._source()}"
        text += f" WHERE {self._where(interval, zone)}"
        if dimensions:
            text += f" GROUP BY {', '.join(dimensions)}"
        if interval and (fill := self._one(FILLS)):
            text += f" fill({fill})"
        text += self._one(("", "", " ORDER BY time ASC", " ORDER BY time DESC"))
        text += self._page(_ROWS, _SERIES)
        return text + (f" tz('{zone}')" if zone else "")

    def _dimensions(self) -> list[str]:
        kind = self._random.random()
        if kind < 0.35:
            return []
        if kind < 0.45:
            return ["*"]
        if kind < 0.5:
            return ["/^(site|zone)$/"]
        return self._random.sample(
            ['"zone"', "site", '"point"', "device", "nosuch"], k=self._random.choice((1, 1, 2))
        )

    def _page(self, *words: tuple[str, str]) -> str:
        """Limits with their offsets; InfluxDB itself makes little of an offset without a limit."""
        text = ""
        for limit, offset in words:
            if self._random.random() < 0.2:
                text += f" {limit} {self._random.choice((1, 2, 3, 10))}"
                if self._random.random() < 0.4:
                    text += f" {offset} {self._random.choice((1, 2))}"
        return text

    def _source(self) -> str:
        return self._one(
            (
                '"pressure"',
                "pressure",
                '"autogen"."pressure"',
                '"baotu".."flow"',
                "flow, pressure",
                "/^(pressure|level)$/",
                "level",
            )
        )

    def _where(self, interval: str, zone: str) -> str:
        # So many windows that a query stays small.
        longest = min(SPAN_S, SECONDS.get(interval, 120) * 120)
        length = self._random.randint(longest // 20, longest)
        begin = START_S - 1_800 + self._random.randint(0, SPAN_S - length + 3_600)
        begin -= begin % self._random.choice((1, 60, 3600))
        terms = [
            f"time {self._one(('>=', '>'))} {self._instant(begin, zone)}",
            f"time {self._one(('<', '<='))} {self._instant(begin + length, zone)}",
            *(self._tag_condition() for _ in range(self._random.choice((0, 0, 0, 1, 1, 2)))),
        ]
        self._random.shuffle(terms)
        return " AND ".join(terms)

    def _instant(self, second: int, zone: str) -> str:
        moment = datetime.fromtimestamp(second, UTC)
        forms = (
            f"{second}s",
            f"{second * 1000 + 250}ms",
            str(second * SECOND),
            f"'{moment:%Y-%m-%dT%H:%M:%SZ}'",
            f"'{moment:%Y-%m-%dT%H:%M:%S.5Z}'",
            f"{second - 3600}s + 1h",
        )
        plain = f"'{moment:%Y-%m-%d %H:%M:%S}'"
        return self._one(forms if zone else (*forms, plain))

    def _tag_condition(self) -> str:
        kind = self._random.random()
        if kind < 0.2:
            return f"({self._simple()} {self._one(('OR', 'AND'))} {self._simple()})"
        if kind < 0.3:
            return f"({self._simple()} OR ({self._simple()} AND {self._simple()}))"
        return self._simple()

    def _simple(self) -> str:
        key = self._one(tuple(TAGS))
        name = self._one((key, f'"{key}"'))
        if self._random.random() < 0.4:
            return f"{name} {self._one(('=~', '=~', '!~'))} {self._one(PATTERNS)}"
        return f"{name} {self._one(('=', '=', '!='))} '{self._one(TAGS[key])}'"

    def _show(self) -> str:
        source = self._one(("", " FROM pressure", " FROM /^(flow|level)$/", ' FROM "nosuch"'))
        where = self._one(("", "", f" WHERE {self._tag_condition()}"))
        page = self._page(_ROWS)
        key = self._one(('= "zone"', "= site", "IN (site, zone)", "=~ /e/", "!= point", "!~ /^z/"))
        return self._one(
            (
                "SHOW DATABASES",
                "SHOW RETENTION POLICIES",
                'SHOW RETENTION POLICIES ON "baotu"',
                f"SHOW MEASUREMENTS{self._measured()}{page}",
                f"SHOW MEASUREMENTS WITH MEASUREMENT =~ /{self._one(('e', '^f', 'x'))}/{page}",
                f"SHOW FIELD KEYS{source}",
                f"SHOW TAG KEYS{source}{where}{page}",
                f"SHOW TAG VALUES{source} WITH KEY {key}{where}{page}",
                f"SHOW SERIES{source}{where}{page}",
            )
        )

    def _measured(self) -> str:
        return self._one(("", " WHERE zone = 'east'", " WHERE site =~ /^(lvyou|donghu)$/"))
