"""What can go wrong with the console.

The tree of this folder::

    BaotuError
    └── ConsoleError             base of all below
        ├── BrowserFilesError    the third-party browser files were not installed
        └── AddressInUseError    the port cannot be listened on
"""

from __future__ import annotations

from telemetry.errors import BaotuError


class ConsoleError(BaotuError):
    """Base of the errors of the console."""


class BrowserFilesError(ConsoleError):
    """The third-party browser files are missing; the console does not start without them."""


class AddressInUseError(ConsoleError):
    """The console's address cannot be listened on."""
