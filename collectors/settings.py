"""How devices are read; every figure has a default that suits a city."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from telemetry.settings import Settings


class ModbusSettings(Settings):
    """Modbus reading.

    Attributes:
        gap_registers: unwanted registers that may be read along to save a request.
        gap_bits: the same for coils and discrete inputs.
        lanes: requests in flight on one connection, each to a different unit.
        aside_after: silent reads in a row after which a unit is set aside.
        aside_most_s: a silent unit is tried again after at most this (real seconds).
        refused_again_s: an address that the device refused is asked for again after this
            (real seconds).
    """

    gap_registers: int = Field(default=16, ge=0, le=124)
    gap_bits: int = Field(default=64, ge=0, le=1_999)
    lanes: int = Field(default=4, ge=1, le=16)
    aside_after: int = Field(default=2, ge=1)
    aside_most_s: float = Field(default=60.0, gt=0)
    refused_again_s: float = Field(default=60.0, gt=0)


class OpcUaSettings(Settings):
    """OPC UA reading.

    Attributes:
        nodes_per_call: nodes asked for in one service call.
        clock_tolerance_s: a source time further than this from ours is not believed
            (city seconds).
    """

    nodes_per_call: int = Field(default=500, ge=1)
    clock_tolerance_s: float = Field(default=300.0, gt=0)


class MqttVersion(StrEnum):
    """Which MQTT to speak; ``auto`` tries 5 first and falls back."""

    AUTO = "auto"
    V5 = "5"
    V311 = "3.1.1"


class MqttSettings(Settings):
    """Meters that publish.

    Attributes:
        version: name one when the broker is known; ``auto`` loses some seconds at the first
            connection to a broker that leaves version 5 unanswered.
        future_s: a message whose time is further ahead than this is rejected (city seconds).
        late_s: an older value keeps its time and is marked late (city seconds).
        payload_bytes: a longer message is rejected unread.
        history_values: more back-dated values than this in one message are rejected.
        in_flight: messages that may wait for us to acknowledge them.
        gather_s, gather_messages: one reading holds what arrived within this time (real
            seconds), and not more messages than this.
        keepalive_s: the broker hears from us at least this often.
        connect_s: total deadline of a connection attempt.
    """

    version: MqttVersion = MqttVersion.AUTO
    future_s: float = Field(default=300.0, gt=0)
    late_s: float = Field(default=900.0, gt=0)
    payload_bytes: int = Field(default=65_536, ge=64)
    history_values: int = Field(default=1_000, ge=1)
    in_flight: int = Field(default=10_000, ge=1, le=65_535)
    gather_s: float = Field(default=0.05, ge=0)
    gather_messages: int = Field(default=2_000, ge=1)
    keepalive_s: int = Field(default=30, ge=1, le=65_535)
    connect_s: float = Field(default=5.0, gt=0)


class CollectorSettings(Settings):
    """All collectors.

    Attributes:
        slot_s: readings of many devices wait this long (real seconds) to be decoded together.
        spread_s: devices of one period start within this (city seconds), not all at once.
        retry_first_s, retry_most_s: pauses between attempts to connect (city seconds).
        unconfirmed: messages' readings that may wait for the disk before we stop taking more.
    """

    slot_s: float = Field(default=0.05, ge=0, le=1)
    spread_s: float = Field(default=1.0, ge=0)
    retry_first_s: float = Field(default=0.5, gt=0)
    retry_most_s: float = Field(default=30.0, gt=0)
    unconfirmed: int = Field(default=256, ge=1)
    modbus: ModbusSettings = ModbusSettings()
    opcua: OpcUaSettings = OpcUaSettings()
    mqtt: MqttSettings = MqttSettings()
