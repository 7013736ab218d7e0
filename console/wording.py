"""The console's texts in both languages, and how numbers, ages and times are written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from telemetry.clock import SECOND
from telemetry.quality import Severity, reason_of, severity_of
from telemetry.text import Language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_FOLDER = Path(__file__).parent / "text"
NO_VALUE = "—"
_DAY_S, _HOUR_S, _MINUTE_S = 86_400.0, 3_600.0, 60.0
_AGE_STEPS = ((_DAY_S, "age.days"), (_HOUR_S, "age.hours"), (_MINUTE_S, "age.minutes"))
_SIZE_STEPS = ((2.0**40, "TiB"), (2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))
_SCRIPT_PREFIXES = (
    *("age.", "device.", "journal.", "live.", "loss.", "priority."),
    *("reason.", "script.", "sink.", "state.", "verdict."),
)


@dataclass(frozen=True, slots=True)
class Wording:
    """All texts of one language.

    Attributes:
        language: which.
        timezone: of the city; every time shown is in it.
        texts: by key, as in ``text/<language>.json``.
    """

    language: Language
    timezone: ZoneInfo
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of ``key`` with its ``{placeholders}`` filled."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def for_script(self) -> dict[str, str]:
        """The texts that scripts write into a page by themselves."""
        return {k: v for k, v in self.texts.items() if k.startswith(_SCRIPT_PREFIXES)}

    def age(self, age_s: float | None) -> str:
        """An age in its largest whole unit, e.g. ``3 min``."""
        if age_s is None:
            return NO_VALUE
        for unit_s, key in _AGE_STEPS:
            if age_s >= unit_s:
                return self(key, n=int(age_s // unit_s))
        return self("age.seconds", n=int(age_s))

    def remaining(self, seconds: float) -> str:
        """A time that is left, hours up to three days: ``31 h`` says more than ``1 d``."""
        if _HOUR_S <= seconds < 3 * _DAY_S:
            return self("age.hours", n=int(seconds // _HOUR_S))
        return self.age(seconds)

    def loss(self, reason: str) -> str:
        """Why samples were rejected or dropped; an account's word that has no text is shown."""
        key = f"loss.{reason.replace(' ', '_')}"
        return self.texts.get(key, reason)

    def error(self, reason: str) -> str:
        """Why a device's request failed; a word of an adapter that has no text is shown."""
        return self.texts.get(f"reason.{reason}", reason)

    def clock(self, time_ns: int | None) -> str:
        """Date and time of day in the city, 24 h, to the second."""
        if not time_ns:
            return NO_VALUE
        return city_time(time_ns, self.timezone).strftime("%Y-%m-%d %H:%M:%S")

    def hour(self, time_ns: int | None) -> str:
        """Time of day in the city, 24 h, to the second."""
        if not time_ns:
            return NO_VALUE
        return city_time(time_ns, self.timezone).strftime("%H:%M:%S")

    def quality(self, code: int) -> str:
        """A quality byte in words, or the empty string when it is good."""
        if severity_of(code) is Severity.GOOD:
            return ""
        return self(f"reason.{reason_of(code).word}")


def number(value: float | None, decimals: int) -> str:
    """A value as it is shown; comparisons use the full value."""
    if value is None:
        return NO_VALUE
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def size(count: int) -> str:
    """Bytes in the unit that suits them, e.g. ``1.5 GiB``."""
    for unit, name in _SIZE_STEPS:
        if count >= unit:
            return f"{count / unit:.{0 if count >= 100 * unit else 1}f} {name}"
    return f"{count} B"


def city_time(time_ns: int, timezone: ZoneInfo) -> datetime:
    """A city time as an aware datetime in the city's zone, to the microsecond."""
    whole, rest = divmod(time_ns, SECOND)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest // 1000).astimezone(timezone)


def load_texts(folder: Path = _FOLDER) -> dict[Language, dict[str, str]]:
    """The texts of every language, by key."""
    return {
        language: json.loads((folder / f"{language.value}.json").read_text("utf-8"))
        for language in Language
    }
