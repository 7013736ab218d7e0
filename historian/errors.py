"""What can go wrong between a reading and the disk.

The tree of this folder::

    BaotuError
    ├── QueryError                 a question that cannot be answered as it was put
    └── AdapterError
        ├── DirectoryLockedError   another instance works on the same folder
        ├── JournalError           the journal cannot do its work
        │   ├── JournalFormatError a newer version of the service wrote these files
        │   ├── JournalWriteError  a batch could not be written; it keeps its number
        │   └── NotDurableError    the disk never confirmed what was asked about
        └── StoreError             the store cannot do its work
            ├── StoreFullError     no space left on the store's disk
            ├── UnreadableError    some segments cannot be read
            └── CatalogueError     the list of live segments cannot be read or written
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry.errors import AdapterError, BaotuError

if TYPE_CHECKING:
    from collections.abc import Sequence


class QueryError(BaotuError):
    """A question to a store that cannot be answered as it was put."""


class DirectoryLockedError(AdapterError):
    """Another instance works on the same folder; the message names its process."""


class JournalError(AdapterError):
    """The journal cannot do its work."""


class JournalFormatError(JournalError):
    """A newer version of the service wrote the journal; nothing was changed."""


class JournalWriteError(JournalError):
    """A batch could not be written.

    Attributes:
        sequence: the number that the batch would have had; it is not given again.
        reason: for the account: ``disk_full`` or ``disk_error``.
    """

    def __init__(self, message: str, sequence: int, reason: str) -> None:
        super().__init__(message)
        self.sequence = sequence
        self.reason = reason


class NotDurableError(JournalError):
    """The disk never confirmed this batch; whoever sent it should send it again."""


class StoreError(AdapterError):
    """The store cannot do its work."""


class StoreFullError(StoreError):
    """No space is left on the store's disk."""


class UnreadableError(StoreError):
    """Some segments cannot be read.

    Attributes:
        files: one or more of these.
    """

    def __init__(self, message: str, files: Sequence[str]) -> None:
        super().__init__(message)
        self.files = tuple(files)


class CatalogueError(StoreError):
    """The catalogue of the embedded store cannot be read or written."""
