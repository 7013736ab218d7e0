"""Errors of the composition root.

The tree of this folder::

    BaotuError
    ├── ServiceError            the service cannot start or go on as asked
    │   ├── AddressInUseError   somebody listens there already
    │   ├── SimulatorError      the simulated city did not come up, or went away
    │   └── BackupError         a backup cannot be made or restored
    │       ├── BackupDamagedError   it is not what it was when it was made
    │       ├── NewerBackupError     a newer version made it
    │       └── RestoreRefusedError  restoring would break a rule of safety
    │           └── UnsafeBackupError  it holds what no backup holds: paths that lead out, links
    └── AdapterError
        └── FeedServerError     the process that serves the public feed ended; it is started again
"""

from __future__ import annotations

from telemetry.errors import AdapterError, BaotuError


class ServiceError(BaotuError):
    """The service cannot start or go on as asked."""


class AddressInUseError(ServiceError):
    """Somebody listens on the wanted address already."""


class SimulatorError(ServiceError):
    """The simulated city did not come up, or went away."""


class BackupError(ServiceError):
    """A backup cannot be made or restored."""


class BackupDamagedError(BackupError):
    """The backup is not what it was when it was made."""


class NewerBackupError(BackupError):
    """A newer version of the program made the backup."""


class RestoreRefusedError(BackupError):
    """Restoring would break a rule of safety."""


class UnsafeBackupError(RestoreRefusedError):
    """The backup holds what no backup holds: paths that lead out of its folder, or links."""


class FeedServerError(AdapterError):
    """The process that serves the public feed ended, or did not come up; it is started again."""
