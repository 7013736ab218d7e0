"""A template is described once and put to use many times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.addressing import read_address
from config.city import City
from config.drafts import Shift
from config.load import load_city
from config.placeholders import filled, placeholders
from telemetry.addresses import ModbusAddress, RegisterTable, RegisterType, WordOrder
from telemetry.devices import Device, Protocol
from telemetry.errors import AddressError

if TYPE_CHECKING:
    from collections.abc import Callable


def device_of(city: City, name: str) -> Device:
    return next(device for device in city.devices if device.name == name)


def test_template_gives_a_device_its_points_with_parameters_filled_in(
    small_city: Path, environment: dict[str, str]
) -> None:
    city = load_city(small_city, environment)

    channels = {channel.signal: channel for channel in device_of(city, "pumphouse").channels}
    assert list(channels) == ["outlet.pressure", "pump1.power", "pump2.power"]
    assert channels["pump2.power"].address == ModbusAddress(
        RegisterTable.HOLDING, 110, RegisterType.FLOAT32, WordOrder.CDAB
    )
    assert city.points.by_name("lvyou.pump2.power").title.zh == "2号泵功率"


def test_use_may_move_all_registers_of_a_template(
    small_city: Path, environment: dict[str, str], edit: Callable[[str, str, str], None]
) -> None:
    edit("city.toml", 'site = "lvyou",', 'site = "lvyou", first_register = 1000,')

    channels = device_of(load_city(small_city, environment), "pumphouse").channels

    assert [channel.address.register for channel in channels] == [1000, 1100, 1110]


def test_parameter_stands_for_a_number(
    small_city: Path, environment: dict[str, str], edit: Callable[[str, str, str], None]
) -> None:
    edit("templates/pump_house.toml", "scale = 0.001", 'scale = "{scale}"')
    edit(
        "templates/pump_house.toml", "[parameters.pumps]", "[parameters.scale]\n[parameters.pumps]"
    )
    edit("city.toml", 'order = "CDAB"', 'order = "CDAB", scale = 0.01, pumps = 4')

    city = load_city(small_city, environment)

    channels = device_of(city, "pumphouse").channels
    assert channels[0].scale == 0.01
    assert len(channels) == 5


@pytest.mark.parametrize(
    ("address", "shift", "register", "bit"),
    [
        ("holding:10.4", Shift(bits=2), 10, 6),
        ("holding:10.14", Shift(bits=4), 11, 2),
        ("holding:10.0", Shift(registers=3, bits=33), 15, 1),
        ("coil:5", Shift(bits=3), 8, 0),
        ("holding:100 float32", Shift(registers=20), 120, 0),
    ],
)
def test_repeated_block_moves_by_registers_and_bits(
    address: str, shift: Shift, register: int, bit: int
) -> None:
    moved = read_address(address, Protocol.MODBUS, shift)

    assert isinstance(moved, ModbusAddress)
    assert (moved.register, moved.bit) == (register, bit)


def test_block_that_moves_beyond_the_last_register_is_refused() -> None:
    with pytest.raises(AddressError, match="beyond 65535"):
        read_address("holding:65000 float32", Protocol.MODBUS, Shift(registers=535))


@given(st.integers(0, 15), st.integers(0, 500), st.integers(0, 500))
def test_moving_bit_by_bit_or_at_once_is_the_same(bit: int, first: int, second: int) -> None:
    both = Shift().moved(0, first).moved(0, second)
    moved = read_address(f"holding:7.{bit}", Protocol.MODBUS, both)

    assert isinstance(moved, ModbusAddress)
    assert moved.register * 16 + moved.bit == 7 * 16 + bit + first + second


def test_placeholders_are_filled_in_texts_tables_and_lists() -> None:
    value = {"a": "{n:04} of {site}", "b": ["{n}", 3], "c": {"d": "{unknown}"}}

    assert filled(value, {"n": 7, "site": "lvyou"}) == {
        "a": "0007 of lvyou",
        "b": [7, 3],
        "c": {"d": "{unknown}"},
    }
    assert list(placeholders(value)) == ["n", "site", "n", "unknown"]


@pytest.mark.parametrize(
    "text", ["{n.__class__}", "{n!r}", "{n:>99999999}", "{n:099}", "{}", "{0}"]
)
def test_formatting_tricks_stay_plain_text_H9(text: str) -> None:
    assert filled(text, {"n": 7}) == text
