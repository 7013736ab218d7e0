"""From the folder of a city to one typed, checked :class:`~config.city.City`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import TypeAdapter

from alarms.settings import AlarmSettings, Rule
from collectors.settings import CollectorSettings
from config.checking import checked
from config.city import City
from config.devices import build_devices, carriers
from config.drafts import Draft
from config.entries import (
    CityFile,
    DeviceEntry,
    HistorianEntry,
    ModbusEntry,
    MqttEntry,
    OpcUaEntry,
    PointEntry,
    RulesFile,
    WebhookEntry,
    ZoneEntry,
    as_settings,
)
from config.errors import ConfigError
from config.expansion import expand
from config.history import check_historian
from config.origins import Origin
from config.places import SITE_COLUMNS, SITE_COLUMNS_NEEDED, build_sites, build_zones
from config.points import Wiring, wire
from config.problems import Place, Problems, did_you_mean
from config.reading import MOST_CSV_BYTES, CityFolder
from config.roster import Roster
from config.rules import AnyRule, RuleCheck, check_webhooks
from config.secret import Secrets
from config.simulation import check_simulation
from config.spreadsheets import Sheet, read_sheet
from config.tables import Located, TableReader
from config.templates import read_templates
from console.settings import ConsoleSettings
from feed.settings import FeedSettings
from simulators.settings import SimulationSettings
from telemetry.settings import Settings
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from telemetry.places import Site, Zone

S = TypeVar("S", bound=Settings)

_POINT = TypeAdapter(PointEntry)
_ZONE = TypeAdapter(ZoneEntry)
_DEVICE: TypeAdapter[ModbusEntry | OpcUaEntry | MqttEntry] = TypeAdapter(DeviceEntry)
_WEBHOOK = TypeAdapter(WebhookEntry)
_RULE: TypeAdapter[AnyRule] = TypeAdapter(Rule)
_ALARMS = TypeAdapter(AlarmSettings)
_POINT_COLUMNS = tuple(PointEntry.model_fields)
_POINT_COLUMNS_NEEDED = tuple(k for k, f in PointEntry.model_fields.items() if f.is_required())


def load_city(path: Path, environment: Mapping[str, str]) -> City:
    """Read a city from its files.

    Args:
        path: of ``city.toml``, or of the folder that holds it.
        environment: of the process, for secrets.

    Raises:
        ConfigError: holds every problem of every file.
    """
    file = path / "city.toml" if path.is_dir() else path
    problems = Problems()
    # Links are resolved, so that "inside the folder" means what it says.
    folder = CityFolder(file.parent.resolve(), problems)
    document = folder.toml(Path(file.name), Place(Path(file.name)))
    if document is not None:
        secrets = Secrets(environment, folder.root)
        reader = TableReader(document, CityFile, problems, secrets)
        city = _Loading(folder, reader).city()
        if not len(problems):
            return city
    raise ConfigError(problems.in_order(Path(file.name)))


@dataclass(frozen=True, slots=True, eq=False)
class _Loading:
    """The steps from files to a city; every step goes as far as it can."""

    folder: CityFolder
    reader: TableReader

    def city(self) -> City:
        """The city; only to be used when no problem has been noted."""
        reader, problems = self.reader, self.folder.problems
        reader.check_keys()
        zones = build_zones(reader.each("zone", _ZONE), problems)
        sites = build_sites(self._sites(), zones, problems)
        devices = reader.each("device", _DEVICE)
        drafts = self._drafts(devices.entries, sites)
        wiring = wire(drafts, carriers(devices, problems), sites, problems)
        return City(
            title=reader.one("title", Text) or Text("", ""),
            timezone=self._timezone(),
            zones=tuple(zones.known.values()),
            sites=tuple(sites.known.values()),
            points=wiring.points,
            devices=build_devices(devices.entries, wiring, problems),
            alarms=self._alarms(wiring, sites, zones),
            collectors=self._room("collectors", CollectorSettings),
            historian=self._historian(),
            console=self._room("console", ConsoleSettings),
            feed=self.reader.one("feed", FeedSettings),
            simulation=self._simulation(sites),
            files=tuple(dict.fromkeys(self.folder.files)),
        )

    def _at(self, *keys: str | int) -> Place:
        return self.reader.document.place(keys)

    def _room(self, key: str, wanted: type[S]) -> S:
        """A room's settings; where they are wrong, any will do to go on with the check."""
        return self.reader.one(key, wanted) or wanted.model_validate({})

    def _historian(self) -> HistorianEntry:
        settings = self._room("historian", HistorianEntry)
        origin = Origin(self.reader.document, ("historian",), "historian")
        check_historian(settings, origin, self.folder.problems)
        return settings

    def _alarms(self, wiring: Wiring, sites: Roster[Site], zones: Roster[Zone]) -> AlarmSettings:
        problems = self.folder.problems
        rules = list(self._rules())
        check = RuleCheck(wiring.points, sites.known, zones, wiring.complete, problems)
        check.check(rules)
        webhooks = self.reader.each("webhook", _WEBHOOK).entries
        check_webhooks(webhooks, problems)
        if len(problems):
            return AlarmSettings()
        data = {
            "rules": [rule.value for rule in rules],
            "webhooks": [as_settings(webhook.value) for webhook in webhooks],
        }
        return checked(_ALARMS, data, Origin(self.reader.document), problems) or AlarmSettings()

    def _timezone(self) -> ZoneInfo:
        name = self.reader.one("timezone", str)
        if name is None or name in available_timezones():
            return ZoneInfo(name or "UTC")
        hint = did_you_mean(name, available_timezones())
        expected = "" if hint else "e.g. Asia/Shanghai"
        what = f"timezone {name!r} is unknown"
        self.folder.problems.add(self._at("timezone"), what, expected=expected, hint=hint)
        return ZoneInfo("UTC")

    def _sites(self) -> Sheet:
        name = self.reader.one("sites", str)
        if name is None:
            return Sheet(Path(), (), (), whole=False)
        return self._sheet(Path(name), self._at("sites"), SITE_COLUMNS, SITE_COLUMNS_NEEDED)

    def _sheet(
        self, name: Path, named_at: Place, columns: Collection[str], needed: Collection[str]
    ) -> Sheet:
        content = self.folder.read(name, MOST_CSV_BYTES, named_at)
        if content is None:
            return Sheet(name, (), (), whole=False)
        return read_sheet(content, name, columns, needed, self.folder.problems)

    def _named_files(self, key: str) -> Iterator[tuple[Path, Place]]:
        named: dict[Path, Place] = {}
        for index, pattern in enumerate(self.reader.one(key, tuple) or ()):
            at = self._at(key, index)
            for name in self.folder.matching(pattern, at):
                named.setdefault(name, at)
        yield from named.items()

    def _drafts(
        self,
        devices: list[Located[ModbusEntry | OpcUaEntry | MqttEntry]],
        sites: Roster[Site],
    ) -> Iterator[Draft]:
        problems = self.folder.problems
        for name, at in self._named_files("points"):
            yield from _rows(self._sheet(name, at, _POINT_COLUMNS, _POINT_COLUMNS_NEEDED), problems)
        directory = self.reader.one("templates", str)
        named_at = self._at("templates")
        templates = (
            read_templates(self.folder, directory, named_at) if directory else Roster(whole=False)
        )
        for device in devices:
            yield from expand(templates, device, sites, problems)

    def _rules(self) -> Iterator[Located[AnyRule]]:
        for name, at in self._named_files("rules"):
            document = self.folder.toml(name, at)
            if document is not None:
                reader = TableReader(document, RulesFile, self.folder.problems)
                reader.check_keys()
                yield from reader.each("rule", _RULE).entries

    def _simulation(self, sites: Roster[Site]) -> SimulationSettings | None:
        settings = self.reader.one("simulation", SimulationSettings)
        if settings is None:
            return None
        origin = Origin(self.reader.document, ("simulation",), "simulation")
        return check_simulation(settings, sites, self.folder, origin)


def _rows(sheet: Sheet, problems: Problems) -> Iterator[Draft]:
    for index, row in enumerate(sheet.rows):
        origin = Origin(sheet, (index,), f"point {row.get('name', index + 1)!r}")
        entry = checked(_POINT, row, origin, problems)
        if entry is not None:
            yield Draft(entry, origin)
