"""Says in a sentence what the validator has found.

What a key may hold is read from the JSON Schema that editors use as well, so that sentence,
schema and check cannot differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from config.problems import did_you_mean, one_of

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from config.positions import KeyPath
    from config.shapes import Shape

_LONGEST_QUOTED = 60
_FEW_CHOICES = 6
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


def refused(what: str, *, expected: str = "", hint: str = "") -> PydanticCustomError:
    """The error that a validator of ours raises: a predicate such as ``is no address``.

    It never quotes the value: the value may be a secret.
    """
    context = {"what": what, "expected": expected, "hint": hint}
    return PydanticCustomError("refused", "{what}", context)


def key_path(loc: tuple[int | str, ...], data: Any) -> KeyPath:
    """The path in the file that a validator's location means.

    The validator names the members of unions in its locations; the file does not know them.
    """
    path: KeyPath = ()
    for step in loc:
        in_table = isinstance(data, dict) and step in data
        in_list = isinstance(data, list) and isinstance(step, int)
        if in_table or in_list:
            data = data[step]
            path = (*path, step)
    return path


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and its two additions, each of which may be empty."""

    what: str
    expected: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the validator.

    Attributes:
        details: the validator's own words.
        path: of the value in the entry.
        schema: of the entry.
        data: the entry.
    """

    details: ErrorDetails
    path: KeyPath
    schema: Shape
    data: Any

    def said(self) -> Said:
        """The finding as a sentence."""
        kind = self.details["type"]
        about_table = kind in ("missing", "value_error", "union_tag_not_found", "union_tag_invalid")
        within = _within(self.path if about_table else self.path[:-1])
        said = self._about_table(kind) if about_table else self._about_value(kind)
        return replace(said, what=within + said.what)

    def _about_table(self, kind: str) -> Said:
        """What is wrong with the keys of a table together."""
        if kind == "missing":
            return Said(f"{self.details['loc'][-1]} is missing")
        context = self.details["ctx"]
        if kind == "value_error":
            return Said(str(context["error"]))
        key = context["discriminator"].strip("'")
        if kind == "union_tag_not_found":
            return Said(f"{key} is missing", self._shape.expected())
        return self._unknown_word(f"{key} {context['tag']!r}", context["tag"])

    def _about_value(self, kind: str) -> Said:
        """What is wrong with one value."""
        if kind in ("extra_forbidden", "unexpected_keyword_argument"):
            return self._unknown_key()
        if self.details["loc"][-1:] == ("[key]",):
            return self._unknown_name()
        if kind == "refused":
            context = self.details["ctx"]
            return Said(f"{self._key} {context['what']}", context["expected"], context["hint"])
        subject = f"{self._key} {_quoted(self.details['input'])}".strip()
        if kind in ("enum", "literal_error"):
            return self._unknown_word(subject, self.details["input"])
        if kind.endswith(("_type", "_parsing", "_from_float")):
            return self._wrong_type(subject)
        return Said(f"{subject} {self._fault(kind)}", self._shape.expected())

    def _fault(self, kind: str) -> str:
        faults = {
            "greater_than": "is too small",
            "greater_than_equal": "is too small",
            "less_than": "is too large",
            "less_than_equal": "is too large",
            "string_pattern_mismatch": "is malformed",
            "string_too_long": "is too long",
            "string_too_short": "is too short",
            "finite_number": "is no finite number",
        }
        return faults.get(kind, f"is wrong: {self.details['msg']}")

    @property
    def _shape(self) -> Shape:
        return self.schema.at(self.path, self.data)

    @property
    def _key(self) -> str:
        last = self.path[-1] if self.path else ""
        return f"{self.path[-2]} {last + 1}" if isinstance(last, int) else last

    def _unknown_key(self) -> Said:
        table = self.schema.at(self.path[:-1], self.data)
        key = str(self.path[-1])
        hint = did_you_mean(key, table.keys)
        return Said(f"unknown key {key!r}", "" if hint else one_of(table.keys), hint)

    def _unknown_name(self) -> Said:
        """A key that must be one of a closed set of words."""
        key = str(self.path[-1])
        choices = self.schema.at(self.path[:-1], self.data).names
        return Said(f"{key!r} is unknown", one_of(choices), did_you_mean(key, choices))

    def _unknown_word(self, subject: str, word: object) -> Said:
        choices = self._shape.choices
        hint = did_you_mean(word, choices) if isinstance(word, str) else ""
        expected = "" if hint and len(choices) > _FEW_CHOICES else self._shape.expected()
        return Said(f"{subject} is unknown", expected, hint)

    def _wrong_type(self, subject: str) -> Said:
        shape = self._shape
        if "anyOf" in shape.node:
            return Said(f"{subject} is of the wrong type", shape.expected())
        value, expected = self.details["input"], shape.expected()
        comma = isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value)
        hint = f"did you mean {value.replace(',', '.')}?" if comma else ""
        # "is no number; expected a number" would say nothing more.
        expected = "" if expected in (f"a {shape.noun}", "true or false") else expected
        return Said(f"{subject} {shape.denial}", expected, hint)


def _quoted(value: object) -> str:
    """A value for a sentence: short scalars only; tables and lists say nothing."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str() if len(value) <= _LONGEST_QUOTED:
            return repr(value)
        case _:
            return ""


def _within(path: KeyPath) -> str:
    """``use 2: parameters: `` for a value deep in an entry."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts[-1:] = [f"{parts[-1] if parts else 'element'} {step + 1}"]
        else:
            parts.append(step)
    return "".join(f"{part}: " for part in parts)
