"""Turns the validator's findings into sentences, each with the place of its key.

What a key may hold is read from the JSON Schema that editors use as well, so that sentence,
schema and check cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from config.problems import did_you_mean, one_of
from config.shapes import Shape

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

    from config.positions import KeyPath
    from config.problems import Place, Problems

T = TypeVar("T")


class Placed(Protocol):
    """A file that knows where its keys or rows stand."""

    def place(self, path: KeyPath) -> Place:
        """Where the key or the row stands."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an entry comes from.

    Attributes:
        source: the file.
        path: of the entry in it.
        label: how sentences begin, e.g. ``device 'lvyou'``, or the empty string.
        note: added to each problem, e.g. which device uses a template.
    """

    source: Placed
    path: KeyPath = ()
    label: str = ""
    note: str = ""

    def place(self, *keys: str | int) -> Place:
        """Where one of the entry's keys stands, or the entry itself."""
        return self.source.place((*self.path, *keys))

    def complain(
        self,
        problems: Problems,
        what: str,
        *keys: str | int,
        expected: str = "",
        hint: str = "",
    ) -> None:
        """Note a problem of this entry, or of one of its keys."""
        sentence = f"{self.label}: {what}" if self.label else what
        hints = "; ".join(text for text in (hint, self.note) if text)
        problems.add(self.place(*keys), sentence, expected=expected, hint=hints)


def refused(what: str, *, expected: str = "", hint: str = "") -> PydanticCustomError:
    """The error that a validator of ours raises: a predicate such as ``is no address``.

    It never quotes the value: the value may be a secret.
    """
    return PydanticCustomError(
        "refused", "{what}", {"what": what, "expected": expected, "hint": hint}
    )


def checked(
    adapter: TypeAdapter[T],
    data: object,
    origin: Origin,
    problems: Problems,
    context: object = None,
) -> T | None:
    """Build a typed value, or note everything that is wrong with it and return None.

    Args:
        adapter: of the wanted type.
        data: as parsed from the file.
        origin: where the data stands.
        problems: where everything that is wrong is noted.
        context: handed to the validators; secrets are resolved through it.
    """
    try:
        return adapter.validate_python(data, context=context)
    except ValidationError as error:
        findings = error.errors(include_url=False)
    schema = adapter.json_schema()
    seen: set[tuple[KeyPath, str]] = set()
    for finding in findings:
        path = key_path(finding["loc"], data)
        # Every member of a union complains about the same value; one sentence is enough.
        key = str(finding["loc"][-1]) if finding["type"] == "missing" else ""
        if (path, key) not in seen:
            seen.add((path, key))
            _Finding(finding, path, Shape(schema, schema), data).complain(origin, problems)
    return None


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
class _Finding:
    """One finding of the validator, and what it is about."""

    details: ErrorDetails
    path: KeyPath
    schema: Shape
    data: Any

    def complain(self, origin: Origin, problems: Problems) -> None:
        what, expected, hint = self._sentence()
        within = _within(self.path[:-1] if self._about_a_key else self.path, self.data)
        origin.complain(problems, within + what, *self.path, expected=expected, hint=hint)

    @property
    def _about_a_key(self) -> bool:
        """Whether the last step of the path is the subject of the sentence."""
        tables = ("missing", "value_error", "union_tag_not_found", "union_tag_invalid")
        return self.details["type"] not in tables

    @property
    def _shape(self) -> Shape:
        return self.schema.at(self.path, self.data)

    def _sentence(self) -> tuple[str, str, str]:
        """What, expected, hint."""
        kind, context = self.details["type"], self.details.get("ctx", {})
        match kind:
            case "missing":
                return f"{self.details['loc'][-1]!s} is missing", "", ""
            case "extra_forbidden" | "unexpected_keyword_argument":
                return self._unknown_key()
            case "union_tag_not_found":
                key = context["discriminator"].strip("'")
                return f"{key} is missing", self._shape.expected(), ""
            case "union_tag_invalid":
                key = context["discriminator"].strip("'")
                return self._unknown_word(f"{key} {context['tag']!r}", context["tag"])
            case "value_error":
                return str(context["error"]), "", ""
            case "refused":
                return f"{self._key} {context['what']}", context["expected"], context["hint"]
            case _:
                return self._wrong_value(kind)

    @property
    def _key(self) -> str:
        last = self.path[-1] if self.path else ""
        return f"{self.path[-2]} {last + 1}" if isinstance(last, int) else last

    def _unknown_key(self) -> tuple[str, str, str]:
        table = self.schema.at(self.path[:-1], self.data)
        key = str(self.path[-1])
        hint = did_you_mean(key, table.keys)
        return f"unknown key {key!r}", "" if hint else one_of(table.keys), hint

    def _unknown_word(self, subject: str, word: object) -> tuple[str, str, str]:
        shape = self._shape
        hint = did_you_mean(word, shape.choices) if isinstance(word, str) else ""
        return f"{subject} is unknown", shape.expected(), hint

    def _wrong_value(self, kind: str) -> tuple[str, str, str]:
        value, shape = self.details["input"], self._shape
        subject = f"{self._key} {_shown(value)}".strip()
        if kind in ("enum", "literal_error"):
            return self._unknown_word(subject, value)
        if kind.startswith(("greater_than", "less_than")):
            size = "small" if kind.startswith("greater") else "large"
            return f"{subject} is too {size}", shape.expected(), ""
        if kind in ("string_pattern_mismatch", "finite_number"):
            return f"{subject} is malformed", shape.expected(), ""
        if kind == "string_too_short":
            return f"{self._key} is empty", "", ""
        if kind.endswith(("_type", "_parsing", "_from_float")):
            if "anyOf" in shape.node:
                return f"{subject} is of the wrong type", shape.expected(), ""
            said = f"a {shape.noun}"
            expected = "" if shape.expected() == said else shape.expected()
            return f"{subject} is no {shape.noun}", expected, ""
        return f"{self._key}: {self.details['msg']}", "", ""


def _shown(value: object) -> str:
    """A value for a sentence: short scalars only; tables and lists say nothing."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str() if len(value) <= 60:
            return repr(value)
        case _:
            return ""


def _within(path: KeyPath, data: Any) -> str:
    """``use 2: parameters: `` for a value deep in an entry."""
    parts: list[str] = []
    for step in path:
        data = data[step]
        if isinstance(step, int):
            parts[-1:] = [f"{parts[-1] if parts else 'element'} {step + 1}"]
        else:
            parts.append(step)
    return "".join(f"{part}: " for part in parts)
