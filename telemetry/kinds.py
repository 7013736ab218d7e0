"""What can be measured: each kind's canonical unit, decimals and physically possible range.

The ranges are not limits of any standard; they are what an instrument in a water works can
show while it works. A value outside becomes BAD(out_of_range) and never rings a process alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of quantity a point holds."""

    PRESSURE = "pressure"
    FLOW = "flow"
    LEVEL = "level"
    VOLUME = "volume"
    FREE_CHLORINE = "free_chlorine"
    TOTAL_CHLORINE = "total_chlorine"
    CHLORINE_DIOXIDE = "chlorine_dioxide"
    TURBIDITY = "turbidity"
    PH = "ph"
    CONDUCTIVITY = "conductivity"
    REDOX = "redox"
    TEMPERATURE = "temperature"
    TOC = "toc"
    POWER = "power"
    ENERGY = "energy"
    CURRENT = "current"
    VOLTAGE = "voltage"
    FREQUENCY = "frequency"
    SPEED = "speed"
    OPENING = "opening"
    PRICE = "price"
    STATE = "state"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """Canonical unit, decimals shown, and the physically possible range in that unit."""

    unit: str
    decimals: int
    low: float
    high: float


FACTS: dict[Kind, KindFacts] = {
    Kind.PRESSURE: KindFacts("MPa", 3, -0.1, 2.5),
    Kind.FLOW: KindFacts("m³/h", 1, -50_000.0, 50_000.0),
    Kind.LEVEL: KindFacts("m", 2, -1.0, 100.0),
    Kind.VOLUME: KindFacts("m³", 2, 0.0, 1e10),
    Kind.FREE_CHLORINE: KindFacts("mg/L", 2, 0.0, 10.0),
    Kind.TOTAL_CHLORINE: KindFacts("mg/L", 2, 0.0, 10.0),
    Kind.CHLORINE_DIOXIDE: KindFacts("mg/L", 3, 0.0, 10.0),
    Kind.TURBIDITY: KindFacts("NTU", 3, 0.0, 1_000.0),
    Kind.PH: KindFacts("pH", 2, 0.0, 14.0),
    Kind.CONDUCTIVITY: KindFacts("µS/cm", 0, 0.0, 20_000.0),
    Kind.REDOX: KindFacts("mV", 0, -2_000.0, 2_000.0),
    Kind.TEMPERATURE: KindFacts("°C", 1, -40.0, 120.0),
    Kind.TOC: KindFacts("mg/L", 2, 0.0, 100.0),
    Kind.POWER: KindFacts("kW", 1, -10_000.0, 50_000.0),
    Kind.ENERGY: KindFacts("kWh", 1, 0.0, 1e10),
    Kind.CURRENT: KindFacts("A", 1, -10_000.0, 10_000.0),
    Kind.VOLTAGE: KindFacts("V", 1, -50_000.0, 50_000.0),
    Kind.FREQUENCY: KindFacts("Hz", 2, 0.0, 100.0),
    Kind.SPEED: KindFacts("rpm", 0, -10_000.0, 10_000.0),
    Kind.OPENING: KindFacts("%", 1, -5.0, 105.0),
    Kind.PRICE: KindFacts("CNY/kWh", 4, -10.0, 100.0),
    Kind.STATE: KindFacts("", 0, 0.0, 65_535.0),
    Kind.COUNT: KindFacts("", 0, 0.0, 1e15),
}
