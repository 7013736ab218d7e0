"""Meters' messages, one file each under tests/cases/collectors/meters/."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.meters import MeterDecoder, MeterMessage, Rejected
from collectors.settings import MqttSettings
from telemetry.clock import SECOND
from telemetry.quality import GOOD, Reason, Severity, bad, quality
from tests.collectors.making import meters

CASES = Path(__file__).parents[1] / "cases" / "collectors" / "meters"
NOON = 1_767_268_800 * SECOND  # 2026-01-01 12:00 UTC
FIELDS = {"total_m3": 0, "flow_m3h": 1}
QUALITIES = {
    "good": GOOD,
    "late": quality(Severity.GOOD, Reason.LATE),
    "type": bad(Reason.TYPE),
    "nan": bad(Reason.NAN),
}


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.toml")):
        case = tomllib.loads(path.read_text("utf-8"))
        fault = case.get("fault")
        found.append(pytest.param(case, id=f"{path.stem}_{fault}" if fault else path.stem))
    return found


def payload(case: dict[str, Any]) -> bytes:
    if "payload_hex" in case:
        return bytes.fromhex(case["payload_hex"])
    if "payload_made" in case:
        made = case["payload_made"]
        return str(made["before"] + made["part"] * made["times"] + made["after"]).encode()
    return str(case["payload"]).encode()


def decoder() -> MeterDecoder:
    return MeterDecoder(meters(1883), MqttSettings())


@pytest.mark.parametrize("case", cases())
def test_each_message_becomes_its_samples_or_its_reason(case: dict[str, Any]) -> None:
    taken = decoder().decode(
        case["topic"], payload(case), NOON, retained=case.get("retained", False)
    )
    if "rejected" in case:
        assert isinstance(taken, Rejected)
        assert taken.reason.value == case["rejected"]
        return
    assert isinstance(taken, MeterMessage)
    expected = [
        (FIELDS[r["field"]], NOON - r["ago_s"] * SECOND, r["value"], QUALITIES[r["quality"]])
        for r in case["rows"]
    ]
    np.testing.assert_equal([tuple(row) for row in taken.rows], expected)


def test_a_channels_scale_turns_litres_into_cubic_metres() -> None:
    source = meters(1883, "M0001 total_l")
    channel = source.channels[0]
    litres = type(channel)(channel.point, channel.signal, channel.address, scale=0.001)
    source = type(source)("meters", "127.0.0.1", 1883, source.topic, (litres,))
    taken = MeterDecoder(source, MqttSettings()).decode(
        "meters/M0001/up", b'{"meter":"M0001","ts":1767268800000,"total_l":1500}', NOON
    )
    assert isinstance(taken, MeterMessage)
    assert taken.rows[0].value == pytest.approx(1.5)


@given(st.text(max_size=60), st.binary(max_size=300))
def test_no_message_whatsoever_is_more_than_rejected_Q6_Q7(topic: str, noise: bytes) -> None:
    assert isinstance(decoder().decode(topic, noise, NOON), Rejected)


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@given(
    st.dictionaries(st.sampled_from(["ts", "seq", "total_m3", "flow_m3h", "hist"]), json_value),
)
def test_any_content_is_taken_or_rejected_and_never_raises_Q6(content: dict[str, Any]) -> None:
    text = json.dumps({"meter": "M0001", **content}).encode()
    taken = decoder().decode("meters/M0001/up", text, NOON)
    if isinstance(taken, MeterMessage):
        assert all(row.time_ns <= NOON + 300 * SECOND for row in taken.rows)
