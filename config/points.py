"""From drafts to the point table and the devices' channels; everything compared with everything."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from config.addressing import place_of, read_address, why_not_writable
from telemetry.devices import Channel, Protocol
from telemetry.errors import AddressError, UnitError
from telemetry.kinds import FACTS
from telemetry.points import Point, PointTable
from telemetry.text import Text
from telemetry.units import Conversion, conversion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.drafts import Draft
    from config.origins import Origin
    from config.problems import Place, Problems
    from config.roster import Roster
    from telemetry.addresses import Address
    from telemetry.places import Site

MOST_POINTS = 1_000_000
POLLS_UNTIL_STALE = 4
"""A polled point is stale after this many periods without a value, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What points must know of the device that carries them."""

    name: str
    protocol: Protocol
    expected_s: float


@dataclass(slots=True, eq=False)
class Wiring:
    """Points, and where each device has them.

    Attributes:
        points: all points.
        channels: by device.
        sentinels: by device and signal.
        complete: False when points are missing because something was wrong with them; what
            seems to be absent may then be one of those.
    """

    points: PointTable
    channels: Mapping[str, tuple[Channel[Any], ...]]
    sentinels: Mapping[str, Mapping[str, tuple[int, ...]]]
    complete: bool


def wire(
    drafts: Iterable[Draft],
    carriers: Roster[Carrier],
    sites: Roster[Site],
    problems: Problems,
    most: int = MOST_POINTS,
) -> Wiring:
    """Number the points and give each device its channels.

    Args:
        drafts: in the order of the table.
        carriers: devices by name.
        sites: sites by name.
        problems: where everything that is wrong is noted; such points are left out.
        most: points that a city may have; a slip in a template's numbers must not fill memory.
    """
    before = len(problems)
    bench = _Bench(carriers, sites, problems)
    for draft in drafts:
        if len(bench.points) >= most:
            draft.origin.complain(problems, f"the city has more than {most} points")
            break
        bench.add(draft)
    channels = {name: tuple(of_device) for name, of_device in bench.channels.items()}
    complete = carriers.sound and sites.sound and len(problems) == before
    return Wiring(PointTable(bench.points), channels, bench.sentinels, complete)


@dataclass(slots=True, eq=False)
class _Bench:
    """Takes one draft after the other."""

    carriers: Roster[Carrier]
    sites: Roster[Site]
    problems: Problems
    points: list[Point] = field(default_factory=list)
    channels: defaultdict[str, list[Channel[Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    sentinels: defaultdict[str, dict[str, tuple[int, ...]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _names: dict[str, Place] = field(default_factory=dict)
    _taken: dict[tuple[object, ...], str] = field(default_factory=dict)

    def add(self, draft: Draft) -> None:
        """Add a point, unless something is wrong with it."""
        before = len(self.problems)
        entry, origin = draft.entry, draft.origin
        site, _, signal = entry.name.partition(".")
        self._check_name(entry.name, site, origin)
        carrier = self._carrier(entry.device, origin)
        address = self._address(draft, carrier) if carrier else None
        point, scaling = self._point(draft, site, carrier.expected_s if carrier else 60.0)
        if carrier is None or address is None or len(self.problems) > before:
            return
        index = len(self.points)
        self.points.append(point)
        self.channels[carrier.name].append(
            Channel(index, signal, address, scaling.factor, scaling.shift, entry.writable)
        )
        self._note_sentinels(draft, carrier.name, signal)

    def _check_name(self, name: str, site: str, origin: Origin) -> None:
        if self.sites.lacks(site):
            hint = self.sites.hint(site)
            origin.complain(self.problems, f"site {site!r} is unknown", "name", hint=hint)
        if name in self._names:
            first = self._names[name]
            origin.complain(self.problems, f"stands twice; first at {first}", "name")
        self._names.setdefault(name, origin.place("name"))

    def _carrier(self, device: str, origin: Origin) -> Carrier | None:
        if self.carriers.lacks(device):
            hint = self.carriers.hint(device)
            origin.complain(self.problems, f"device {device!r} is unknown", "device", hint=hint)
        return self.carriers.known.get(device)

    def _address(self, draft: Draft, carrier: Carrier) -> Address | None:
        entry, origin = draft.entry, draft.origin
        try:
            address = read_address(entry.address, carrier.protocol, draft.shift)
        except AddressError as error:
            origin.complain(self.problems, f"address {error}", "address")
            return None
        if entry.writable and (reason := why_not_writable(address)):
            origin.complain(
                self.problems, f"nothing can be written to {entry.address!r}: {reason}", "writable"
            )
        place = (carrier.name, *place_of(address))
        if place in self._taken and self._taken[place] != entry.name:
            other = f"address {entry.address!r} is that of point {self._taken[place]!r} too"
            origin.complain(self.problems, other, "address")
        self._taken.setdefault(place, entry.name)
        return address

    def _point(self, draft: Draft, site: str, expected_s: float) -> tuple[Point, Conversion]:
        entry, origin = draft.entry, draft.origin
        facts = FACTS[entry.kind]
        unit = self._conversion(draft)
        low = facts.low if entry.low is None else _converted(entry.low, unit)
        high = facts.high if entry.high is None else _converted(entry.high, unit)
        if not low < high:
            what = f"the range begins at {low:g} {facts.unit}, not below its end {high:g}"
            origin.complain(self.problems, what.replace("  ", " "), "low")
        if entry.scale == 0:
            what = "scale is 0, so that every value would be the same"
            origin.complain(self.problems, what, "scale")
        point = Point(
            name=entry.name,
            kind=entry.kind,
            title=Text(entry.title_zh, entry.title_en),
            site=site,
            low=low,
            high=high,
            writable=entry.writable,
            expected_s=entry.expected_s or expected_s,
        )
        scaling = Conversion(entry.scale * unit.factor, _converted(entry.offset, unit))
        return point, scaling

    def _conversion(self, draft: Draft) -> Conversion:
        try:
            return conversion(draft.entry.kind, draft.entry.unit)
        except UnitError as error:
            draft.origin.complain(self.problems, str(error), "unit")
            return Conversion(1.0)

    def _note_sentinels(self, draft: Draft, device: str, signal: str) -> None:
        """Devices keep sentinels by signal, and a gateway has one signal at many sites."""
        words = draft.entry.sentinels
        if self.sentinels[device].setdefault(signal, words) != words:
            what = f"sentinels differ from those of another {signal!r} of device {device!r}"
            hint = "one signal of one device has one set of sentinels at all sites"
            draft.origin.complain(self.problems, what, "sentinels", hint=hint)


def _converted(value: float, unit: Conversion) -> float:
    return value * unit.factor + unit.shift
