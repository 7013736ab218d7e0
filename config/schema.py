"""JSON Schemas of the files, for editors: completion, hints, and red lines while typing."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from config.entries import CityFile, RulesFile, TemplateFile
from telemetry.settings import Settings


class FileKind(StrEnum):
    """The kinds of TOML files that make a city."""

    CITY = "city"
    RULES = "rules"
    TEMPLATE = "template"


_MODELS: dict[FileKind, type[Settings]] = {
    FileKind.CITY: CityFile,
    FileKind.RULES: RulesFile,
    FileKind.TEMPLATE: TemplateFile,
}
_TITLES = {
    FileKind.CITY: "Baotu: city.toml",
    FileKind.RULES: "Baotu: a file of alarm rules",
    FileKind.TEMPLATE: "Baotu: a device template",
}


def schema(kind: FileKind = FileKind.CITY) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one kind of file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_MODELS[kind].model_json_schema(),
        "title": _TITLES[kind],
    }
