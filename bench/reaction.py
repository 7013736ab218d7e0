"""From a register that changes to the alarm and to the webhook, through the whole service."""

from __future__ import annotations

import asyncio
import random
import struct
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from alarms.settings import (
    AlarmSettings,
    Basis,
    Level,
    LimitRule,
    Priority,
    Select,
    WebhookSettings,
)
from bench.house import House
from bench.rows import Row, row
from collectors.settings import CollectorSettings
from config.city import City
from console.settings import ConsoleSettings
from historian.settings import HistorianSettings
from telemetry.addresses import ModbusAddress, RegisterTable
from telemetry.clock import RealClock
from telemetry.devices import Channel, ModbusDevice
from telemetry.kinds import Kind
from telemetry.points import Point, PointTable
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_S = 0.5
_TRIALS = 60
_CALM, _LOW = 300, 120
_ALLOWANCE_S = 0.3


@dataclass(slots=True, eq=False)
class Plc:
    """A Modbus TCP device with one holding register."""

    value: int = _CALM

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every request with the register."""
        while request := await reader.read(12):
            transaction, unit, function = request[:2], request[6], request[7]
            pdu = struct.pack(">BBBH", unit, function, 2, self.value)
            writer.write(transaction + struct.pack(">HH", 0, len(pdu)) + pdu)
        writer.close()


@dataclass(slots=True, eq=False)
class Receiver:
    """A webhook receiver that notes when each message came."""

    heard: asyncio.Queue[float] = field(default_factory=asyncio.Queue)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request, note the time, answer."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        body = await reader.readexactly(length)
        if b'"firing"' in body:
            self.heard.put_nowait(time.monotonic())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


def measure(house: House) -> list[Row]:
    """p50 and p99 of both delays over random instants, beside poll period + 0.3 s."""
    alarm_s, webhook_s = asyncio.run(_trials(house))
    limit = _POLL_S + _ALLOWANCE_S
    rows = []
    for what, delays in (("alarm", alarm_s), ("webhook", webhook_s)):
        for percent in (50, 99):
            seconds = float(np.percentile(delays, percent))
            goal = f"p99 under the poll period ({_POLL_S} s) + {_ALLOWANCE_S} s"
            rows.append(
                row(
                    f"register change → {what}, p{percent}",
                    seconds,
                    limit,
                    "s",
                    goal,
                    met=seconds < limit,
                )
            )
    return rows


async def _trials(house: House) -> tuple[list[float], list[float]]:
    plc, receiver = Plc(), Receiver()
    field_side = await asyncio.start_server(plc.serve, "127.0.0.1", 0)
    office_side = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (field_side, office_side)]
    up = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        async with house.compose(_city(*ports), Path(folder), RealClock()) as service:
            changes = service.desk.changes("bench")
            loops = house.jobs(service, lambda _: up.set())
            tasks = [asyncio.ensure_future(loop()) for loop in loops.values()]
            await up.wait()
            try:
                return await _measured(plc, receiver, changes.receive)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                field_side.close()
                office_side.close()


async def _measured(
    plc: Plc, receiver: Receiver, change: Callable[[], object]
) -> tuple[list[float], list[float]]:
    alarm_s, webhook_s = [], []
    spread = random.Random(1)  # noqa: S311 - spreads the trials over the poll period
    for _ in range(_TRIALS):
        await asyncio.sleep(_POLL_S * (1.5 + spread.random()))
        plc.value, began = _LOW, time.monotonic()
        await change()  # type: ignore[misc]  # a subscription's receive
        alarm_s.append(time.monotonic() - began)
        webhook_s.append(await receiver.heard.get() - began)
        plc.value = _CALM
        await change()  # type: ignore[misc]  # the end of the alarm
    return alarm_s, webhook_s


def _city(plc_port: int, webhook_port: int) -> City:
    points = PointTable(
        [Point("b.p", Kind.PRESSURE, Text("压力", "pressure"), "b", -0.1, 2.5, expected_s=3.0)]
    )
    channel = Channel(0, "p", ModbusAddress(RegisterTable.HOLDING, 0), scale=0.001)
    device = ModbusDevice("b", "127.0.0.1", plc_port, 1, _POLL_S, 1.0, (channel,))
    rule = LimitRule(
        type="limit",
        name="low",
        title=Text("压力低", "low pressure"),
        select=Select(kind=(Kind.PRESSURE,)),
        basis=Basis(source="measurement"),
        low=Level(value=0.18, priority=Priority.HIGH),
    )
    webhook = WebhookSettings(
        name="office", url=f"http://127.0.0.1:{webhook_port}/", allow_private=True
    )
    return City(
        title=Text("测量", "measurement"),
        timezone=ZoneInfo("UTC"),
        zones=(),
        sites=(),
        points=points,
        devices=(device,),
        alarms=AlarmSettings(rules=(rule,), webhooks=(webhook,)),
        collectors=CollectorSettings(),
        historian=HistorianSettings(),
        feed=None,
        console=ConsoleSettings(port=0),
        simulation=None,
        files=(),
    )
