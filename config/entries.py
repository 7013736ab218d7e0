"""What may stand in the files, as types; JSON Schemas and sentences come from these."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator

from alarms.settings import Rule, WebhookSettings
from collectors.settings import CollectorSettings
from config.names import (
    HOST_PATTERN,
    OPCUA_URL_PATTERN,
    PLACEHOLDER_PATTERN,
    POINT_PATTERN,
    Name,
)
from config.secret import Secret
from config.sentences import refused
from console.settings import ConsoleSettings
from feed.settings import FeedSettings
from historian.settings import HistorianSettings, InfluxSettings
from simulators.settings import SimulationSettings
from telemetry.devices import Protocol
from telemetry.kinds import Kind
from telemetry.places import Sampling, SiteKind
from telemetry.settings import Settings
from telemetry.text import Text


class Entry(Settings):
    """Base of everything that is read from a file; documents its keys in the schema."""

    model_config = ConfigDict(use_attribute_docstrings=True, allow_inf_nan=False)


def _word(text: object) -> object:
    """Spreadsheets write yes and no in many ways."""
    words = {"是": True, "否": False}
    return words.get(text, text) if isinstance(text, str) else text


def _raw_words(value: object) -> object:
    """``0x7FFF 0xFFFF`` from a spreadsheet's cell."""
    if not isinstance(value, str):
        return value
    try:
        return [int(word, 0) for word in re.split(r"[\s,;]+", value.strip())]
    except ValueError:
        raise refused("are no raw words", expected="e.g. '0x7FFF 0xFFFF'") from None


RawWords = Annotated[
    tuple[Annotated[int, Field(ge=0, le=65_535)], ...], BeforeValidator(_raw_words)
]
YesNo = Annotated[bool, BeforeValidator(_word)]
Scalar = bool | int | float | Annotated[str, Field(max_length=200)]


class ZoneEntry(Entry):
    """A pressure zone."""

    name: Name
    """Named by sites and rules."""
    title: Text


class SiteEntry(Entry):
    """A row of ``sites.csv``: a place with instruments."""

    name: Name
    """First part of its points' names."""
    kind: SiteKind
    zone: str = ""
    """Name of its pressure zone, if it stands in one."""
    title_zh: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    x: float
    """Map coordinate in metres."""
    y: float
    """Map coordinate in metres."""
    elevation_m: float = 0.0
    """Height of the pressure instrument."""
    meter_elevation_m: float | None = None
    """Height of the most unfavourable customer meter."""
    meter_loss_mpa: float = Field(default=0.0, ge=0, le=1)
    """Head loss between the instrument and that meter."""
    sampling: Sampling | None = None
    """Which water its quality instruments see."""


class PointEntry(Entry):
    """A row of ``points.csv``: one named quantity and where its value stands."""

    name: str = Field(pattern=POINT_PATTERN)
    """``<site>.<signal>``."""
    kind: Kind
    title_zh: str = Field(min_length=1)
    """What people at the site call it."""
    title_en: str = Field(min_length=1)
    unit: str = ""
    """Of the value, the range and the scaling; empty for the kind's canonical unit."""
    device: str
    address: str
    scale: float = 1.0
    """``value = raw × scale + offset``."""
    offset: float = 0.0
    low: float | None = None
    """Physically possible range; empty for the kind's own."""
    high: float | None = None
    writable: YesNo = False
    """A setpoint that may be written."""
    expected_s: float | None = Field(default=None, gt=0)
    """A new value is due within this many seconds; empty for the device's own."""
    sentinels: RawWords = ()
    """Raw 16-bit words that mean "no value"."""


class Use(Entry):
    """A template put to use on a device."""

    template: str
    """Name of the file in the templates' folder, without ``.toml``."""
    site: str
    """The points get names that begin with this site."""
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    first_register: int = Field(default=0, ge=0, le=65_535)
    """All Modbus addresses of the template stand this many registers further on."""


class _DeviceEntry(Entry):
    name: Name
    use: tuple[Use, ...] = ()
    """Templates that describe its points; more may stand in ``points.csv``."""


class _PolledEntry(_DeviceEntry):
    poll_s: float = Field(default=15.0, gt=0, le=86_400)
    """Seconds of city time between two reads."""
    timeout_s: float = Field(default=2.0, gt=0, le=300)
    """Total deadline of one request, in real seconds."""


class ModbusEntry(_PolledEntry):
    """A Modbus TCP unit."""

    protocol: Literal["modbus"]
    host: str = Field(pattern=HOST_PATTERN)
    port: int = Field(default=502, ge=1, le=65_535)
    unit: int = Field(default=1, ge=0, le=255)


