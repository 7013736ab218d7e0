"""Small words: texts, settings, devices, places."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from telemetry.devices import ModbusDevice, MqttSource, OpcUaDevice, Protocol
from telemetry.errors import AdapterError, AddressError, BaotuError, UnitError, UnknownPointError
from telemetry.settings import Settings
from telemetry.text import Language, Text


class Tank(Settings):
    """An example of a settings type."""

    name: str
    full_m: float = 5.0


def test_a_text_is_read_in_either_language() -> None:
    text = Text("{site}压力低", "{site}: low pressure").format(site="N7")
    assert text.in_(Language.ZH) == "N7压力低"
    assert text.in_(Language.EN) == "N7: low pressure"


def test_a_placeholder_that_is_not_filled_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Text("{site}", "{point}").format(site="N7")


def test_a_misspelt_setting_is_an_error() -> None:
    with pytest.raises(ValidationError, match="ful_m"):
        Tank.model_validate({"name": "T1", "ful_m": 4.0})


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Tank(name="T1").full_m = 4.0


def test_a_brokers_password_never_shows_H10() -> None:
    source = MqttSource("meters", "h", 1883, "m/{sender}", (), password="canary-5d1")
    assert "canary-5d1" not in repr(source)


def test_every_device_names_its_protocol() -> None:
    assert ModbusDevice("a", "h", 502, 1, 1.0, 1.0, ()).protocol is Protocol.MODBUS
    assert OpcUaDevice("b", "opc.tcp://h", 1.0, 1.0, ()).protocol is Protocol.OPCUA
    assert MqttSource("c", "h", 1883, "t", ()).protocol is Protocol.MQTT


@pytest.mark.parametrize("error", [AdapterError, AddressError, UnitError, UnknownPointError])
def test_every_error_of_ours_has_one_root(error: type[Exception]) -> None:
    assert issubclass(error, BaotuError)
