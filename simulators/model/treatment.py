"""A works' local automation upstream of its pumps: raw water inflow, chlorine, filters."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi

GRAVITY = 9.81
LEVEL_GAIN_PER_M = 0.22
"""How much more raw water, as a share of the mean outflow, for each metre the level is low."""

MEAN_MEMORY_S = 12 * 3600.0
INFLOW_MEMORY_S = 1800.0
"""Raw-water mains are long: the inflow follows its target slowly."""

DOSE_BOUNDS_MG_L = (0.2, 1.5)
CLEAN_RAW_NTU = 15.0
BREAKTHROUGH = 0.05
"""Filters hold what they are built for; of turbidity beyond, this share passes."""


@dataclass(slots=True)
class RawInlet:
    """Keeps the clear-water tank in its band with as even an inflow as possible.

    Attributes:
        wanted_level: m.
        mean_outflow: m³/h over half a day.
        inflow: m³/h that the inlet valve is set for.
    """

    wanted_level: float
    mean_outflow: float
    inflow: float

    def follow(self, level: float, outflow: float, step_s: float) -> float:
        """The inflow for the next step, m³/h."""
        self.mean_outflow += (outflow - self.mean_outflow) * _share(step_s, MEAN_MEMORY_S)
        wish = self.mean_outflow * (1 + LEVEL_GAIN_PER_M * (self.wanted_level - level))
        wish = min(max(wish, 0.3 * self.mean_outflow), 1.7 * self.mean_outflow)
        self.inflow += (wish - self.inflow) * _share(step_s, INFLOW_MEMORY_S)
        return self.inflow


def _share(step_s: float, memory_s: float) -> float:
    return 1 - exp(-step_s / memory_s)


def valve_loss(flow_m3h: float, head_m: float, diameter_m: float) -> float:
    """Minor loss coefficient at which a valve passes this flow under this head difference."""
    area = pi * diameter_m**2 / 4
    velocity = max(flow_m3h, 1.0) / 3600 / area
    return 2 * GRAVITY * max(head_m, 0.01) / velocity**2


def dose_mg_l(setpoint: float, volume_m3: float, flow_m3h: float, decay_per_day: float) -> float:
    """Chlorine at the inlet of a mixed tank whose outlet shall show the setpoint.

    Steady balance of a mixed tank with first-order decay: ``in = out · (1 + k · V / Q)``.
    """
    days = volume_m3 / max(flow_m3h, 1.0) / 24
    return setpoint * (1 + decay_per_day * days)


def filtered_ntu(usual: float, raw: float) -> float:
    """Turbidity behind the filters for a works' usual value and the raw water's turbidity."""
    return usual + BREAKTHROUGH * max(raw - CLEAN_RAW_NTU, 0.0)
