"""What the faults that are on do to the water, taken together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from simulators.faults import (
    Burst,
    ChlorineDosingFailure,
    DemandSurge,
    HydraulicFault,
    MainsLoss,
    PumpTrip,
    TurbidInflow,
)
from simulators.model.pumping import METRES_PER_MPA

if TYPE_CHECKING:
    from collections.abc import Iterable

BURST_PRESSURE_MPA = 0.3
"""A burst's size is what it would lose at this pressure."""


@dataclass(slots=True)
class Effects:
    """The sum of the faults.

    Attributes:
        leaks: by node, m³/h at one metre of pressure.
        tripped: pumps, as ``(site, index from 0)``.
        dark: sites without mains.
        undosed: works that dose no chlorine.
        turbid: by works, raw-water NTU.
        surge: by zone, factor on demand.
    """

    leaks: dict[str, float] = field(default_factory=dict)
    tripped: set[tuple[str, int]] = field(default_factory=set)
    dark: set[str] = field(default_factory=set)
    undosed: set[str] = field(default_factory=set)
    turbid: dict[str, float] = field(default_factory=dict)
    surge: dict[str, float] = field(default_factory=dict)


def effects_of(faults: Iterable[HydraulicFault]) -> Effects:
    """Add up the faults that are on."""
    effects = Effects()
    for fault in faults:
        _add(effects, fault)
    return effects


def _add(effects: Effects, fault: HydraulicFault) -> None:
    target = fault.target
    match fault:
        case Burst(flow_m3h=flow):
            effects.leaks[target] = effects.leaks.get(target, 0.0) + leak_coefficient(flow)
        case PumpTrip():
            effects.tripped.add(pump_of(target))
        case MainsLoss():
            effects.dark.add(target)
        case ChlorineDosingFailure():
            effects.undosed.add(target)
        case TurbidInflow(ntu=ntu):
            effects.turbid[target] = max(ntu, effects.turbid.get(target, 0.0))
        case DemandSurge(factor=factor):
            effects.surge[target] = factor * effects.surge.get(target, 1.0)
        case _:
            assert_never(fault)


def leak_coefficient(flow_m3h: float) -> float:
    """Emitter coefficient of a burst of this size: ``flow / sqrt(pressure in m)``."""
    return flow_m3h / float((BURST_PRESSURE_MPA * METRES_PER_MPA) ** 0.5)


def pump_of(target: str) -> tuple[str, int]:
    """``lvyou.pump1`` as site and index from 0; index -1 when it is no pump's name."""
    site, _, pump = target.partition(".")
    number = pump.removeprefix("pump")
    if pump.startswith("pump") and number.isdecimal():
        return site, int(number) - 1
    return site, -1
