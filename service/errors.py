"""Errors of the composition root.

The tree of this folder::

    BaotuError
    └── ServiceError            the service cannot start or go on as asked
        ├── AddressInUseError   somebody listens there already
        └── SimulatorError      the simulated city did not come up, or went away
"""

from __future__ import annotations

from telemetry.errors import BaotuError


class ServiceError(BaotuError):
    """The service cannot start or go on as asked."""


class AddressInUseError(ServiceError):
    """Somebody listens on the wanted address already."""


class SimulatorError(ServiceError):
    """The simulated city did not come up, or went away."""
