"""Reads device templates, each of which describes a kind of device once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from config.checking import checked
from config.entries import TemplateFile
from config.origins import Origin
from config.placeholders import placeholders
from config.problems import Place, did_you_mean, one_of
from config.roster import Roster
from telemetry.devices import Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.positions import KeyPath
    from config.problems import Problems
    from config.reading import CityFolder, TomlDocument

GIVEN = ("site", "device")
"""Parameters that every use of a template has."""

_FILE = TypeAdapter(TemplateFile)


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A template that is right in itself."""

    name: str
    document: TomlDocument
    file: TemplateFile


def read_templates(folder: CityFolder, directory: str, named_at: Place) -> Roster[Template]:
    """All templates of a folder, by name; a file's name is its template's.

    Args:
        folder: the city's.
        directory: relative to it; need not exist where no template is used.
        named_at: what names it, for problems.
    """
    templates: Roster[Template] = Roster()
    path = folder.inside(directory, named_at)
    if path is None or not path.is_dir():
        templates.whole = path is not None
        return templates
    for file in sorted(path.glob("*.toml")):
        name = Path(directory) / file.name
        document = folder.toml(name, Place(name))
        template = document and _checked_template(file.stem, document, folder.problems)
        if template:
            templates.known[file.stem] = template
        else:
            templates.broken.add(file.stem)
    return templates


def _checked_template(name: str, document: TomlDocument, problems: Problems) -> Template | None:
    origin = Origin(document)
    file = checked(_FILE, document.table, origin, problems)
    if file is None:
        return None
    template = Template(name, document, file)
    before = len(problems)
    _check_placeholders(template, origin, problems)
    return template if len(problems) == before else None


def _check_placeholders(template: Template, origin: Origin, problems: Problems) -> None:
    """Every placeholder has its parameter, and every parameter its placeholder."""
    table, file = template.document.table, template.file
    before = len(problems)
    known = {*file.parameters, *GIVEN}
    used: set[str] = set()
    for index, point in enumerate(table.get("point", ())):
        used |= _known_names(point, known, ("point", index), origin, problems)
    for index, (repeat, entry) in enumerate(zip(table.get("repeat", ()), file.repeat, strict=True)):
        path = ("repeat", index)
        if file.protocol is not Protocol.MODBUS and (entry.registers or entry.bits):
            what = f"an address of {file.protocol.value} does not move by registers or bits"
            origin.complain(problems, what, *path, hint=f"put {{{entry.index}}} into the address")
        if entry.index in known:
            what = f"index {entry.index!r} has the name of a parameter"
            origin.complain(problems, what, *path, "index")
        used |= _known_names(repeat, known | {entry.index}, path, origin, problems)
    for name in file.parameters:
        if name in GIVEN:
            what = f"parameter {name!r} is given by every use"
            origin.complain(problems, what, "parameters", name, hint="leave it out")
        elif name not in used and len(problems) == before:
            what = f"parameter {name!r} stands in no point"
            origin.complain(problems, what, "parameters", name)


def _known_names(
    table: Mapping[str, Any], known: set[str], path: KeyPath, origin: Origin, problems: Problems
) -> set[str]:
    used = set()
    for key, value in table.items():
        if key == "point" and isinstance(value, list):
            for index, point in enumerate(value):
                used |= _known_names(point, known, (*path, key, index), origin, problems)
            continue
        names = set(placeholders(value))
        used |= names
        for name in sorted(names - known):
            hint = did_you_mean(name, known)
            what = f"{{{name}}} is no parameter of this template"
            origin.complain(problems, what, *path, key, expected=one_of(sorted(known)), hint=hint)
    return used
