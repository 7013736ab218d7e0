"""Server-sent events: each publication to everybody who listens.

Nothing is queued: a listener remembers what it was last sent and takes the newest when it can
take anything, so that a slow one costs no memory and misses only what has been replaced.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

MOST_LISTENERS = 500
"""At the same time; beyond it the answer is 503, and the page works without."""

HEARTBEAT_S = 20.0
"""So often a line is sent when there is no news: proxies close what is silent for a minute."""

_RETRY_MS = 5_000


@dataclass(slots=True, eq=False)
class Streams:
    """Everybody who listens.

    Attributes:
        heartbeat_s: see :data:`HEARTBEAT_S`.
        most: see :data:`MOST_LISTENERS`.
    """

    heartbeat_s: float = HEARTBEAT_S
    most: int = MOST_LISTENERS
    _listeners: int = 0
    _id: str = ""
    _event: bytes = b""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return self._listeners

    def publish(self, id_: str, document: bytes) -> None:
        """Send a document to everybody.

        Args:
            id_: of the publication; a client that comes back with it already has it.
            document: JSON, without line breaks.
        """
        self._id = id_
        self._event = b"event: snapshot\nid: " + id_.encode() + b"\ndata: " + document + b"\n\n"
        self._changed.set()
        self._changed = asyncio.Event()

    @contextmanager
    def place(self) -> Iterator[bool]:
        """A place among the listeners; False when there is none left."""
        if self._listeners >= self.most:
            yield False
            return
        self._listeners += 1
        try:
            yield True
        finally:
            self._listeners -= 1

    async def events(self, last_id: str) -> AsyncIterator[bytes]:
        """What one listener is sent, from the newest publication on, for ever.

        Args:
            last_id: what it already has, or the empty string.
        """
        yield f"retry: {_RETRY_MS}\n\n".encode()
        while True:
            changed = self._changed
            if self._id != last_id:
                last_id = self._id
                yield self._event
                continue
            try:
                async with asyncio.timeout(self.heartbeat_s):
                    await changed.wait()
            except TimeoutError:
                yield b": still here\n\n"
