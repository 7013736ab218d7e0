"""The few things a dashboard is made of, typed; :mod:`dashboards.rendering` writes them out.

Only what our dashboards use of Grafana stands here. Every panel carries what it promises to
show (``Target.expects``), so that a query that answers too little is found before a person
looks at an empty panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """What Grafana makes of an answer: one field a series, or one table."""

    SERIES = "time_series"
    TABLE = "table"


class Draw(StrEnum):
    """How a series is drawn over time."""

    LINE = "line"
    BARS = "bars"


class Tint(StrEnum):
    """Where a value's colour comes from."""

    PALETTE = "palette-classic"  # tells series apart
    LIMITS = "thresholds"  # tells normal from abnormal


@dataclass(frozen=True, slots=True)
class Threshold:
    """From ``value`` on this colour holds; None begins the scale."""

    value: float | None
    colour: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the values ``low`` to ``high`` (inclusive) mean in words."""

    low: float
    high: float
    text: str
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class TagMeaning:
    """What a tag's value is called."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Style:
    """How values are shown.

    Attributes:
        unit: Grafana's unit id, see :mod:`dashboards.units`.
        decimals: shown to people.
        low, high: ends of the scale where they are fixed.
        thresholds: from the lowest up; the first begins the scale.
        meanings: words for values.
        tint: where the colour comes from.
    """

    unit: str
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    thresholds: tuple[Threshold, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    tint: Tint = Tint.PALETTE


@dataclass(frozen=True, slots=True)
class Override:
    """What is different for the field of one name.

    Attributes:
        field: the series' alias or the column.
        title: what people call it.
        unit, decimals, thresholds, meanings: None leaves the panel's.
        tags: what the values of a column of tags are called.
        dashed: draw this line dashed (setpoints).
    """

    field: str
    title: str | None = None
    unit: str | None = None
    decimals: int | None = None
    thresholds: tuple[Threshold, ...] | None = None
    meanings: tuple[Meaning, ...] | None = None
    tags: tuple[TagMeaning, ...] | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One query.

    Attributes:
        query: InfluxQL with Grafana's variables.
        points: names of the points it asks for.
        by: the tag that tells its series apart; the empty string where it gives one series.
        alias: name of each series; ``$tag_…`` stands for a tag.
        form: what Grafana makes of the answer.
    """

    query: str
    points: tuple[str, ...]
    by: str = "point"
    alias: str = "$tag_point"
    form: Form = Form.SERIES


@dataclass(frozen=True, slots=True)
class Lines:
    """Series over time; ``limit_lines`` draws the thresholds across."""

    draw: Draw = Draw.LINE
    limit_lines: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """The newest value of each series as a number."""


@dataclass(frozen=True, slots=True)
class LevelBars:
    """The newest value of each series as a bar."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Each series as a band whose colour and word change with its value."""

    words: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each series; the column of the tag comes first, then the query's."""

    sort_by: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Text in Markdown."""

    text: str


View = Lines | Stats | LevelBars | Timeline | Table | Note


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        key: unique in the dashboard; the panel's id comes from it and so stays when others come.
        title: of the panel.
        description: what it is for, and where its limits come from.
        width, height: in Grafana's grid of 24 columns; a row is about 38 pixels.
        view: how it shows.
        targets: what it asks.
        style: of all fields; None for notes.
        overrides: of single fields.
        least_interval: shortest ``$__interval``, e.g. ``60s``.
        last: show only so much of the past, e.g. ``180s``, where the dashboard's time is relative.
    """

    key: str
    title: str
    description: str
    width: int
    height: int
    view: View
    targets: tuple[Target, ...] = ()
    style: Style | None = None
    overrides: tuple[Override, ...] = ()
    least_interval: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading; an empty title draws no heading."""

    key: str
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable with a fixed list to choose one from.

    Attributes:
        name: ``${name}`` in queries.
        label: what people read.
        options: value and text of each.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard.

    Attributes:
        uid: its name in addresses, at most 40 characters.
        title, description: for people.
        language: ``zh`` or ``en``; a tag, so that links stay within one language.
        rows: from top to bottom.
        choices: variables beside the data source.
        timezone: of the city.
        hours: shown when opened.
        refresh: how often an open page asks anew.
        links: title of the list of the other dashboards.
    """

    uid: str
    title: str
    description: str
    language: str
    rows: tuple[Row, ...]
    timezone: str
    links: str
    choices: tuple[Choice, ...] = ()
    hours: int = 6
    refresh: str = "30s"

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, row by row."""
        return tuple(panel for row in self.rows for panel in row.panels)
