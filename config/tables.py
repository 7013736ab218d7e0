"""Reads a TOML table key by key, so that one wrong entry does not hide the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import TypeAdapter, create_model

from config.checking import checked
from config.origins import Origin
from config.problems import did_you_mean, one_of

if TYPE_CHECKING:
    from config.problems import Problems
    from config.reading import TomlDocument
    from telemetry.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """An entry that is right in itself, and where it stands."""

    value: T
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Listing(Generic[T]):
    """A list of tables.

    Attributes:
        entries: those that are right in themselves.
        broken: names of those that are not.
        whole: False when there is no list where one is expected.
    """

    entries: list[Located[T]]
    broken: set[str]
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class TableReader:
    """The top of a TOML file.

    Attributes:
        document: the file.
        model: the type that describes it; its fields are the keys that may stand there.
        problems: where everything that is wrong is noted.
        context: handed to the validators.
    """

    document: TomlDocument
    model: type[Settings]
    problems: Problems
    context: object = None

    def check_keys(self) -> None:
        """Complain about keys that the type does not know, and about missing ones."""
        fields = self.model.model_fields
        origin = Origin(self.document)
        for key in self.document.table:
            if key not in fields:
                hint = did_you_mean(key, fields)
                expected = "" if hint else one_of(fields)
                what = f"unknown key {key!r}"
                origin.complain(self.problems, what, key, expected=expected, hint=hint)
        for key, field in fields.items():
            if field.is_required() and key not in self.document.table:
                origin.complain(self.problems, f"{key} is missing")

    def one(self, key: str, wanted: type[T]) -> T | None:
        """The value of a key; its default where it is absent, None where it is wrong.

        Args:
            key: a field of the model.
            wanted: the field's type (for an optional field, the type it has when present).
        """
        field = self.model.model_fields[key]
        if key not in self.document.table:
            default = field.get_default(call_default_factory=True)
            return default if isinstance(default, wanted) else None
        # A part of the model with this one key: sentences then begin with the key.
        part = create_model("Part", **{key: (field.annotation, field)})  # type: ignore[call-overload]  # keys are data
        data = {key: self.document.table[key]}
        built = checked(TypeAdapter(part), data, Origin(self.document), self.problems, self.context)
        value = getattr(built, key, None)
        return value if isinstance(value, wanted) else None

    def each(self, key: str, adapter: TypeAdapter[T]) -> Listing[T]:
        """The elements of a list of tables that are right in themselves."""
        elements = self.document.table.get(key, [])
        if not isinstance(elements, list):
            hint = f"begin each one with [[{key}]]" if isinstance(elements, dict) else ""
            what = f"{key} is no list of tables"
            Origin(self.document, (key,)).complain(self.problems, what, hint=hint)
            return Listing([], set(), whole=False)
        listing: Listing[T] = Listing([], set(), whole=True)
        for index, element in enumerate(elements):
            origin = Origin(self.document, (key, index), _label(key, index, element))
            value = checked(adapter, element, origin, self.problems, self.context)
            if value is not None:
                listing.entries.append(Located(value, origin))
            elif isinstance(element, dict):
                listing.broken.add(str(element.get("name")))
        return listing


def _label(key: str, index: int, element: object) -> str:
    name = element.get("name") if isinstance(element, dict) else None
    return f"{key} {name!r}" if isinstance(name, str) and len(name) <= 64 else f"{key} {index + 1}"
