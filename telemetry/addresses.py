"""Where a point's value stands in a device: one small record per point and protocol.

Written in spreadsheets and templates as short texts::

    holding:100 float32 CDAB     four bytes from register 100, low word first
    holding:40 uint16            one register (types default to uint16)
    holding:12.3                 bit 3 of register 12
    coil:5   discrete:7          single bits
    nsu=urn:works;s=outlet.ph    an OPC UA node, namespace by URI
    M0001 total_m3               meter M0001, field total_m3 of its messages

Registers are counted from 0, as on the wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from telemetry.errors import AddressError


class RegisterTable(StrEnum):
    """The four tables of a Modbus device."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


class RegisterType(StrEnum):
    """How registers make a number."""

    BIT = "bit"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    FLOAT32 = "float32"

    @property
    def registers(self) -> int:
        """Registers that one value takes."""
        return 2 if self in (RegisterType.INT32, RegisterType.UINT32, RegisterType.FLOAT32) else 1


class WordOrder(StrEnum):
    """Order of the bytes of a 32-bit value on the wire; A is the most significant."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


@dataclass(frozen=True, slots=True)
class ModbusAddress:
    """A value in a Modbus device: table, first register (0-based), type, order, bit."""

    table: RegisterTable
    register: int
    type: RegisterType = RegisterType.UINT16
    order: WordOrder = WordOrder.ABCD
    bit: int = 0

    def moved(self, registers: int) -> ModbusAddress:
        """The same value, ``registers`` further on (templates repeat blocks)."""
        return replace(self, register=self.register + registers)


@dataclass(frozen=True, slots=True)
class OpcUaAddress:
    """A node, by namespace URI and identifier text (``s=…``, ``i=…``, ``g=…``, ``b=…``)."""

    namespace: str
    identifier: str


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """A field of the messages of one sender."""

    sender: str
    field: str


Address = ModbusAddress | OpcUaAddress | MqttAddress

_MODBUS = re.compile(
    r"(?P<table>coil|discrete|input|holding):(?P<register>\d{1,5})(?:\.(?P<bit>\d{1,2}))?"
    r"(?:\s+(?P<type>[a-z]+\d*))?(?:\s+(?P<order>[A-D]{4}))?"
)
_OPC_UA = re.compile(r"nsu=(?P<namespace>[^;]+);(?P<identifier>[sigb]=.+)")
_MQTT = re.compile(r"(?P<sender>[A-Za-z0-9_-]{1,64})\s+(?P<field>[A-Za-z0-9_.]{1,64})")


def parse_modbus_address(text: str) -> ModbusAddress:
    """Read a Modbus address.

    Raises:
        AddressError: with what was expected.
    """
    found = _MODBUS.fullmatch(text.strip())
    if found is None:
        raise AddressError(
            f"{text!r} is no Modbus address: expected e.g. 'holding:100 float32 CDAB', "
            "'holding:12.3' or 'coil:5'"
        )
    table = RegisterTable(found["table"])
    register = int(found["register"])
    single = table in (RegisterTable.COIL, RegisterTable.DISCRETE)
    kind = _register_type(text, found["type"], bit=single or found["bit"] is not None)
    order = _word_order(text, found["order"])
    bit = int(found["bit"] or 0)
    if bit > 15 or (single and found["bit"] is not None):
        raise AddressError(f"{text!r}: only bits 0 to 15 of a register can be named")
    if register + kind.registers > 65_536:
        raise AddressError(f"{text!r}: registers run from 0 to 65535")
    return ModbusAddress(table, register, kind, order, bit)


def _register_type(text: str, word: str | None, *, bit: bool) -> RegisterType:
    if bit:
        if word not in (None, "bit"):
            raise AddressError(f"{text!r}: a single bit cannot be of type {word}")
        return RegisterType.BIT
    if word is None:
        return RegisterType.UINT16
    try:
        kind = RegisterType(word)
    except ValueError:
        kind = RegisterType.BIT
    if kind is RegisterType.BIT:
        names = ", ".join(t.value for t in RegisterType if t is not RegisterType.BIT)
        raise AddressError(f"{text!r}: type {word!r} is not one of {names}")
    return kind


def _word_order(text: str, word: str | None) -> WordOrder:
    try:
        return WordOrder(word or "ABCD")
    except ValueError:
        names = ", ".join(WordOrder)
        raise AddressError(f"{text!r}: byte order {word!r} is not one of {names}") from None


def parse_opcua_address(text: str) -> OpcUaAddress:
    """Read an OPC UA node address; raises AddressError."""
    found = _OPC_UA.fullmatch(text.strip())
    if found is None:
        raise AddressError(
            f"{text!r} is no OPC UA address: expected 'nsu=<namespace URI>;s=<name>' "
            "(or ;i=<number>); namespaces are named by URI because their index may change"
        )
    return OpcUaAddress(found["namespace"], found["identifier"])


def parse_mqtt_address(text: str) -> MqttAddress:
    """Read a meter address; raises AddressError."""
    found = _MQTT.fullmatch(text.strip())
    if found is None:
        raise AddressError(
            f"{text!r} is no meter address: expected '<meter id> <field>', e.g. 'M0001 total_m3'"
        )
    return MqttAddress(found["sender"], found["field"])
