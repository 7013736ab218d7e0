"""What the smart meters send."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import pytest

from simulators.faces.meters import MeterFleet
from simulators.faults import ClockSkew, DeadSensor, Duplicate, Late
from simulators.instruments import Instruments
from telemetry.points import PointTable
from tests.simulators.faces.tiny_city import HOUR_NS, START_NS, TinyCity, meter_points, meter_source

REPORT_S = 6 * 3_600
REPORT_NS = REPORT_S * 10**9


class Fleet:
    """Five meters, and the loop that asks them every half hour."""

    def __init__(self, seed: int = 1) -> None:
        city = TinyCity()
        points = PointTable(meter_points(5))
        self.instruments = Instruments(points, city)
        self.fleet = MeterFleet(
            meter_source(points),
            self.instruments,
            city.meters,
            report_s=REPORT_S,
            seed=seed,
            start_ns=START_NS,
        )
        self.now_ns = START_NS

    def sent(self, hours: float) -> list[dict]:
        messages = []
        for _ in range(round(hours * 2)):
            self.now_ns += HOUR_NS // 2
            self.instruments.observe(0.0, self.now_ns)
            messages += self.fleet.due(self.now_ns)
        for message in messages:
            assert message.topic == f"meters/{json.loads(message.payload)['meter']}/up"
        return [json.loads(message.payload) for message in messages]


def test_each_meter_reports_once_in_a_period_at_a_time_of_its_own():
    sent = Fleet().sent(6)
    assert sorted(message["meter"] for message in sent) == [f"M000{n}" for n in range(1, 6)]
    assert len({message["ts"] for message in sent}) > 1


def test_message_holds_total_flow_battery_and_a_sequence_that_counts():
    sent = [message for message in Fleet().sent(12) if message["meter"] == "M0003"]
    assert [message["seq"] for message in sent] == [1, 2]
    first = sent[0]
    hours = first["ts"] / 3_600_000
    assert first["total_m3"] == pytest.approx(0.003 * hours, abs=1e-3)
    assert first["flow_m3h"] == 0.003
    assert 3.4 <= first["battery_v"] <= 3.65


def test_history_joins_without_gap_or_overlap_Q3():
    hours = []
    for message in Fleet().sent(30):
        if message["meter"] == "M0002":
            history = message["hist"]
            assert history["step_s"] == 3_600
            for i, total in enumerate(history["total_m3"]):
                at = history["start"] + i * 3_600_000
                hours.append(at)
                assert at <= message["ts"]
                assert total == pytest.approx(0.002 * at / 3_600_000, abs=1e-3)
    assert len(hours) >= 24
    assert {b - a for a, b in pairwise(hours)} == {3_600_000}


def test_first_message_already_tells_of_the_hours_before():
    assert all(len(message["hist"]["total_m3"]) >= 6 for message in Fleet().sent(6))


def test_equal_seeds_send_equal_messages():
    assert Fleet(7).sent(12) == Fleet(7).sent(12)
    assert Fleet(7).sent(12) != Fleet(8).sent(12)


def test_duplicate_sends_the_very_same_message_again_Q2():
    fleet = Fleet()
    fleet.fleet.apply(Duplicate("meters", share=1.0))
    sent = Counter(json.dumps(message) for message in fleet.sent(6))
    assert set(sent.values()) == {2}
    fleet.fleet.clear(Duplicate("meters", share=1.0))
    assert len(fleet.sent(6)) == 5


def test_share_of_duplicates_is_kept():
    fleet = Fleet()
    fleet.fleet.apply(Duplicate("meters", share=0.25))
    assert 1.1 < len(fleet.sent(600)) / 500 < 1.4


def test_late_messages_come_all_at_once_and_none_is_lost_Q3():
    fleet = Fleet()
    fleet.fleet.apply(Late("meters", share=1.0))
    assert fleet.sent(12) == []
    fleet.fleet.clear(Late("meters", share=1.0))
    sent = fleet.sent(0.5)
    assert len(sent) >= 10
    stamps = [message["ts"] for message in sent if message["seq"] <= 2]
    assert stamps == sorted(stamps, reverse=True)


def test_wrong_clock_moves_the_message_and_its_history_Q8():
    right, wrong = Fleet(), Fleet()
    wrong.fleet.apply(ClockSkew("meters", seconds=86_400))
    for good, bad in zip(right.sent(6), wrong.sent(6), strict=True):
        assert bad["ts"] - good["ts"] == 86_400_000
        assert bad["hist"]["start"] - good["hist"]["start"] == 86_400_000


def test_dead_register_is_null_because_json_knows_no_nan_Q6():
    fleet = Fleet()
    fleet.instruments.apply(DeadSensor("meters.m0001.flow"))
    (message,) = [m for m in fleet.sent(6) if m["meter"] == "M0001"]
    assert message["flow_m3h"] is None
