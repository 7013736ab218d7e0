"""Addresses as spreadsheets write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.addresses import (
    ModbusAddress,
    MqttAddress,
    OpcUaAddress,
    RegisterTable,
    RegisterType,
    WordOrder,
    parse_modbus_address,
    parse_mqtt_address,
    parse_opcua_address,
)
from telemetry.errors import AddressError

HOLDING, COIL = RegisterTable.HOLDING, RegisterTable.COIL


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "holding:100 float32 CDAB",
            ModbusAddress(HOLDING, 100, RegisterType.FLOAT32, WordOrder.CDAB),
        ),
        ("holding:40", ModbusAddress(HOLDING, 40, RegisterType.UINT16)),
        ("  input:7   int16 ", ModbusAddress(RegisterTable.INPUT, 7, RegisterType.INT16)),
        ("holding:12.3", ModbusAddress(HOLDING, 12, RegisterType.BIT, bit=3)),
        ("holding:12.0 bit", ModbusAddress(HOLDING, 12, RegisterType.BIT, bit=0)),
        ("holding:12.15", ModbusAddress(HOLDING, 12, RegisterType.BIT, bit=15)),
        ("coil:5", ModbusAddress(COIL, 5, RegisterType.BIT)),
        ("discrete:7 bit", ModbusAddress(RegisterTable.DISCRETE, 7, RegisterType.BIT)),
        ("holding:65535", ModbusAddress(HOLDING, 65_535)),
        ("holding:65534 uint32", ModbusAddress(HOLDING, 65_534, RegisterType.UINT32)),
    ],
)
def test_a_modbus_address_is_read(text: str, address: ModbusAddress) -> None:
    assert parse_modbus_address(text) == address


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected e.g. 'holding:100 float32 CDAB'"),
        ("40001", "expected e.g."),
        ("holding 100", "expected e.g."),
        ("register:1", "expected e.g."),
        ("holding:-1", "expected e.g."),
        ("holding:123456", "expected e.g."),
        ("holding:100 float32 CDAB extra", "expected e.g."),
        ("holding:100 float64", "'float64' is not one of int16, uint16"),
        ("holding:100 bit", "'bit' is not one of"),
        ("holding:100 float32 ABDC", "byte order 'ABDC' is not one of ABCD, CDAB, BADC, DCBA"),
        ("holding:1.16", "only bits 0 to 15"),
        ("coil:1.2", "only bits 0 to 15"),
        ("coil:1 uint16", "a single bit cannot be of type uint16"),
        ("holding:1.2 int32", "a single bit cannot be of type int32"),
        ("holding:65536", "registers run from 0 to 65535"),
        ("holding:65535 float32", "registers run from 0 to 65535"),
    ],
)
def test_a_wrong_modbus_address_is_refused_with_what_was_expected(text: str, sentence: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_modbus_address(text)
    assert sentence in str(refused.value)
    assert repr(text) in str(refused.value)


wide = st.sampled_from([t for t in RegisterType if t is not RegisterType.BIT])


@given(
    table=st.sampled_from([HOLDING, RegisterTable.INPUT]),
    register=st.integers(0, 65_534),
    kind=wide,
    order=st.sampled_from(WordOrder),
)
def test_every_register_address_that_can_be_written_is_read_back(
    table: RegisterTable, register: int, kind: RegisterType, order: WordOrder
) -> None:
    text = f"{table.value}:{register} {kind.value} {order.value}"
    assert parse_modbus_address(text) == ModbusAddress(table, register, kind, order)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for parse in (parse_modbus_address, parse_opcua_address, parse_mqtt_address):
        try:
            parse(text)
        except AddressError as refused:
            assert repr(text) in str(refused)  # noqa: PT017 - both outcomes are right


def test_a_template_moves_an_address_and_nothing_else() -> None:
    address = parse_modbus_address("holding:100 float32 DCBA")
    assert address.moved(20) == parse_modbus_address("holding:120 float32 DCBA")


@pytest.mark.parametrize(
    ("kind", "registers"),
    [("int16", 1), ("uint16", 1), ("bit", 1), ("int32", 2), ("uint32", 2), ("float32", 2)],
)
def test_a_type_takes_its_registers(kind: str, registers: int) -> None:
    assert RegisterType(kind).registers == registers


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("nsu=urn:works;s=outlet.ph", OpcUaAddress("urn:works", "s=outlet.ph")),
        ("nsu=http://works.example/;i=42", OpcUaAddress("http://works.example/", "i=42")),
        ("nsu=urn:works;s=a;b=c", OpcUaAddress("urn:works", "s=a;b=c")),
    ],
)
def test_an_opcua_address_is_read(text: str, address: OpcUaAddress) -> None:
    assert parse_opcua_address(text) == address


@pytest.mark.parametrize(
    "text", ["ns=2;s=outlet", "nsu=;s=x", "nsu=urn:works", "nsu=urn:w;x=1", ""]
)
def test_an_opcua_address_by_index_is_refused_U6(text: str) -> None:
    with pytest.raises(AddressError, match="namespaces are named by URI"):
        parse_opcua_address(text)


def test_a_meter_address_is_read() -> None:
    assert parse_mqtt_address("M0001  total_m3") == MqttAddress("M0001", "total_m3")


@pytest.mark.parametrize(
    "text", ["M0001", "M/1 flow", "# flow", "+ flow", "../x flow", "M1 a b", ""]
)
def test_a_meter_id_that_could_be_a_topic_is_refused_Q7(text: str) -> None:
    with pytest.raises(AddressError, match="<meter id> <field>"):
        parse_mqtt_address(text)
