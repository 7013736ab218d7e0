"""From data to typed values, noting everything that is wrong instead of stopping at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from config.sentences import Finding, key_path
from config.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

    from config.origins import Origin
    from config.positions import KeyPath
    from config.problems import Problems

T = TypeVar("T")


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
    findings = list(_truths_for_numbers(adapter, data))
    value = None
    try:
        value = adapter.validate_python(data, context=context)
    except ValidationError as error:
        findings += error.errors(include_url=False)
    if findings:
        _tell(findings, adapter, data, origin, problems)
        return None
    return value


def _tell(
    findings: list[ErrorDetails],
    adapter: TypeAdapter[T],
    data: object,
    origin: Origin,
    problems: Problems,
) -> None:
    schema = adapter.json_schema()
    seen: set[tuple[KeyPath, str]] = set()
    for details in findings:
        path = key_path(details["loc"], data)
        # Every member of a union complains about the same value; one sentence is enough.
        missing = str(details["loc"][-1]) if details["type"] == "missing" else ""
        if (path, missing) not in seen:
            seen.add((path, missing))
            said = Finding(details, path, Shape(schema, schema), data).said()
            origin.complain(problems, said.what, *path, expected=said.expected, hint=said.hint)


def _truths_for_numbers(adapter: TypeAdapter[T], data: object) -> Iterator[ErrorDetails]:
    """What the validator would let pass: ``true`` where a number is wanted becomes 1."""
    truths = list(_truths(data))
    schema = adapter.json_schema() if truths else {}
    for path, value in truths:
        wanted = Shape(schema, schema).at(path, data).node.get("type", "")
        if wanted in ("integer", "number"):
            yield {"type": f"{wanted}_type", "loc": path, "msg": "", "input": value}


def _truths(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, bool]]:
    if isinstance(value, bool):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _truths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _truths(inner, (*path, index))
