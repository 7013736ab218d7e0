"""What the instruments and faces need of the simulated city, whatever computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from simulators.faults import HydraulicFault


class City(Protocol):
    """The water, pumps and treatment behind the instruments."""

    @property
    def names(self) -> Sequence[str]:
        """Names of everything that can be measured, e.g. ``lvyou.outlet.pressure``."""
        ...

    @property
    def values(self) -> NDArray[np.float64]:
        """``float64[n]``, what is true now, in the order of :attr:`names`, canonical units.

        A setpoint shows its new value as soon as it has been written.
        """
        ...

    def step(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds of city time pass."""
        ...

    def write(self, name: str, value: float) -> None:
        """Take over a setpoint, in its canonical unit."""
        ...

    def apply(self, fault: HydraulicFault) -> None:
        """Let a fault begin; raises :class:`telemetry.errors.BaotuError` for a wrong target."""
        ...

    def clear(self, fault: HydraulicFault) -> None:
        """Repair it; what has not begun is ignored."""
        ...
