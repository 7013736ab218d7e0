"""CSV and line protocol, appended piece by piece to a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from historian.exporting.table import Table


class Encoder(Protocol):
    """Makes the bytes of a text format; pure."""

    def header(self) -> bytes:
        """What stands in front of all rows."""
        ...

    def encode(self, table: Table) -> bytes:
        """The lines of a piece."""
        ...


class TextSink:
    """Implements :class:`historian.exporting.table.Sink`.

    Args:
        stream: takes the bytes; not closed.
        encoder: makes them.
    """

    def __init__(self, stream: BinaryIO, encoder: Encoder) -> None:
        self._stream = stream
        self._encoder = encoder
        self._begun = False

    def write(self, table: Table) -> None:
        """Append a piece."""
        self._begin()
        self._stream.write(self._encoder.encode(table))

    def finish(self) -> None:
        """Nothing more comes."""
        self._begin()
        self._stream.flush()

    def _begin(self) -> None:
        if not self._begun:
            self._stream.write(self._encoder.header())
            self._begun = True
