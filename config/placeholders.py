"""Parameters in the texts of templates: ``{order}``, ``{n}``, ``{n:04}``.

Not Python's own formatting: that reaches into objects and can be made to write gigabytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::0([1-9]))?\}")


def filled(value: object, parameters: Mapping[str, object]) -> object:
    """A value with its parameters put in, through tables and lists.

    A text that is nothing but one placeholder becomes the parameter itself, number or text;
    placeholders of unknown names stay as they are.
    """
    match value:
        case str():
            whole = _PLACEHOLDER.fullmatch(value)
            if whole and not whole[2]:
                return parameters.get(whole[1], value)
            return _PLACEHOLDER.sub(lambda found: _written(found, parameters), value)
        case dict():
            return {key: filled(inner, parameters) for key, inner in value.items()}
        case list() | tuple():
            return [filled(inner, parameters) for inner in value]
        case _:
            return value


def _written(found: re.Match[str], parameters: Mapping[str, object]) -> str:
    if found[1] not in parameters:
        return found[0]
    text = str(parameters[found[1]])
    return text.zfill(int(found[2])) if found[2] else text


def placeholders(value: object) -> Iterator[str]:
    """The names of all parameters in a value, through tables and lists."""
    match value:
        case str():
            yield from (found[1] for found in _PLACEHOLDER.finditer(value))
        case dict():
            for inner in value.values():
                yield from placeholders(inner)
        case list() | tuple():
            for inner in value:
                yield from placeholders(inner)
        case _:
            return
