"""From data to typed values, noting everything that is wrong instead of stopping at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from config.sentences import Finding, key_path
from config.shapes import Shape

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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
    try:
        return adapter.validate_python(data, context=context)
    except ValidationError as error:
        findings = error.errors(include_url=False)
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
    return None