class OpcUaEntry(_PolledEntry):
    """An OPC UA server."""

    protocol: Literal["opcua"]
    url: str

    @field_validator("url")
    @classmethod
    def _is_an_endpoint(cls, url: str) -> str:
        # Not by a pattern: its sentence would quote the user and password that may stand here.
        if re.fullmatch(OPCUA_URL_PATTERN, url) is None:
            raise refused(
                "is no endpoint",
                expected="opc.tcp://<host>:<port>/<path>, without user and password",
            )
        return url


class MqttEntry(_DeviceEntry):
    """Meters that publish to a broker."""

    protocol: Literal["mqtt"]
    host: str = Field(pattern=HOST_PATTERN)
    port: int = Field(default=1883, ge=1, le=65_535)
    topic: str
    """With ``{sender}`` in place of the meter's id."""
    client_id: str = Field(default="baotu", min_length=1, max_length=128)
    username: str = ""
    password: Secret = Field(default="", repr=False)
    expected_s: float = Field(default=90_000.0, gt=0)
    """A meter's next message is due within this many seconds; 25 h suit a daily one."""

    @field_validator("topic")
    @classmethod
    def _names_the_sender(cls, topic: str) -> str:
        levels = topic.split("/")
        if levels.count("{sender}") != 1 or topic.count("{") != 1 or set("+#\0") & set(topic):
            raise refused(
                "does not say where the meter's id stands",
                expected="one level {sender} and no wildcard, e.g. 'meters/{sender}/up'",
            )
        return topic


DeviceEntry = Annotated[ModbusEntry | OpcUaEntry | MqttEntry, Field(discriminator="protocol")]


class WebhookEntry(WebhookSettings):
    """A webhook as it stands in the file: its address is a secret."""

    url: Secret = Field(repr=False)


class InfluxEntry(InfluxSettings):
    """``[historian.influxdb]`` as it stands in the file: token and password are secrets."""

    token: Secret = Field(default="", repr=False)
    password: Secret = Field(default="", repr=False)


class HistorianEntry(HistorianSettings):
    """``[historian]`` as it stands in the file."""

    influxdb: InfluxEntry | None = None


def as_settings(entry: WebhookEntry) -> WebhookSettings:
    """The webhook as the alarms folder knows it."""
    return WebhookSettings(**{key: getattr(entry, key) for key in WebhookSettings.model_fields})


class CityFile(Entry):
    """``city.toml``."""

    title: Text
    timezone: str
    """IANA name, e.g. ``Asia/Shanghai``."""
    sites: str = "sites.csv"
    """Spreadsheet of the sites, relative to this file."""
    points: tuple[str, ...] = ("points.csv",)
    """Spreadsheets of points; a pattern such as ``points/*.csv`` means several."""
    templates: str = "templates"
    """Folder of the device templates."""
    rules: tuple[str, ...] = ("rules/*.toml",)
    """Rule files; patterns are allowed."""
    zone: tuple[ZoneEntry, ...] = ()
    device: tuple[DeviceEntry, ...] = ()
    webhook: tuple[WebhookEntry, ...] = ()
    collectors: CollectorSettings = CollectorSettings.model_validate({})
    historian: HistorianEntry = HistorianEntry.model_validate({})
    console: ConsoleSettings = ConsoleSettings.model_validate({})
    feed: FeedSettings | None = None
    simulation: SimulationSettings | None = None


class RulesFile(Entry):
    """A file of alarm rules."""

    rule: tuple[Rule, ...] = ()


Placeholder = Annotated[str, Field(pattern=PLACEHOLDER_PATTERN)]
Number = float | Placeholder
Whole = int | Placeholder


class TemplatePoint(Entry):
    """A point of a template; texts may hold ``{parameter}``s."""

    signal: str
    """The point's name without the site."""
    kind: Kind
    title: Text
    unit: str = ""
    address: str
    scale: Number = 1.0
    offset: Number = 0.0
    low: Number | None = None
    high: Number | None = None
    writable: bool | Placeholder = False
    expected_s: Number | None = None
    sentinels: RawWords = ()


class Repeat(Entry):
    """Points that repeat with a number, such as those of the pumps of a station."""

    index: Name = "n"
    """The placeholder that holds the number; ``{n:04}`` fills with zeros."""
    first: Whole = 1
    last: Whole
    registers: int = Field(default=0, ge=0, le=65_535)
    """Each block stands this many registers after the one before."""
    bits: int = Field(default=0, ge=0, le=65_535)
    """Each block stands this many bits after the one before, over word ends if need be."""
    point: tuple[TemplatePoint, ...]


class ParameterEntry(Entry):
    """A parameter of a template."""

    default: Scalar | None = None
    """Without one, every use must give it."""
    choices: tuple[Scalar, ...] = ()
    """Empty allows anything."""
    about: Text | None = None


class TemplateFile(Entry):
    """A kind of device or part of one, described once."""

    protocol: Protocol
    title: Text | None = None
    parameters: dict[Name, ParameterEntry] = Field(default_factory=dict)
    point: tuple[TemplatePoint, ...] = ()
    repeat: tuple[Repeat, ...] = ()
