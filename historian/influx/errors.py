"""What can go wrong with an InfluxDB.

The tree of this folder::

    BaotuError
    ├── LineError              a name that line protocol cannot carry
    └── AdapterError
        └── StoreError
            └── InfluxError    the server cannot be reached, refuses, or answers strangely
"""

from __future__ import annotations

from historian.errors import StoreError
from telemetry.errors import BaotuError


class LineError(BaotuError):
    """A name that line protocol cannot carry."""


class InfluxError(StoreError):
    """The server cannot be reached, refuses, or answers what cannot be understood."""
