"""What can be chosen about logins; every time in seconds."""

from __future__ import annotations

from pydantic import Field

from telemetry.settings import Settings


class AccessSettings(Settings):
    """Logins, lock-outs and the cost of a password hash.

    An account or an address that fails too often waits; each further failure doubles the wait
    up to ``most_lock_s``. The waits are short because an attacker who knows a name must not be
    able to keep an operator out for a shift.

    Attributes:
        session_idle_s: a login ends after this much time without a request.
        setup_link_s: how long the one-time setup link of the first start is valid.
        account_failures: failed attempts an account may have before it must wait.
        address_failures: the same for a network address, over all accounts.
        forget_after_s: failures are forgotten after this much time without another one.
        first_lock_s, most_lock_s: shortest and longest wait.
        hash_rounds, hash_memory_kib, hash_lanes: argon2id's cost (RFC 9106, second recommended
            option: 3 passes, 64 MiB, 4 lanes).
        hashes_at_once: concurrent hashes, which bounds their memory.
    """

    session_idle_s: float = Field(default=43_200.0, gt=0)
    setup_link_s: float = Field(default=86_400.0, gt=0)
    account_failures: int = Field(default=5, ge=1)
    address_failures: int = Field(default=20, ge=1)
    forget_after_s: float = Field(default=3_600.0, gt=0)
    first_lock_s: float = Field(default=30.0, gt=0)
    most_lock_s: float = Field(default=900.0, gt=0)
    hash_rounds: int = Field(default=3, ge=1)
    hash_memory_kib: int = Field(default=65_536, ge=8)
    hash_lanes: int = Field(default=4, ge=1)
    hashes_at_once: int = Field(default=2, ge=1)
