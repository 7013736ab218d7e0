"""Tells live sockets that the login they stand on has ended."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from records.access import AccessEnded, EndReason, login_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class EndedLogins:
    """Hands every ended login to the listeners, after the change is on the disk.

    Listeners are called in the thread that made the change and must return at once; one on an
    event loop hands on with ``loop.call_soon_threadsafe``.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[AccessEnded], None]] = []
        self._guard = threading.Lock()

    def listen(self, listener: Callable[[AccessEnded], None]) -> Callable[[], None]:
        """Add a listener; the returned function removes it again."""
        with self._guard:
            self._listeners.append(listener)

        def leave() -> None:
            with self._guard:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return leave

    def announce(self, token_hashes: Iterable[str], reason: EndReason) -> None:
        """Tell all listeners, unless nothing ended."""
        logins = frozenset(login_id(hashed) for hashed in token_hashes)
        if not logins:
            return
        with self._guard:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(AccessEnded(logins, reason))
