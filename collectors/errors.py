"""What can go wrong between us and a device.

The tree of this folder::

    BaotuError
    ├── UnreadableAddressError   an address that the protocol cannot read at all
    └── AdapterError
        └── LinkError            the link is lost; connect again before the next read
            ├── ConnectError     refused, reset, closed, unknown host
            ├── SilenceError     nothing came inside the deadline
            └── GarbageError     what came is not the protocol

A device that answers badly while the link stands is no error but a quality on its points.
"""

from __future__ import annotations

from typing import Self

from telemetry.errors import AdapterError, BaotuError
from telemetry.quality import Reason


class UnreadableAddressError(BaotuError):
    """An address that the protocol cannot read; the message names the signal."""


class LinkError(AdapterError):
    """The link is lost; ``reason`` is what the device's points show meanwhile."""

    reason = Reason.COMM

    def again(self) -> Self:
        """A fresh copy: one fault fails many tasks, and each adds its own traceback."""
        return type(self)(*self.args)


class ConnectError(LinkError):
    """No connection, or it broke."""


class SilenceError(LinkError):
    """Nothing came inside the deadline."""

    reason = Reason.TIMEOUT


class GarbageError(LinkError):
    """What came is not the protocol; only a new connection can put it right."""

    reason = Reason.PROTOCOL
