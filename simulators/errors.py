"""What can go wrong in the simulated city.

The tree of this folder::

    SimulatorError                   something about the simulated city
    ├── NetworkError                 the network file cannot serve: unreadable or incomplete
    ├── HydraulicsError              the toolkit could not solve a step
    ├── UnknownSignalError           a signal the city does not have
    ├── ReadOnlySignalError          a signal that no device lets anyone write
    ├── SetpointError                a setpoint that the device would refuse
    ├── FaultTargetError             a fault that names something the city does not have
    ├── HistoryError                 meter history asked from outside what meters keep
    ├── DevicesError                 devices that fit neither each other nor the city
    ├── ScriptError                  a fault script that cannot be played; holds every problem
    └── FaceError (an AdapterError)  a face cannot serve, e.g. because its port is taken
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry.errors import AdapterError, BaotuError

if TYPE_CHECKING:
    from simulators.script import Problem


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


class DevicesError(SimulatorError):
    """The devices fit neither each other nor the simulated city."""


class ScriptError(SimulatorError):
    """A fault script that cannot be played.

    Attributes:
        problems: all that was found, in the order of the file.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class FaceError(SimulatorError, AdapterError):
    """A face of the city cannot be served; the message says what to do."""


class SetpointError(SimulatorError):
    """A written value that is no number."""
