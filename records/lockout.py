"""Guessing passwords must not pay: failures are counted per account and per address.

An attempt is counted as a failure *before* the password is looked at and taken back afterwards
if it was right. Counting afterwards would let a thousand simultaneous guesses through the gate
before the first of them is counted.
"""

from __future__ import annotations

import ipaddress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from records.access import LockedOut, name_key
from records.schema import failed_logins
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from records.settings import AccessSettings


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed attempts in a row of one account or address.

    Attributes:
        failures: how many, an attempt under way included.
        last_ns: the latest.
        until_ns: no attempt is heard before this time.
    """

    failures: int = 0
    last_ns: int = 0
    until_ns: int = 0


def locked_until(failures: Failures, now_ns: int, settings: AccessSettings) -> int:
    """Time until which attempts are not heard; in the past if they are.

    A clock that was set back must not lock anybody out for longer than the longest wait.
    """
    return min(failures.until_ns, now_ns + _ns(settings.most_lock_s))


def counted(failures: Failures, now_ns: int, allowed: int, settings: AccessSettings) -> Failures:
    """The failures after one more attempt, which is taken to fail.

    Args:
        failures: those before.
        now_ns: city time of the attempt.
        allowed: failures in a row without a wait.
        settings: the waits.
    """
    forgotten = now_ns - failures.last_ns > _ns(settings.forget_after_s)
    count = 1 if forgotten else failures.failures + 1
    if count < allowed:
        return Failures(count, now_ns, 0)
    doublings = min(count - allowed, 30)
    wait_s = min(settings.most_lock_s, settings.first_lock_s * 2.0**doublings)
    return Failures(count, now_ns, now_ns + _ns(wait_s))


def taken_back(failures: Failures, allowed: int) -> Failures:
    """The failures without the attempt that turned out right."""
    count = max(0, failures.failures - 1)
    return replace(failures, failures=count, until_ns=failures.until_ns if count >= allowed else 0)


def address_key(address: str) -> str:
    """What is counted as one address: an IPv4 address, or a whole IPv6 /64.

    A household or an attacker has a whole /64 to choose from.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


class LoginLimits:
    """The counts, kept in the records so that a restart does not reset them."""

    def __init__(self, settings: AccessSettings) -> None:
        self._settings = settings

    def attempt(
        self, connection: Connection, name: str, address: str, now_ns: int
    ) -> LockedOut | None:
        """Count an attempt, or refuse it uncounted while a wait runs."""
        gates = self._gates(name, address)
        before = {who: _load(connection, who) for who in gates}
        until = max(locked_until(f, now_ns, self._settings) for f in before.values())
        if until > now_ns:
            return LockedOut(until)
        for who, allowed in gates.items():
            _save(connection, who, counted(before[who], now_ns, allowed, self._settings))
        self._forget_old(connection, now_ns)
        return None

    def succeeded(self, connection: Connection, name: str, address: str) -> None:
        """The attempt was right: the account starts over, the address gets this one back.

        The address does not start over: whoever has an account could otherwise use it to buy
        more guesses at the others.
        """
        of_account, of_address = self._gates(name, address)
        _save(connection, of_account, Failures())
        allowed = self._settings.address_failures
        _save(connection, of_address, taken_back(_load(connection, of_address), allowed))

    def _gates(self, name: str, address: str) -> dict[str, int]:
        return {
            f"account:{name_key(name)}": self._settings.account_failures,
            f"address:{address_key(address)}": self._settings.address_failures,
        }

    def _forget_old(self, connection: Connection, now_ns: int) -> None:
        oldest = now_ns - _ns(self._settings.forget_after_s + self._settings.most_lock_s)
        connection.execute(delete(failed_logins).where(failed_logins.c.last_ns < oldest))


def _load(connection: Connection, who: str) -> Failures:
    row = connection.execute(
        select(failed_logins.c.failures, failed_logins.c.last_ns, failed_logins.c.until_ns).where(
            failed_logins.c.who == who
        )
    ).one_or_none()
    return Failures() if row is None else Failures(*row)


def _save(connection: Connection, who: str, failures: Failures) -> None:
    connection.execute(delete(failed_logins).where(failed_logins.c.who == who))
    if failures.failures:
        connection.execute(insert(failed_logins).values(who=who, **asdict(failures)))


def _ns(seconds: float) -> int:
    return int(seconds * SECOND)
