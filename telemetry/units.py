"""Units as instruments and spreadsheets write them, turned into the canonical unit of a kind.

``canonical = value × factor + shift``. Factors are exact by definition (SI brochure; NIST SP 811
for psi, inch and gallon; metre of water at 4 °C and standard gravity, 9 806.65 Pa; kilogram-
force by the same gravity). Spreadsheets write ℃, ㎥, μ or m3 for the same units; all are read.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches

from telemetry.errors import UnitError
from telemetry.kinds import FACTS, Kind


@dataclass(frozen=True, slots=True)
class Conversion:
    """``canonical = value × factor + shift``."""

    factor: float
    shift: float = 0.0


IDENTITY = Conversion(1.0)

_MG_PER_L = {"mg/L": IDENTITY, "µg/L": Conversion(1e-3), "ppm": IDENTITY}

_CONVERSIONS: dict[Kind, dict[str, Conversion]] = {
    Kind.PRESSURE: {
        "MPa": IDENTITY,
        "kPa": Conversion(1e-3),
        "Pa": Conversion(1e-6),
        "bar": Conversion(0.1),
        "mH2O": Conversion(0.00980665),
        "kgf/cm²": Conversion(0.0980665),
        "psi": Conversion(0.006894757293168361),
    },
    Kind.FLOW: {
        "m³/h": IDENTITY,
        "m3/h": IDENTITY,
        "L/s": Conversion(3.6),
        "L/min": Conversion(0.06),
        "L/h": Conversion(1e-3),
        "m³/s": Conversion(3_600.0),
        "m³/d": Conversion(1 / 24),
        "gpm": Conversion(0.22712470704),
    },
    Kind.LEVEL: {
        "m": IDENTITY,
        "cm": Conversion(0.01),
        "mm": Conversion(0.001),
        "ft": Conversion(0.3048),
    },
    Kind.VOLUME: {"m³": IDENTITY, "m3": IDENTITY, "L": Conversion(1e-3)},
    Kind.FREE_CHLORINE: _MG_PER_L,
    Kind.TOTAL_CHLORINE: _MG_PER_L,
    Kind.CHLORINE_DIOXIDE: _MG_PER_L,
    Kind.TOC: _MG_PER_L,
    Kind.TURBIDITY: {"NTU": IDENTITY, "FTU": IDENTITY, "mNTU": Conversion(1e-3)},
    Kind.CONDUCTIVITY: {"µS/cm": IDENTITY, "uS/cm": IDENTITY, "mS/cm": Conversion(1e3)},
    Kind.REDOX: {"mV": IDENTITY, "V": Conversion(1e3)},
    Kind.TEMPERATURE: {"°C": IDENTITY, "degC": IDENTITY, "°F": Conversion(5 / 9, -160 / 9)},
    Kind.POWER: {"kW": IDENTITY, "W": Conversion(1e-3), "MW": Conversion(1e3)},
    Kind.ENERGY: {
        "kWh": IDENTITY,
        "kW·h": IDENTITY,
        "Wh": Conversion(1e-3),
        "MWh": Conversion(1e3),
    },
    Kind.CURRENT: {"A": IDENTITY, "mA": Conversion(1e-3)},
    Kind.VOLTAGE: {"V": IDENTITY, "kV": Conversion(1e3)},
}


def conversion(kind: Kind, unit: str) -> Conversion:
    """How a value in ``unit`` becomes the canonical unit of ``kind``.

    Args:
        kind: what is measured.
        unit: as written; the empty string means "already canonical".

    Raises:
        UnitError: the unit does not measure this kind; the message lists those that do.
    """
    canonical = FACTS[kind].unit
    wanted = _spelling(unit)
    if wanted in ("", _spelling(canonical)):
        return IDENTITY
    known = _CONVERSIONS.get(kind, {})
    for name, found in known.items():
        if _spelling(name) == wanted:
            return found
    choices = list(known) or [canonical or "no unit"]
    near = get_close_matches(unit, choices, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UnitError(
        f"unit {unit!r} does not measure {kind.value}: use one of {', '.join(choices)}{hint}"
    )


def _spelling(unit: str) -> str:
    """One spelling of a unit: compatibility characters such as ℃, ㎥ and ³ written out."""
    return unicodedata.normalize("NFKC", unit).strip()
