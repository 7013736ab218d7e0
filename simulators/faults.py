"""The faults that a script can play, as types: what acts on water, instruments and faces.

The word in a script is the class's ``kind``; its other fields are the script's parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


def _number(default: float | None, *, low: float, high: float, unit: str) -> Any:
    """A parameter with its bounds; without a default it must be given."""
    bounds = {"low": low, "high": high, "unit": unit}
    if default is None:
        return field(metadata=bounds)
    return field(default=default, metadata=bounds)


@dataclass(frozen=True, slots=True)
class Burst:
    """A main breaks: water leaves the network at a junction.

    Attributes:
        target: a junction of the network, e.g. ``south_07``.
        flow_m3h: what the break would lose at 0.3 MPa; it falls with the pressure.
    """

    kind: ClassVar[str] = "burst"
    target: str
    flow_m3h: float = _number(400.0, low=1.0, high=20_000.0, unit="m³/h at 0.3 MPa")


@dataclass(frozen=True, slots=True)
class PumpTrip:
    """A pump stops and cannot start while the fault lasts; ``target`` e.g. ``lvyou.pump1``."""

    kind: ClassVar[str] = "pump_trip"
    target: str


@dataclass(frozen=True, slots=True)
class MainsLoss:
    """A site loses its power supply; ``target`` is the site."""

    kind: ClassVar[str] = "mains_loss"
    target: str


@dataclass(frozen=True, slots=True)
class ChlorineDosingFailure:
    """A works doses no chlorine; ``target`` is the works."""

    kind: ClassVar[str] = "chlorine_dosing_failure"
    target: str


@dataclass(frozen=True, slots=True)
class TurbidInflow:
    """Turbid raw water reaches a works.

    Attributes:
        target: the works.
        ntu: turbidity of the raw water.
    """

    kind: ClassVar[str] = "turbid_inflow"
    target: str
    ntu: float = _number(60.0, low=0.0, high=4_000.0, unit="NTU")


@dataclass(frozen=True, slots=True)
class DemandSurge:
    """A zone draws more water than usual.

    Attributes:
        target: the zone.
        factor: on its usual demand.
    """

    kind: ClassVar[str] = "demand_surge"
    target: str
    factor: float = _number(1.5, low=0.0, high=10.0, unit="times")


@dataclass(frozen=True, slots=True)
class Frozen:
    """An instrument keeps showing what it last showed, and looks healthy."""

    kind: ClassVar[str] = "frozen"
    target: str


@dataclass(frozen=True, slots=True)
class Drift:
    """An instrument's error grows with time.

    Attributes:
        target: the point, or a site for all its points.
        per_hour: in the point's unit; may be negative.
        noticed: 1 when the instrument itself doubts its value (OPC UA shows it), else 0.
    """

    kind: ClassVar[str] = "drift"
    target: str
    per_hour: float = _number(None, low=-1e6, high=1e6, unit="units of the point per hour")
    noticed: float = _number(0.0, low=0.0, high=1.0, unit="0 or 1")


@dataclass(frozen=True, slots=True)
class Spike:
    """An instrument shows a wrong value for moments.

    Attributes:
        target: the point, or a site for all its points.
        size: added during the spike, in the point's unit; may be negative.
        every_s: from the beginning of one spike to the next.
        width_s: how long one spike lasts.
    """

    kind: ClassVar[str] = "spike"
    target: str
    size: float = _number(None, low=-1e9, high=1e9, unit="units of the point")
    every_s: float = _number(600.0, low=1.0, high=1e6, unit="s")
    width_s: float = _number(20.0, low=0.1, high=1e6, unit="s")


@dataclass(frozen=True, slots=True)
class DeadSensor:
    """An instrument sends nothing its device can use: NaN, sentinel or BadSensorFailure."""

    kind: ClassVar[str] = "dead_sensor"
    target: str


@dataclass(frozen=True, slots=True)
class Maintenance:
    """An instrument is being cleaned or calibrated; a station's ``service`` point shows 1."""

    kind: ClassVar[str] = "maintenance"
    target: str


@dataclass(frozen=True, slots=True)
class DeadSlave:
    """A Modbus unit no longer answers; others at the same address do."""

    kind: ClassVar[str] = "dead_slave"
    target: str


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """The whole endpoint of a Modbus device accepts connections and never answers."""

    kind: ClassVar[str] = "half_open"
    target: str


@dataclass(frozen=True, slots=True)
class WrongWordOrder:
    """A Modbus unit swaps the words of its 32-bit values, as after a firmware change."""

    kind: ClassVar[str] = "wrong_word_order"
    target: str


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """The clock of a works' server or of the meters is wrong.

    Attributes:
        target: an OPC UA or MQTT device.
        seconds: ahead, or behind when negative.
    """

    kind: ClassVar[str] = "clock_skew"
    target: str
    seconds: float = _number(3_600.0, low=-2e9, high=2e9, unit="s")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Meters send messages twice.

    Attributes:
        target: the MQTT device.
        share: of the messages that are sent twice.
    """

    kind: ClassVar[str] = "duplicate"
    target: str
    share: float = _number(0.2, low=0.0, high=1.0, unit="share of the messages")


@dataclass(frozen=True, slots=True)
class Late:
    """Meters' messages are held back and sent when the fault ends, newest first.

    Attributes:
        target: the MQTT device.
        share: of the messages that are held back.
    """

    kind: ClassVar[str] = "late"
    target: str
    share: float = _number(1.0, low=0.0, high=1.0, unit="share of the messages")


HydraulicFault = Burst | PumpTrip | MainsLoss | ChlorineDosingFailure | TurbidInflow | DemandSurge
InstrumentFault = Frozen | Drift | Spike | DeadSensor | Maintenance
FaceFault = DeadSlave | HalfOpen | WrongWordOrder | ClockSkew | Duplicate | Late
Fault = HydraulicFault | InstrumentFault | FaceFault
