"""Reads line protocol the way InfluxDB 1.x does, to tell what a line says or why it is no line."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MIN_TIME, _MAX_TIME = -(2**63) + 2, 2**63 - 2
_FLOAT = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_INTEGER = re.compile(r"-?\d+i")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_BOOLEANS = {
    **dict.fromkeys(("t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("f", "F", "false", "False", "FALSE"), False),
}

Field = float | int | str | bool


@dataclass(frozen=True)
class Line:
    measurement: str
    tags: dict[str, str]
    fields: dict[str, Field]
    time: int | None


class BadLineError(Exception):
    """It is no line."""


def parse(line: str) -> Line:
    """What one line says."""
    head, rest = _cut(line, " ")
    if not rest:
        raise BadLineError("missing fields")
    measurement, *tags = _split(head, ",")
    if not measurement:
        raise BadLineError("missing measurement")
    fields, time = _cut_fields(rest.lstrip(" "))
    return Line(
        _unescaped(measurement, ", "),
        _tags(tags),
        dict(_field(text) for text in _split_fields(fields)),
        _time(time.strip(" ")),
    )


def _cut(text: str, sign: str) -> tuple[str, str]:
    """Before and after the first unescaped ``sign``."""
    first, *rest = _split(text, sign)
    return first, sign.join(rest)


def _split(text: str, sign: str) -> list[str]:
    return re.split(rf"(?<!\\){re.escape(sign)}", text)


def _unescaped(text: str, special: str) -> str:
    return re.sub(rf"\\([{special}])", r"\1", text)


def _tags(texts: list[str]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for text in texts:
        parts = _split(text, "=")
        if len(parts) != 2 or not parts[0] or not parts[1] or text.endswith("\\"):
            raise BadLineError("invalid tag format")
        key, value = (_unescaped(part, ",= ") for part in parts)
        if key in tags:
            raise BadLineError("duplicate tags")
        tags[key] = value
    return tags


def _cut_fields(text: str) -> tuple[str, str]:
    """Fields and time; a blank in a string does not end the fields."""
    quoted = False
    for i, sign in enumerate(text):
        if sign == '"' and text[i - 1 : i] != "\\":
            quoted = not quoted
        if sign == " " and not quoted and text[i - 1 : i] != "\\":
            return text[:i], text[i + 1 :]
    return text, ""


def _split_fields(text: str) -> list[str]:
    parts, begin, quoted = [], 0, False
    for i, sign in enumerate(text):
        if sign == '"' and text[i - 1 : i] != "\\":
            quoted = not quoted
        if sign == "," and not quoted and text[i - 1 : i] != "\\":
            parts.append(text[begin:i])
            begin = i + 1
    return [*parts, text[begin:]]


def _field(text: str) -> tuple[str, Field]:
    parts = re.split(r"(?<!\\)=", text, maxsplit=1)
    if len(parts) != 2 or not parts[0]:
        raise BadLineError("invalid field format")
    return _unescaped(parts[0], ",= "), _value(parts[1])


def _value(text: str) -> Field:
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise BadLineError("value out of range")
        return number
    if _INTEGER.fullmatch(text):
        whole = int(text[:-1])
        if not -(2**63) <= whole < 2**63:
            raise BadLineError("value out of range")
        return whole
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _STRING.fullmatch(text):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    raise BadLineError("invalid value")


def _time(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"-?\d+", text):
        raise BadLineError("bad timestamp")
    time = int(text)
    if not _MIN_TIME <= time <= _MAX_TIME:
        raise BadLineError("time outside range")
    return time
