"""Where the simulated devices answer is handed over in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.simulated import read_endpoints, write_endpoints
from service.status import address_of
from simulators.endpoints import Endpoints
from telemetry.devices import ModbusDevice, MqttSource, OpcUaDevice

if TYPE_CHECKING:
    from pathlib import Path


def test_endpoints_come_back_as_they_were_written(tmp_path: Path) -> None:
    where = Endpoints({"lvyou": ("127.0.0.1", 40001)}, {"donghu": "opc.tcp://127.0.0.1:40002/"})
    write_endpoints(where, tmp_path / "endpoints.json")
    assert read_endpoints(tmp_path / "endpoints.json") == where


def test_devices_are_named_by_the_address_people_know() -> None:
    modbus = ModbusDevice("lvyou", "10.0.0.1", 502, 3, 5.0, 1.0, ())
    assert address_of(modbus) == "10.0.0.1:502 unit 3"
    assert address_of(OpcUaDevice("donghu", "opc.tcp://a:4840", 5.0, 1.0, ())) == "opc.tcp://a:4840"
    meters = MqttSource("meters", "broker", 1883, "meters/{sender}/up", ())
    assert address_of(meters) == "broker:1883 meters/+/up"
