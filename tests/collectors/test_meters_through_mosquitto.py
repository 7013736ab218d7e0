"""Meters through a real broker: nothing that was published is lost, and nothing is kept twice."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paho.mqtt.publish
import pytest

from collectors.collection import Collection
from collectors.settings import CollectorSettings, MqttSettings
from telemetry.accounting import Accounting
from telemetry.clock import RealClock
from telemetry.quality import Reason, Severity, quality
from tests.collectors.intakes import MemoryIntake
from tests.collectors.making import meters, wide_points
from tests.interop.programs import listening as listening_on
from tests.interop.programs import program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from collectors.health import DeviceStatus

    Eventually = Callable[..., Awaitable[object]]

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]


class Broker:
    """Mosquitto on loopback, keeping its sessions on disk."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\n"
            f"persistence true\npersistence_location {folder}/\nuser root\n"
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            program("mosquitto", "mosquitto"),
            *("-c", str(self._settings)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        await listening_on(self.port)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None


@pytest.fixture
async def broker(free_port: int, tmp_path: Path) -> AsyncIterator[Broker]:
    running = Broker(free_port, tmp_path)
    await running.start()
    yield running
    await running.stop()


def message(number: int, **more: object) -> str:
    now_ms = RealClock().now() // 1_000_000
    return json.dumps({"meter": "M0001", "seq": number, "ts": now_ms, "total_m3": number, **more})


async def publish(broker: Broker, *payloads: str, retain: bool = False) -> None:
    messages: list[Any] = [("meters/M0001/up", text, 1, retain) for text in payloads]
    await asyncio.to_thread(
        paho.mqtt.publish.multiple, messages, hostname="127.0.0.1", port=broker.port
    )


class Listener:
    """A collection of the meters behind one broker."""

    def __init__(
        self, port: int, intake: MemoryIntake | None = None, mqtt: MqttSettings | None = None
    ) -> None:
        self.intake = intake or MemoryIntake()
        self.accounting = Accounting()
        settings = CollectorSettings(
            retry_first_s=0.05, retry_most_s=0.2, mqtt=mqtt or MqttSettings()
        )
        self.collection = Collection(
            [meters(port)],
            wide_points(2),
            self.intake,
            RealClock(),
            self.accounting,
            settings=settings,
        )

    @property
    def status(self) -> DeviceStatus:
        return self.collection.status()[0]

    def totals(self) -> list[float]:
        return [value for _, value, _ in self.intake.of(0)]


@asynccontextmanager
async def listening(listener: Listener, eventually: Eventually) -> AsyncIterator[Listener]:
    task = asyncio.create_task(listener.collection.run())
    try:
        await eventually(lambda: listener.status.connected, "the broker is connected")
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for figures in listener.accounting.figures().values():
            assert figures.missing == 0


async def test_two_thousand_messages_may_wait_for_the_disk(
    broker: Broker, eventually: Eventually
) -> None:
    intake, settings = MemoryIntake(durable_at_once=False), MqttSettings(in_flight=2_000)
    async with listening(Listener(broker.port, intake, settings), eventually) as listener:
        await publish(broker, *(message(i) for i in range(2_000)))
        await eventually(lambda: intake.samples == 2_000, "all came before any was acknowledged")
        assert sorted(listener.totals()) == [float(i) for i in range(2_000)]
        intake.now_durable()
        # The broker sends no more than 2,000 ahead, so the last of these comes only when it has
        # heard that every one of the first is kept.
        await publish(broker, *(message(i) for i in range(2_000, 4_000)))
        await eventually(lambda: intake.samples == 4_000, "the first are acknowledged")
    async with listening(Listener(broker.port), eventually) as again:
        await publish(broker, message(9_999))
        await eventually(lambda: 9_999.0 in again.totals(), "a new message came")
        assert min(again.totals()) >= 2_000.0


async def test_a_killed_collector_gets_again_what_was_not_durable_Q10(
    broker: Broker, eventually: Eventually
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    module = ("-m", "tests.collectors.unfinished_collector")
    arguments = (str(broker.port), "baotu-test", "100")
    async with listening(Listener(broker.port), eventually):
        pass  # the session exists from now on
    await publish(broker, *(message(i) for i in range(100)))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(*module, *arguments),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert (await process.stdout.readline()).startswith(b"took 100")
    process.kill()
    await process.communicate()
    async with listening(Listener(broker.port), eventually) as listener:
        await eventually(lambda: listener.intake.samples >= 100, "all were delivered again")
        assert sorted(listener.totals()) == [float(i) for i in range(100)]


async def test_what_comes_while_we_are_away_and_the_broker_restarts_is_kept_Q1(
    broker: Broker, eventually: Eventually
) -> None:
    async with listening(Listener(broker.port), eventually) as listener:
        await publish(broker, message(0))
        await eventually(lambda: listener.intake.samples == 1, "the first came")
    await publish(broker, *(message(i) for i in range(1, 51)))
    await broker.stop()
    await broker.start()
    async with listening(Listener(broker.port), eventually) as listener:
        await eventually(lambda: listener.intake.samples >= 50, "the broker kept the rest")
        assert sorted(listener.totals()) == [float(i) for i in range(1, 51)]


async def test_a_broker_that_restarts_under_us_is_found_again_Q1(
    broker: Broker, eventually: Eventually
) -> None:
    async with listening(Listener(broker.port), eventually) as listener:
        await broker.stop()
        await eventually(lambda: not listener.status.connected, "the loss was noticed")
        assert listener.status.problem
        await broker.start()
        await eventually(lambda: listener.status.connected, "the broker was found again")
        await publish(broker, message(1))
        await eventually(lambda: listener.totals() == [1.0], "messages come again")
        assert listener.status.problem is None


async def test_a_message_sent_twice_is_stored_once_and_counted_Q2(
    broker: Broker, eventually: Eventually
) -> None:
    async with listening(Listener(broker.port), eventually) as listener:
        same = message(7)
        await publish(broker, same, same, message(8), same)
        await eventually(
            lambda: listener.status.dropped.get("duplicate") == 2, "both repeats were counted"
        )
        await eventually(lambda: listener.intake.samples == 2, "the others came")
        assert listener.totals() == [7.0, 8.0]


async def test_a_retained_message_is_not_taken_for_the_present_Q4(
    broker: Broker, eventually: Eventually
) -> None:
    await publish(broker, message(1), retain=True)
    async with listening(Listener(broker.port), eventually) as listener:
        await eventually(lambda: listener.intake.samples == 1, "the retained message came")
        ((_, _, code),) = listener.intake.of(0)
        assert code == quality(Severity.GOOD, Reason.LATE)


async def test_an_oversize_message_is_counted_and_the_next_one_comes_Q5(
    broker: Broker, eventually: Eventually
) -> None:
    async with listening(Listener(broker.port), eventually) as listener:
        await publish(broker, message(1, junk="x" * 100_000), message(2))
        await eventually(lambda: listener.intake.samples == 1, "the next one came")
        assert listener.totals() == [2.0]
        assert listener.status.rejected == {"oversize": 1}


async def test_too_many_waiting_messages_stay_at_the_broker(
    broker: Broker, eventually: Eventually
) -> None:
    intake = MemoryIntake(durable_at_once=False)
    few = MqttSettings(in_flight=50)
    async with listening(Listener(broker.port, intake, few), eventually) as listener:
        await publish(broker, *(message(i) for i in range(120)))
        await eventually(lambda: intake.samples == 50, "as many came as may be in flight")
        intake.now_durable()
        await eventually(lambda: intake.samples == 120, "the others followed")
        assert sorted(listener.totals()) == [float(i) for i in range(120)]
