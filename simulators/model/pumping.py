"""A pump station's local automation: holds the outlet pressure with variable-speed pumps.

What a station's PLC does between two hydraulic solutions: keeps the written setpoint inside its
bounds and approaches it slowly, starts and stops pumps, starts a standby for a tripped one, and
trims the common speed until the outlet holds the setpoint.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

METRES_PER_MPA = 1 / 0.00980665
"""Of water at 4 °C and standard gravity."""

RATED_HZ = 50.0
SLOWEST, FASTEST = 0.50, 1.0
"""Speed range as shares of rated: 25 to 50 Hz."""

RAMP_MPA_PER_S = 0.02 / 60
STANDBY_DELAY_S = 20.0
"""From a trip to the standby's start, and from mains return to the first start."""

DWELL_S = 900.0
"""A station waits this long between planned starts and stops."""

CALM_M = 0.15
"""Control error that is left alone."""

SHORTFALL_M = 0.5
"""A station at full speed that misses its aim by so much starts another pump."""

START_SHARE, STOP_SHARE = 1.15, 0.90
"""Of the design flow: more in each pump starts one; no more in the remaining stops one."""


@dataclass(frozen=True, slots=True)
class PumpCurve:
    """EPANET's one-point curve: ``head = speed² · shut_off - resistance · flow²``.

    Shut-off head is 4/3 of the design head (EPANET 2.2 user manual, section 3.1, pumps).
    """

    design_flow: float
    design_head: float

    @property
    def shut_off(self) -> float:
        """Head without flow at rated speed, m."""
        return self.design_head * 4 / 3

    @property
    def resistance(self) -> float:
        """Loss of head, m per (m³/h)²."""
        return self.design_head / 3 / self.design_flow**2

    def speed_for(self, head: float, flow: float) -> float:
        """The speed at which a pump gives this head and flow, not bounded."""
        return sqrt(max(head + self.resistance * flow * flow, 0.0) / self.shut_off)


@dataclass(slots=True)
class Pump:
    """One pump of a station."""

    running: bool
    tripped: bool = False
    run_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StationState:
    """What the station's instruments see: heads in m, the flow of all its pumps in m³/h."""

    inlet_head: float
    outlet_head: float
    flow: float


@dataclass(slots=True)
class PumpStation:
    """The automation of one station with equal pumps.

    Attributes:
        elevation: of the pressure instruments, m.
        setpoint: as written and bounded, MPa; ``aim`` follows it slowly.
        bounds: least and greatest setpoint the PLC accepts.
        powered: whether the mains are there.
    """

    elevation: float
    curve: PumpCurve
    pumps: list[Pump]
    speed: float
    setpoint: float
    bounds: tuple[float, float]
    aim: float = field(init=False)
    powered: bool = True
    _slope: float = field(init=False)
    _last: tuple[float, float] | None = None
    _planned_s: float = -DWELL_S
    _restart_s: float = 0.0

    def __post_init__(self) -> None:
        self.aim = self.setpoint
        self._slope = 2 * self.curve.shut_off

    @property
    def running(self) -> int:
        """Pumps that run."""
        return sum(pump.running for pump in self.pumps)

    def trip(self, number: int, now_s: float) -> None:
        """A pump fails; a standby will start after the delay."""
        pump = self.pumps[number]
        if pump.running:
            self._restart_s = now_s + STANDBY_DELAY_S
        pump.tripped, pump.running = True, False

    def reset(self, number: int) -> None:
        """A tripped pump is available again."""
        self.pumps[number].tripped = False

    def set_power(self, powered: bool, now_s: float) -> None:
        """Mains go or come back; pumps stop at once and start after the delay."""
        if powered == self.powered:
            return
        self.powered = powered
        self._restart_s = now_s + STANDBY_DELAY_S
        for pump in self.pumps:
            pump.running = False

    def stage(self, state: StationState, now_s: float, step_s: float) -> None:
        """Once per step: move the aim, count hours, start or stop pumps."""
        limit = RAMP_MPA_PER_S * step_s
        self.aim += min(max(self.setpoint - self.aim, -limit), limit)
        self._last = None
        for pump in self.pumps:
            pump.run_s += step_s * pump.running
        available = sum(not pump.tripped for pump in self.pumps)
        wanted = min(self._wanted(state, now_s), available)
        if wanted == self.running:
            return
        self._change(wanted)
        self._planned_s = now_s
        self._restart_at_same_head(state)

    def _wanted(self, state: StationState, now_s: float) -> int:
        running = self.running
        if not self.powered:
            return 0
        if self._restart_s > 0:
            return self._after_outage(running, now_s)
        calm = now_s - self._planned_s >= DWELL_S
        per_pump = state.flow / max(running, 1)
        if self.speed >= FASTEST - 0.005 and self._error(state) > SHORTFALL_M:
            return running + 1
        if calm and per_pump > START_SHARE * self.curve.design_flow:
            return running + 1
        if (
            calm
            and running > 1
            and state.flow / (running - 1) < STOP_SHARE * self.curve.design_flow
        ):
            return running - 1
        return max(running, 1)

    def _after_outage(self, running: int, now_s: float) -> int:
        if now_s < self._restart_s:
            return running
        self._restart_s = 0.0
        return running + 1

    def _change(self, wanted: int) -> None:
        """Start the rested, stop the tired."""
        by_hours = sorted(self.pumps, key=lambda pump: pump.run_s)
        while self.running < wanted:
            next(p for p in by_hours if not p.running and not p.tripped).running = True
        while self.running > wanted:
            next(p for p in reversed(by_hours) if p.running).running = False

    def _restart_at_same_head(self, state: StationState) -> None:
        if self.running:
            flow = state.flow / self.running
            self.speed = self._bounded(self.curve.speed_for(self._lift(state), flow))

    def _lift(self, state: StationState) -> float:
        return self._aim_head() - state.inlet_head

    def _aim_head(self) -> float:
        return self.elevation + self.aim * METRES_PER_MPA

    def _error(self, state: StationState) -> float:
        return self._aim_head() - state.outlet_head

    @staticmethod
    def _bounded(speed: float) -> float:
        return min(max(speed, SLOWEST), FASTEST)

    def trim(self, state: StationState) -> bool:
        """Correct the common speed after a solution; False when nothing had to change.

        A secant step: how the outlet answers to speed is learnt from the last correction and
        kept between a tenth of, and all of, what a pump with a shut valve would give.
        """
        error = self._error(state)
        if not self.running or abs(error) < CALM_M:
            return False
        stiffest = 2 * self.speed * self.curve.shut_off
        if self._last is not None and abs(self.speed - self._last[0]) > 1e-6:
            learnt = (state.outlet_head - self._last[1]) / (self.speed - self._last[0])
            self._slope = min(max(learnt, 0.1 * stiffest), stiffest)
        self._last = (self.speed, state.outlet_head)
        wanted = self._bounded(self.speed + error / self._slope)
        changed = abs(wanted - self.speed) > 1e-5
        self.speed = wanted
        return changed
