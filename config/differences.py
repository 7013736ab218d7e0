"""What would change if one city took another's place."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.city import City

_SECTIONS = ("title", "timezone", "collectors", "historian", "console", "simulation")


def differences(old: City, new: City) -> list[str]:
    """Sentences for ``baotu check --against``; empty when nothing would change.

    Points, sites, zones, devices, rules and webhooks are compared by name, not by their order;
    secrets are compared but never shown.
    """
    return [
        *_section_lines(old, new),
        *_named_lines("zone", _by_name(old.zones), _by_name(new.zones)),
        *_named_lines("site", _by_name(old.sites), _by_name(new.sites)),
        *_named_lines("device", _device_facts(old), _device_facts(new)),
        *_named_lines("point", _point_facts(old), _point_facts(new)),
        *_named_lines("rule", _by_name(old.alarms.rules), _by_name(new.alarms.rules)),
        *_named_lines("webhook", _by_name(old.alarms.webhooks), _by_name(new.alarms.webhooks)),
    ]


def _section_lines(old: City, new: City) -> Iterator[str]:
    for section in _SECTIONS:
        yield from _changes(section, _facts(getattr(old, section)), _facts(getattr(new, section)))


def _named_lines(
    what: str, old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    yield from (f"{what} {name!r}: removed" for name in old if name not in new)
    yield from (f"{what} {name!r}: added" for name in new if name not in old)
    for name in old:
        if name in new:
            yield from _changes(f"{what} {name!r}", old[name], new[name])
