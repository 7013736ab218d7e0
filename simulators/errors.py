"""What can go wrong in the simulated city.

The tree of this folder::

    SimulatorError                   something about the simulated city
    ├── NetworkError                 the network file cannot serve: unreadable, or an element is missing
    ├── HydraulicsError              the toolkit could not solve a step
    ├── UnknownSignalError           a signal the city does not have
    ├── ReadOnlySignalError          a signal that no device lets anyone write
    ├── FaultTargetError             a fault that names something the city does not have
    └── HistoryError                 meter history asked from outside what meters keep
"""

from __future__ import annotations

from telemetry.errors import BaotuError


class SimulatorError(BaotuError):
    """Base of all errors of the simulated city."""


class NetworkError(SimulatorError):
    """The network file cannot serve as this city: unreadable, or an element is missing."""


class HydraulicsError(SimulatorError):
    """The hydraulic toolkit could not solve a step."""


class UnknownSignalError(SimulatorError):
    """A signal that the city does not have."""


class ReadOnlySignalError(SimulatorError):
    """A signal that no device of the city lets anyone write."""


class FaultTargetError(SimulatorError):
    """A fault names something that the city does not have."""


class HistoryError(SimulatorError):
    """Meter history was asked from outside the hours that meters keep."""
