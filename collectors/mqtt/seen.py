"""Which messages have been taken already, within bounded memory."""

from __future__ import annotations

from collections import deque

_REMEMBERED = 16
"""Messages remembered for each meter; QoS 1 sends a message twice soon after the first time."""

Key = tuple[int, int]


class Seen:
    """The latest messages of each meter; only configured meters are ever asked about."""

    def __init__(self) -> None:
        self._keys: dict[str, deque[Key]] = {}

    def first_time(self, sender: str, key: Key) -> bool:
        """Remember a message; False when it was remembered already."""
        keys = self._keys.setdefault(sender, deque(maxlen=_REMEMBERED))
        if key in keys:
            return False
        keys.append(key)
        return True

    def forget(self, sender: str, key: Key) -> None:
        """Forget a message that was not kept after all, so that it is taken when it comes again."""
        keys = self._keys.get(sender)
        if keys is not None and key in keys:
            keys.remove(key)
