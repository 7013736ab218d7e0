"""All devices of a city: read for ever, watched, and written to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors.gathering import Gathering
from collectors.health import DeviceStatus, Health
from collectors.link import Refused
from collectors.listening import Listening
from collectors.modbus.gateway import Gateways
from collectors.modbus.link import ModbusLink
from collectors.modbus.slot import Slot
from collectors.opening import open_link
from collectors.polling import Polling
from collectors.settings import CollectorSettings
from telemetry.devices import ModbusDevice, MqttSource
from telemetry.supervision import Backoff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.link import Link, WriteOutcome
    from telemetry.accounting import Accounting
    from telemetry.clock import Clock
    from telemetry.devices import Device
    from telemetry.intake import Intake
    from telemetry.points import PointTable


class Collection:
    """Reads every device and hands the samples to the intake.

    Each device has an account ``<protocol>:<name>``. Polled devices enter the intake under the
    common origin ``poll``, each source of messages under ``messages:<name>``.

    Args:
        devices: where they are and what they carry.
        points: the city's points.
        intake: where samples go.
        clock: city time; deadlines of sockets are real seconds all the same.
        accounting: where the accounts are opened.
        settings: pauses, windows, limits.
        links: links to use instead of the device's own, by device name.

    Raises:
        UnreadableAddressError: an address that the protocol cannot read.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        points: PointTable,
        intake: Intake,
        clock: Clock,
        accounting: Accounting,
        *,
        settings: CollectorSettings | None = None,
        links: Mapping[str, Link] | None = None,
    ) -> None:
        self._devices = tuple(devices)
        self._points = points
        self._intake = intake
        self._clock = clock
        self._settings = settings or CollectorSettings()
        given, gateways = links or {}, Gateways(self._settings.modbus.lanes)
        self._links = {
            device.name: given.get(device.name)
            or open_link(device, points, clock, gateways, self._settings)
            for device in self._devices
        }
        self._device_of = {
            channel.point: device.name for device in self._devices for channel in device.channels
        }
        self._health = {device.name: Health(device) for device in self._devices}
        self._gathering = Gathering(intake, self._slot(), self._settings.slot_s)
        self._loops = self._all_loops(accounting)

    def _slot(self) -> Slot:
        layouts, sentinels = [], []
        for device in self._devices:
            link = self._links[device.name]
            if isinstance(device, ModbusDevice) and isinstance(link, ModbusLink):
                layouts.append(link.layout)
                sentinels.append(device.sentinels)
        return Slot(layouts, self._points, sentinels)

    def _all_loops(self, accounting: Accounting) -> list[Polling | Listening]:
        return [
            self._loop(device, place / len(self._devices), accounting)
            for place, device in enumerate(self._devices)
        ]

    def _loop(self, device: Device, place: float, accounting: Accounting) -> Polling | Listening:
        name, link, health = device.name, self._links[device.name], self._health[device.name]
        path = f"{device.protocol.value}:{name}"
        pauses = Backoff(self._settings.retry_first_s, self._settings.retry_most_s)
        if isinstance(device, MqttSource):
            account = accounting.open(path)
            unconfirmed = self._settings.unconfirmed
            return Listening(
                device,
                link,
                self._intake,
                clock=self._clock,
                health=health,
                account=account,
                backoff=pauses,
                unconfirmed=unconfirmed,
            )
        account = accounting.open(path, lambda: self._gathering.held(name))
        phase_s = place * min(self._settings.spread_s, device.poll_s)
        return Polling(
            device,
            link,
            self._gathering,
            clock=self._clock,
            health=health,
            account=account,
            backoff=pauses,
            phase_s=phase_s,
        )

    async def run(self) -> None:
        """Read every device until cancelled; what has been read then still reaches the intake."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._gathering.run())
            for loop in self._loops:
                tasks.create_task(loop.run())

    def status(self) -> list[DeviceStatus]:
        """Every device at this instant, in the order of the configuration."""
        now = self._clock.now()
        return [self._health[device.name].status(now) for device in self._devices]

    async def write(self, point: int, value: float) -> WriteOutcome:
        """Send one value to the device that carries the point, and read it back.

        Args:
            point: index in the point table.
            value: in the point's canonical unit.
        """
        name = self._device_of.get(point)
        if name is None:
            return Refused(f"no device carries {self._points[point].name}")
        return await self._links[name].write(point, value)
