"""What can go wrong between the store and the public.

The tree of this folder::

    BaotuError
    ├── FeedAddressError     the address cannot be listened on
    └── AdapterError
        ├── FeedFolderError  the folder of published files cannot be read or written
        └── FeedClockError   the clock stands before what has been published
"""

from __future__ import annotations

from telemetry.errors import AdapterError, BaotuError


class FeedAddressError(BaotuError):
    """The address cannot be listened on; the message says why and what to do."""


class FeedFolderError(AdapterError):
    """The folder of published files cannot be read or written."""


class FeedClockError(AdapterError):
    """The clock stands before what has been published; nothing is published until it is past."""
