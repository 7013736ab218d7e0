"""Addresses of points, per protocol: read, shifted, and compared with what may be written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from telemetry.addresses import (
    Address,
    ModbusAddress,
    MqttAddress,
    OpcUaAddress,
    RegisterTable,
    RegisterType,
    parse_modbus_address,
    parse_mqtt_address,
    parse_opcua_address,
)
from telemetry.devices import Protocol
from telemetry.errors import AddressError

if TYPE_CHECKING:
    from config.drafts import Shift

_BITS = 16
_READ_ONLY = (RegisterTable.INPUT, RegisterTable.DISCRETE)


def read_address(text: str, protocol: Protocol, shift: Shift) -> Address:
    """Read an address as it stands in a spreadsheet or template.

    Args:
        text: see :mod:`telemetry.addresses`.
        protocol: what the device speaks.
        shift: how far a repeated block has moved it; only Modbus addresses move.

    Raises:
        AddressError: with what was expected.
    """
    match protocol:
        case Protocol.MODBUS:
            return _shifted(parse_modbus_address(text), shift, text)
        case Protocol.OPCUA:
            return parse_opcua_address(text)
        case Protocol.MQTT:
            return parse_mqtt_address(text)
        case _:
            assert_never(protocol)


def _shifted(address: ModbusAddress, shift: Shift, text: str) -> ModbusAddress:
    if address.table in (RegisterTable.COIL, RegisterTable.DISCRETE):
        moved = address.moved(shift.registers + shift.bits)
    elif address.type is RegisterType.BIT:
        words, bit = divmod(address.bit + shift.bits, _BITS)
        moved = replace(address.moved(shift.registers + words), bit=bit)
    elif shift.bits:
        raise AddressError(f"{text!r} is no single bit, but its block moves by bits")
    else:
        moved = address.moved(shift.registers)
    if moved.register + moved.type.registers > 65_536:
        raise AddressError(f"{text!r}: moved to register {moved.register}, beyond 65535")
    return moved


def place_of(address: Address) -> tuple[object, ...]:
    """What two points of one device must not share: the place, whatever is made of it."""
    match address:
        case ModbusAddress(table, register, kind, _, bit):
            return (table, register, kind, bit)
        case OpcUaAddress(namespace, identifier):
            return (namespace, identifier)
        case MqttAddress(sender, field):
            return (sender, field)
        case _:
            assert_never(address)


def why_not_writable(address: Address) -> str:
    """Why nothing can be written to an address, or the empty string when it can."""
    match address:
        case ModbusAddress(table=table) if table in _READ_ONLY:
            return f"{table.value} registers can only be read; use holding or coil"
        case MqttAddress():
            return "meters only send"
        case ModbusAddress() | OpcUaAddress():
            return ""
        case _:
            assert_never(address)
