"""What can go wrong with alarms.

The tree of this folder::

    BaotuError
    ├── AlarmsError              base of all below
    │   └── BankStateError       a kept state of the rule bank that cannot be read
    └── AdapterError
        └── ForbiddenTargetError a channel's address leads where it must not
"""

from __future__ import annotations

from telemetry.errors import AdapterError, BaotuError


class AlarmsError(BaotuError):
    """Base of the errors of the alarms."""


class BankStateError(AlarmsError):
    """The kept state of the rule bank cannot be read; the bank begins anew."""


class ForbiddenTargetError(AdapterError):
    """A channel's address leads where it must not: loopback, private or no internet address."""
