"""Password hashes: argon2id, a bounded number of them at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from records.access import new_token

if TYPE_CHECKING:
    from records.settings import AccessSettings


class PasswordHashes:
    """Makes and checks password hashes; slow on purpose, so call it from a thread."""

    def __init__(self, settings: AccessSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.hash_rounds,
            memory_cost=settings.hash_memory_kib,
            parallelism=settings.hash_lanes,
            type=Type.ID,
        )
        # Each hash takes tens of megabytes; a flood of logins must not take the alarms' memory.
        self._turns = threading.BoundedSemaphore(settings.hashes_at_once)
        self._decoy = self.make(new_token())

    def make(self, password: str) -> str:
        """Hash a cleaned password with a fresh salt."""
        with self._turns:
            return self._hasher.hash(password)

    def match(self, kept: str | None, password: str) -> bool:
        """Whether the password belongs to the hash.

        Args:
            kept: the hash, or None for an account that does not exist; that takes as long, so
                that names cannot be found out by the time of the answer.
            password: a cleaned password.
        """
        with self._turns:
            try:
                self._hasher.verify(self._decoy if kept is None else kept, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made at another cost than is now configured."""
        return self._hasher.check_needs_rehash(kept)
