"""What would change if one city took another's place."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from telemetry.devices import ModbusDevice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from config.city import City

_SECTIONS = ("title", "timezone", "collectors", "historian", "console", "feed", "simulation")
_LONGEST_SHOWN = 60

Facts = dict[str, Any]


def differences(old: City, new: City) -> list[str]:
    """Sentences for ``baotu check --against``; empty when nothing would change.

    Zones, sites, devices, points, rules and webhooks are compared by name, not by their order.
    Secrets are compared but never shown.
    """
    return [
        *(line for section in _SECTIONS for line in _section_lines(section, old, new)),
        *_named_lines("zone", _by_name(old.zones), _by_name(new.zones)),
        *_named_lines("site", _by_name(old.sites), _by_name(new.sites)),
        *_named_lines("device", _devices(old), _devices(new)),
        *_named_lines("point", _points(old), _points(new)),
        *_named_lines("rule", _by_name(old.alarms.rules), _by_name(new.alarms.rules)),
        *_named_lines("webhook", _by_name(old.alarms.webhooks), _by_name(new.alarms.webhooks)),
    ]


def _section_lines(section: str, old: City, new: City) -> Iterator[str]:
    before, after = getattr(old, section), getattr(new, section)
    if before is None or after is None:
        if before is not after:
            yield f"{section} is {'removed' if after is None else 'added'}"
        return
    yield from _changes(section, _facts(before), _facts(after))


def _named_lines(what: str, old: Mapping[str, Facts], new: Mapping[str, Facts]) -> Iterator[str]:
    yield from (f"{what} {name!r} is removed" for name in old if name not in new)
    yield from (f"{what} {name!r} is added" for name in new if name not in old)
    for name in old:
        if name in new:
            yield from _changes(f"{what} {name!r}", old[name], new[name])


def _changes(what: str, old: Facts, new: Facts) -> Iterator[str]:
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key), new.get(key)
        if before != after:
            words = _said(before), _said(after)
            shown = f": {words[0]} → {words[1]}" if all(words) else " changes"
            yield f"{what}: {key}{shown}" if key else f"{what}{shown}"


def _said(value: object) -> str:
    """A scalar in words; empty for what is hidden, long or made of parts."""
    if value is None or value == "":
        return "nothing"
    parts = isinstance(value, dict | tuple | BaseModel | _Hidden) or is_dataclass(value)
    return "" if parts or len(str(value)) > _LONGEST_SHOWN else str(value)


class _Hidden:
    """Something that can be compared but not read."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


def _by_name(values: Iterable[Any]) -> dict[str, Facts]:
    return {value.name: _facts(value) for value in values}


def _facts(value: Any) -> Facts:
    """The fields of a value; those kept out of ``repr`` are secrets and stay hidden."""
    if isinstance(value, BaseModel):
        shown = {key: bool(field.repr) for key, field in type(value).model_fields.items()}
    elif is_dataclass(value):
        shown = {field.name: field.repr for field in fields(value)}
    else:
        return {"": value}
    return {
        key: getattr(value, key) if visible else _Hidden(getattr(value, key))
        for key, visible in shown.items()
    }


def _devices(city: City) -> dict[str, Facts]:
    """Devices without what is told point by point."""
    devices = _by_name(city.devices)
    for facts in devices.values():
        del facts["channels"]
        facts.pop("sentinels", None)
    return devices


def _points(city: City) -> dict[str, Facts]:
    """Points with where they are read from; indices shift and mean nothing to people."""
    points = _by_name(city.points)
    for device in city.devices:
        sentinels = device.sentinels if isinstance(device, ModbusDevice) else {}
        for channel in device.channels:
            facts = points[city.points[channel.point].name]
            facts |= {"device": device.name, **_facts(channel)}
            facts["sentinels"] = sentinels.get(channel.signal, ())
            del facts["point"], facts["signal"]
    return points
