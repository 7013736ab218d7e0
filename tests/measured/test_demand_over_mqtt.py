"""A district's demand that was measured, as its meter sends it: a day's totals in one message.

Messages come in order, out of order and twice, through a real broker into the running service.
"""

from __future__ import annotations

import json
import math
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simulators.faults import Duplicate, Late
from telemetry.addresses import MqttAddress
from telemetry.devices import Channel, MqttSource
from telemetry.kinds import FACTS, Kind
from telemetry.points import Point, PointTable
from telemetry.quality import GOOD, Reason, Severity, bad, quality
from telemetry.text import Text
from tests.interop.programs import mosquitto
from tests.measured.recorded import (
    HOUR_NS,
    RecordedCity,
    RecordedMeter,
    Recording,
    read_recording,
)
from tests.measured.station import DAY_S, Station, limit_rule, running_station, until

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from simulators.faces.meters import Message

TOTAL, FLOW = "meters.m0001.total", "meters.m0001.flow"
DAYS = 364
TOTAL_LIMIT_M3, FLOW_LIMIT_M3H = 250_000.0, 70.0
LATE = quality(Severity.GOOD, Reason.LATE)
NOT_SENT = bad(Reason.TYPE)
OUT_OF_ORDER = ((40, 47), (100, 103), (150, 151), (200, 214))
"""From the first to the second day some messages are held back; then they come, last first."""
TWICE = ((20, 30), (95, 110), (230, 240))
"""From the first to the second day some messages come twice."""


@dataclass
class Sent:
    """What the meter has put into its messages, and what has to become of it."""

    samples: int = 0
    again: int = 0
    taken: set[int] = field(default_factory=set)
    reports: list[tuple[int, int, float | None, float | None]] = field(default_factory=list)
    hours: dict[int, float | None] = field(default_factory=dict)

    def note(self, message: Message, now_ns: int) -> None:
        """Take down a message that comes to the broker at ``now_ns``."""
        body = json.loads(message.payload)
        time_ns, history = body["ts"] * 1_000_000, body["hist"]
        count = 2 + len(history["total_m3"])
        self.samples += count
        if body["seq"] in self.taken:
            self.again += count
            return
        self.taken.add(body["seq"])
        self.reports.append((now_ns, time_ns, body["total_m3"], body["flow_m3h"]))
        for place, total in enumerate(history["total_m3"]):
            self.hours[history["start"] * 1_000_000 + place * HOUR_NS] = total


def points() -> PointTable:
    def point(name: str, kind: Kind) -> Point:
        facts = FACTS[kind]
        text = Text(name, name)
        return Point(name, kind, text, "meters", facts.low, facts.high, expected_s=2 * DAY_S)

    return PointTable([point(TOTAL, Kind.VOLUME), point(FLOW, Kind.FLOW)])


def source(port: int = 1883) -> MqttSource:
    channels = (
        Channel(0, "m0001.total", MqttAddress("M0001", "total_m3")),
        Channel(1, "m0001.flow", MqttAddress("M0001", "flow_m3h")),
    )
    return MqttSource("meters", "127.0.0.1", port, "meters/{sender}/up", channels)


def recorded_meter(recording: Recording) -> RecordedMeter:
    flow_lps = recording.numbers("flow_lps")
    hours = range(recording.times_ns[0], recording.times_ns[-1] + HOUR_NS, HOUR_NS)
    assert recording.times_ns == list(hours), "every hour has a row"
    flow_m3h = [math.nan if flow is None else flow * 3.6 for flow in flow_lps]
    return RecordedMeter(recording.times_ns[0], flow_m3h)


def recorded_days(recording: Recording) -> RecordedCity:
    """The meter's city, seen once a day, from the second day on."""
    return RecordedCity(recording.times_ns[24::24][: DAYS + 1], {}, recorded_meter(recording))


def begins(days: tuple[tuple[int, int], ...], day: int) -> bool:
    return any(first == day for first, _ in days)


def ends(days: tuple[tuple[int, int], ...], day: int) -> bool:
    return any(last == day for _, last in days)


async def send_all(station: Station) -> Sent:
    """Let the meter report day after day; each message is dealt with before the next day."""
    sent, fleet = Sent(), station.faces.meters["meters"]
    late, twice = Late("meters", share=0.6), Duplicate("meters", share=0.5)
    account = station.service.accounting.figures
    await until(lambda: station.service.collection.status()[0].connected, "we have subscribed")
    for day in range(1, DAYS + 1):
        for days, fault in ((OUT_OF_ORDER, late), (TWICE, twice)):
            if begins(days, day):
                fleet.apply(fault)
            if ends(days, day):
                fleet.clear(fault)
        await station.next_row()
        now_ns = station.clock.now()
        messages = list(fleet.due(now_ns))
        for message in messages:
            sent.note(message, now_ns)
        station.faces.publishers["meters"].send(messages)
        await until(
            lambda: account()["mqtt:meters"].received >= sent.samples, f"day {day} has come"
        )
        await station.until_judged(sent.samples - sent.again)
    return sent


