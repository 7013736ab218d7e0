"""What the instruments and faces need of the simulated city, whatever computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from simulators.faults import HydraulicFault


class MeterTotals(Protocol):
    """The smart meters of the city; meter ``M0001`` is row 0."""

    @property
    def count(self) -> int:
        """Number of meters."""
        ...

    def totals_m3(self, first_ns: int, hours: int) -> NDArray[np.float64]:
        """Totals at ``hours`` full hours from ``first_ns`` on, ``(hours, count)``."""
        ...

    def now(self, time_ns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Total m³ and flow m³/h at an instant, both ``(count,)``."""
        ...


class City(Protocol):
    """The water, pumps and treatment behind the instruments."""

    @property
    def names(self) -> Sequence[str]:
        """Names of everything but the meters, e.g. ``lvyou.outlet.pressure``."""
        ...

    @property
    def values(self) -> NDArray[np.float64]:
        """``(names,)``, what is measured now, in canonical units; a new array each step."""
        ...

    @property
    def now_ns(self) -> int:
        """The instant of ``values``, ns since 1970 UTC."""
        ...

    @property
    def step_s(self) -> float:
        """Seconds of one step."""
        ...

    @property
    def meters(self) -> MeterTotals:
        """The smart meters."""
        ...

    def step(self) -> None:
        """Let ``step_s`` seconds pass."""
        ...

    def write(self, name: str, value: float) -> float:
        """Take over a setpoint; returns it as the controller bounded it.

        Raises:
            SimulatorError: the signal cannot be written.
        """
        ...

    def apply(self, fault: HydraulicFault) -> None:
        """Let a fault begin; raises FaultTargetError for a wrong target."""
        ...

    def clear(self, fault: HydraulicFault) -> None:
        """Let it end; what is not on is ignored."""
        ...
