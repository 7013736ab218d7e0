"""Guessing passwords does not pay (H2)."""

from __future__ import annotations

import pytest

from records.lockout import Failures, address_key, counted, locked_until, taken_back
from records.settings import AccessSettings
from telemetry.clock import SECOND

SETTINGS = AccessSettings(account_failures=3, first_lock_s=30, most_lock_s=100, forget_after_s=600)


def failed(times: int, now_ns: int = 0) -> Failures:
    failures = Failures()
    for _ in range(times):
        failures = counted(failures, now_ns, 3, SETTINGS)
    return failures


@pytest.mark.parametrize(
    ("times", "wait_s"), [(1, 0), (2, 0), (3, 30), (4, 60), (5, 100), (500, 100)]
)
def test_waits_begin_after_the_allowed_failures_and_double_to_the_longest_H2(
    times: int, wait_s: float
) -> None:
    assert locked_until(failed(times), 0, SETTINGS) == wait_s * SECOND


def test_old_failures_are_forgotten_H2() -> None:
    assert counted(failed(2), 601 * SECOND, 3, SETTINGS).failures == 1
    assert counted(failed(2), 600 * SECOND, 3, SETTINGS).failures == 3


def test_a_clock_set_back_locks_nobody_out_for_long_S7() -> None:
    later = failed(3, now_ns=10**6 * SECOND)
    assert locked_until(later, 0, SETTINGS) == 100 * SECOND


def test_a_right_attempt_gives_the_address_its_count_back() -> None:
    assert taken_back(failed(3), 3).failures == 2
    assert locked_until(taken_back(failed(3), 3), 0, SETTINGS) == 0
    assert locked_until(taken_back(failed(5), 3), 0, SETTINGS) == 100 * SECOND
    assert taken_back(Failures(), 3) == Failures()


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("x" * 99, "x" * 64),
    ],
)
def test_an_attackers_whole_network_counts_as_one_address_H2(address: str, key: str) -> None:
    assert address_key(address) == key
