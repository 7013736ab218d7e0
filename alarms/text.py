"""What an operator reads about an alarm, in both languages; pure."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from alarms.levels import AlarmLevel
from telemetry.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarms.settings import Rule
    from telemetry.places import Site
    from telemetry.points import Point

PLACEHOLDERS = frozenset({"site", "point", "value", "limit", "unit"})
NOTHING = "—"

RULE_ERROR_TEXT = Text(
    "规则“{rule}”有误，未能完全生效：请检查配置",
    "Rule “{rule}” has an error and does not watch all it should: check the configuration",
)
UNKNOWN_TEXT = Text("{rule}：{point}（已不在配置中）", "{rule}: {point} (no longer configured)")


def placeholder_fault(rule: Rule) -> str:
    """Why a rule's title or advice cannot be filled in, or the empty string."""
    texts = [rule.title] if rule.advice is None else [rule.title, rule.advice]
    for text in texts:
        for language in Language:
            fault = _fault(text.in_(language))
            if fault:
                return f"its text {text.in_(language)!r} {fault}"
    return ""


def _fault(template: str) -> str:
    known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
    try:
        fields = list(Formatter().parse(template))
    except ValueError as error:
        return f"cannot be read: {error}"
    for _, name, spec, conversion in fields:
        if name is not None and name not in PLACEHOLDERS:
            return f"holds {{{name}}}; only {known} can be filled in"
        if spec or conversion:
            return f"holds a format for {{{name}}}; values are formatted by their kind"
    return ""


def fill(template: Text, words: Sequence[tuple[str, Text]]) -> Text:
    """Fill placeholders; a faulty template is shown as it stands, because it must be seen."""
    if _fault(template.zh) or _fault(template.en):
        return template
    return Text(
        template.zh.format(**{name: word.zh for name, word in words}),
        template.en.format(**{name: word.en for name, word in words}),
    )


def same(text: str) -> Text:
    """A text that is the same in both languages."""
    return Text(text, text)


def words(
    point: Point, site: Site | None, level: AlarmLevel, value: float | None, limit: float | None
) -> list[tuple[str, Text]]:
    """What the placeholders stand for."""
    shown = _Shown.of(point, level)
    return [
        ("site", same(point.site) if site is None else site.title),
        ("point", point.title),
        ("value", same(shown.number(value))),
        ("limit", same(shown.number(limit))),
        ("unit", same(shown.unit)),
    ]


class _Shown:
    """Unit and decimals of an alarm's numbers."""

    def __init__(self, unit: str, decimals: int) -> None:
        self.unit = unit
        self._decimals = decimals

    @classmethod
    def of(cls, point: Point, level: AlarmLevel) -> _Shown:
        # A stale alarm's numbers are ages, not readings.
        return cls("s", 0) if level is AlarmLevel.STALE else cls(point.unit, point.decimals)

    def number(self, value: float | None) -> str:
        return NOTHING if value is None else f"{value:.{self._decimals}f}"


def unit_of(point: Point, level: AlarmLevel) -> str:
    """The unit of an alarm's value and limit."""
    return _Shown.of(point, level).unit