def flow_limit_spells(sent: Sent) -> list[tuple[int, str, float]]:
    """What the flow's limit must do at the messages that came on the day they were written."""
    found, ringing = [], False
    for came_ns, time_ns, _, flow in sent.reports:
        if came_ns == time_ns and flow is not None and ringing != (flow > FLOW_LIMIT_M3H):
            ringing = not ringing
            found.append((time_ns, "raised" if ringing else "cleared", flow))
    return found


@pytest.mark.parametrize(
    "broker",
    ["built-in", pytest.param("Mosquitto", marks=pytest.mark.system)],
)
async def test_hourly_totals_of_a_district_are_kept_as_they_were_measured_Q3(
    broker: str, tmp_path: Path, free_port: int
) -> None:
    recording = read_recording("demand_dma_g.csv.gz", "time_local")
    city = recorded_days(recording)
    rules = [
        limit_rule("much_water", TOTAL, high=TOTAL_LIMIT_M3),
        limit_rule("high_flow", FLOW, high=FLOW_LIMIT_M3H),
    ]
    own = broker == "built-in"
    running: AbstractAsyncContextManager[None] = (
        nullcontext() if own else mosquitto(free_port, tmp_path)
    )
    async with (
        running,
        running_station(
            city, points(), [source(free_port)], rules, tmp_path / "data", own_broker=own
        ) as station,
    ):
        sent = await send_all(station)
        assert sent.again > 0
        assert sent.reports != sorted(sent.reports, key=lambda report: report[1])

        await the_totals_are_those_of_the_file(station, recording, sent)
        await the_flows_are_those_of_the_messages(station, sent)
        await only_messages_of_the_day_ring(station, sent)

        figures = station.service.accounting.figures()["mqtt:meters"]
        assert figures.received == sent.samples
        assert figures.dropped == {"duplicate": sent.again}
        assert figures.rejected == {}
        assert figures.stored == sent.samples - sent.again
        assert station.unexplained() == {}


async def the_totals_are_those_of_the_file(
    station: Station, recording: Recording, sent: Sent
) -> None:
    first = min(sent.hours)
    start = recording.times_ns.index(first)
    assert start < 48, "the first message begins within the first days"
    hours = recording.times_ns[start : start + len(sent.hours)]
    series = await station.series(TOTAL, len(hours))
    assert series.time.tolist() == hours

    passed, wanted = 0.0, []
    for row, flow_lps in enumerate(recording.numbers("flow_lps")[: start + len(hours)]):
        passed += 0.0 if flow_lps is None else flow_lps * 3.6
        if row >= start:
            wanted.append(math.nan if flow_lps is None else passed)
    # The meter counts litres.
    np.testing.assert_allclose(series.value, wanted, rtol=0, atol=0.000_500_1)

    in_time = {time_ns for came_ns, time_ns, _, _ in sent.reports if came_ns == time_ns}
    expected = [
        NOT_SENT if math.isnan(total) else GOOD if hour in in_time else LATE
        for hour, total in zip(hours, wanted, strict=True)
    ]
    assert series.quality.tolist() == expected


async def the_flows_are_those_of_the_messages(station: Station, sent: Sent) -> None:
    series = await station.series(FLOW, len(sent.reports))
    reports = sorted(sent.reports, key=lambda report: report[1])
    assert series.time.tolist() == [time_ns for _, time_ns, _, _ in reports]
    wanted = [math.nan if flow is None else flow for *_, flow in reports]
    np.testing.assert_array_equal(series.value, wanted)
    assert series.quality.tolist() == [
        NOT_SENT if flow is None else GOOD if came_ns == time_ns else LATE
        for came_ns, time_ns, _, flow in reports
    ]


async def only_messages_of_the_day_ring(station: Station, sent: Sent) -> None:
    """The limit is passed in the night; it rings when the meter first says so as of now."""
    beyond = [
        time_ns
        for came_ns, time_ns, total, _ in sent.reports
        if came_ns == time_ns and total is not None and total > TOTAL_LIMIT_M3
    ]
    passed_at = min(t for t, total in sent.hours.items() if total and total > TOTAL_LIMIT_M3)
    assert passed_at < beyond[0]
    of_total = await station.rung("much_water", TOTAL)
    assert [change[:2] for change in of_total] == [(beyond[0], "raised")]

    expected = flow_limit_spells(sent)
    assert len(expected) >= 4
    assert await station.rung("high_flow", FLOW) == expected
