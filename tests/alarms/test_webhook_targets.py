"""Which addresses a channel may connect to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from alarms.notify.targets import permitted


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_addresses_are_permitted(text: str) -> None:
    assert permitted(ip_address(text), allow_private=False)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
    ],
)
def test_private_addresses_need_permission_H3(text: str) -> None:
    assert not permitted(ip_address(text), allow_private=False)


@pytest.mark.parametrize("text", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd00::1"])
def test_private_addresses_may_be_permitted(text: str) -> None:
    assert permitted(ip_address(text), allow_private=True)


@pytest.mark.parametrize("allow_private", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",
        "::",
        "240.0.0.1",
        "255.255.255.255",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_some_addresses_are_never_permitted_H3(text: str, allow_private: bool) -> None:
    assert not permitted(ip_address(text), allow_private=allow_private)
