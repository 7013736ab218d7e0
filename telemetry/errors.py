"""The root of every error that Baotu raises on purpose.

The tree of this folder::

    BaotuError                 a sentence for the person who reads it
    ├── UnknownPointError      a name that the point table does not hold
    ├── AddressError           an address in a spreadsheet or template that cannot be read
    ├── UnitError              a unit that does not measure the wanted kind
    └── AdapterError           something outside failed: device, server, disk, channel
        └── (each folder with adapters adds its own below this)

Every other folder derives its tree from here, drawn at the top of its ``errors.py``.
"""

from __future__ import annotations


class BaotuError(Exception):
    """Base of all errors with a sentence: what, where, why, and what to do."""


class UnknownPointError(BaotuError):
    """A point name that the table does not hold."""


class AddressError(BaotuError):
    """An address that cannot be read; the message says what was expected."""


class UnitError(BaotuError):
    """A unit that does not measure the wanted kind of quantity."""


class AdapterError(BaotuError):
    """Something outside the process failed; supervision retries these and only these."""
