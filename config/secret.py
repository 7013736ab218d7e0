"""Secrets come from the environment or from files; they never stand in the TOML.

A secret is written ``{ env = "NAME" }`` or ``{ file = "path" }``. Sentences name the variable
or the file, never what they hold, nor what somebody wrote in their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from config.sentences import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SECRET_BYTES = 65_536
_EXPECTED = '{ env = "NAME" } or { file = "path" }'
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where secrets are looked up.

    Attributes:
        environment: of the process.
        folder: relative paths of secret files start here.
    """

    environment: Mapping[str, str]
    folder: Path

    def __repr__(self) -> str:
        # The environment is full of other programs' secrets.
        return f"Secrets(folder={self.folder})"

    def resolve(self, reference: object) -> str:
        """The secret that a table of one key refers to.

        Raises:
            PydanticCustomError: with a predicate that quotes no value.
        """
        if not isinstance(reference, dict):
            raise refused(
                "is a secret and must not stand in the file",
                expected=_EXPECTED,
                hint="take it out of the file, and change it if others have seen the file",
            )
        match list(reference.items()):
            case [("env", str(name))] if _VARIABLE.fullmatch(name):
                return self._from_environment(name)
            case [("env", _)]:
                raise refused("names no variable", expected="capital letters, digits and _")
            case [("file", str(name))] if name and "\0" not in name:
                return self._from_file(name)
            case _:
                raise refused("is a secret with other keys than it may have", expected=_EXPECTED)

    def _from_environment(self, name: str) -> str:
        value = self.environment.get(name, "")
        if not value:
            raise refused(f"comes from the environment variable {name}, which is not set")
        return value

    def _from_file(self, name: str) -> str:
        path = self.folder / name
        try:
            if not path.is_file():
                raise refused(f"comes from the file {name!r}, which does not exist")
            with path.open("rb") as stream:
                content = stream.read(MOST_SECRET_BYTES + 1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise refused(f"comes from a file that cannot be read: {reason}") from None
        if len(content) > MOST_SECRET_BYTES:
            raise refused("comes from a file that is too large for a secret")
        try:
            text = content.decode().strip()
        except UnicodeDecodeError:
            raise refused("comes from a file that is no UTF-8 text") from None
        if not text:
            raise refused("comes from an empty file")
        return text


def _resolve(reference: Any, info: ValidationInfo) -> str:
    secrets = info.context
    if not isinstance(secrets, Secrets):
        raise TypeError("a type with secrets is built with Secrets as its context")
    return secrets.resolve(reference)


Secret = Annotated[
    str,
    Field(repr=False),
    BeforeValidator(_resolve),
    WithJsonSchema(
        {
            "type": "object",
            "description": "A secret: the name of an environment variable, or a file's path.",
            "properties": {"env": {"type": "string"}, "file": {"type": "string"}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
    ),
]
