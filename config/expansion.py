"""Puts templates to use: a booster is described once and stands in the city forty times."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from config.checking import checked
from config.drafts import Draft, Shift
from config.entries import ParameterEntry, PointEntry, Repeat, Use
from config.origins import Origin
from config.placeholders import filled
from config.problems import did_you_mean, listed, one_of
from telemetry.devices import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.entries import ModbusEntry, MqttEntry, OpcUaEntry
    from config.positions import KeyPath
    from config.problems import Problems
    from config.roster import Roster
    from config.tables import Located
    from config.templates import Template
    from telemetry.places import Site

MOST_REPEATS = 100_000

_POINT = TypeAdapter(PointEntry)
_WHOLE = TypeAdapter(int)


@dataclass(slots=True, eq=False)
class TemplateUse:
    """Puts one template to use on one device.

    Attributes:
        use: what the device says.
        device: its name.
        protocol: what it speaks.
        said_at: the device's entry, for problems of the use.
        key: of the use in that entry.
        template: the template.
        problems: where everything that is wrong is noted.
    """

    use: Use
    device: str
    protocol: Protocol
    said_at: Origin
    key: KeyPath
    template: Template
    problems: Problems
    _values: dict[str, object] = field(init=False, default_factory=dict)
    _note: str = field(init=False, default="")

    def __post_init__(self) -> None:
        given = {"site": self.use.site, "device": self.device}
        file = self.template.file
        defaults = {n: p.default for n, p in file.parameters.items() if p.default is not None}
        self._values = {**defaults, **self.use.parameters, **given}
        self._note = f"used by device {self.device!r} ({self.said_at.place(*self.key)})"

    def drafts(self) -> Iterator[Draft]:
        """The points that the use makes; none when its parameters are wrong."""
        if not self._parameters_are_right():
            return
        shift = Shift(registers=self.use.first_register)
        table = self.template.document.table
        for index, point in enumerate(table.get("point", ())):
            yield from self._draft(point, ("point", index), self._values, shift)
        for index, repeat in enumerate(self.template.file.repeat):
            yield from self._repeated(repeat, index, shift)

    def _parameters_are_right(self) -> bool:
        before = len(self.problems)
        name, file = self.template.name, self.template.file
        if file.protocol is not self.protocol:
            what = f"template {name!r} is for {file.protocol.value}, the device speaks "
            self._complain(what + self.protocol.value, "template")
        if self.use.first_register and self.protocol is not Protocol.MODBUS:
            what = f"first_register means nothing to a device that speaks {self.protocol.value}"
            self._complain(what, "first_register")
        for key, value in self.use.parameters.items():
            parameter = file.parameters.get(key)
            if parameter is None:
                self._unknown_parameter(key)
            elif parameter.choices and value not in parameter.choices:
                self._unknown_choice(key, value, parameter)
        missing = [p for p in file.parameters if p not in self._values]
        if missing:
            self._complain(f"template {name!r} needs the parameter {listed(missing)}", "parameters")
        return len(self.problems) == before

    def _unknown_parameter(self, key: str) -> None:
        names = list(self.template.file.parameters)
        hint = did_you_mean(key, names)
        expected = "" if hint else (one_of(names) if names else "none")
        what = f"template {self.template.name!r} has no parameter {key!r}"
        self._complain(what, "parameters", key, expected=expected, hint=hint)

    def _unknown_choice(self, key: str, value: object, parameter: ParameterEntry) -> None:
        choices = [str(choice) for choice in parameter.choices]
        hint = did_you_mean(str(value), choices)
        what = f"parameter {key} {value!r} is unknown"
        self._complain(what, "parameters", key, expected=one_of(choices), hint=hint)

    def _complain(self, what: str, *keys: str, expected: str = "", hint: str = "") -> None:
        self.said_at.complain(self.problems, what, *self.key, *keys, expected=expected, hint=hint)

    def _repeated(self, repeat: Repeat, index: int, shift: Shift) -> Iterator[Draft]:
        first = self._number(repeat.first, ("repeat", index, "first"))
        last = self._number(repeat.last, ("repeat", index, "last"))
        if first is None or last is None:
            return
        if last - first >= MOST_REPEATS:
            origin = Origin(self.template.document, ("repeat", index), note=self._note)
            what = f"the block repeats {last - first + 1} times"
            origin.complain(self.problems, what, expected=f"at most {MOST_REPEATS} times")
            return
        points = self.template.document.table["repeat"][index]["point"]
        for block, number in enumerate(range(first, last + 1)):
            values = {**self._values, repeat.index: number}
            moved = shift.moved(block * repeat.registers, block * repeat.bits)
            for at, point in enumerate(points):
                yield from self._draft(point, ("repeat", index, "point", at), values, moved)

    def _number(self, value: object, path: KeyPath) -> int | None:
        origin = Origin(self.template.document, path, str(path[-1]), self._note)
        return checked(_WHOLE, filled(value, self._values), origin, self.problems)

    def _draft(
        self, point: Mapping[str, Any], path: KeyPath, values: Mapping[str, object], shift: Shift
    ) -> Iterator[Draft]:
        cells = {key: filled(value, values) for key, value in point.items()}
        data = {key: cell for key, cell in cells.items() if key not in ("signal", "title")} | {
            "name": f"{self.use.site}.{cells['signal']}",
            "title_zh": str(filled(point["title"]["zh"], values)),
            "title_en": str(filled(point["title"]["en"], values)),
            "device": self.device,
        }
        label = f"point {data['name']!r}"
        origin = Origin(self.template.document, path, label, self._note)
        entry = checked(_POINT, data, origin, self.problems)
        if entry is not None:
            yield Draft(entry, origin, shift)


def expand(
    templates: Roster[Template],
    device: Located[ModbusEntry | OpcUaEntry | MqttEntry],
    sites: Roster[Site],
    problems: Problems,
) -> Iterator[Draft]:
    """The points that a device gets from templates."""
    for index, use in enumerate(device.value.use):
        key: KeyPath = ("use", index)
        complain = partial(device.origin.complain, problems)
        if templates.lacks(use.template):
            hint = templates.hint(use.template)
            expected = "" if hint else one_of(templates.known) or "a file in templates/"
            what = f"template {use.template!r} does not exist"
            complain(what, *key, "template", expected=expected, hint=hint)
        if sites.lacks(use.site):
            what = f"site {use.site!r} is unknown"
            complain(what, *key, "site", hint=sites.hint(use.site))
        template = templates.known.get(use.template)
        if template is not None and use.site in sites.known:
            name, protocol = device.value.name, Protocol(device.value.protocol)
            origin = device.origin
            yield from TemplateUse(use, name, protocol, origin, key, template, problems).drafts()
