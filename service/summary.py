"""What the terminal says while the service runs: where things are, and how fresh."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from service.cli.streams import note
from telemetry.clock import SECOND, RealClock
from telemetry.supervision import MissedTick, Ticker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.health import DeviceStatus
    from service.compose import Service

_EVERY_S = 2.0
_CLEAR_LINE = "\r\x1b[2K"


class Summary:
    """Speaks on standard error: a line that renews itself on a terminal, else only news.

    Args:
        service: what to speak about.
        began_s: when the command was given, on the machine's monotonic clock.
    """

    def __init__(self, service: Service, began_s: float) -> None:
        self._service = service
        self._terminal = sys.stderr.isatty()
        self._began = began_s
        self._fresh = False
        self._feed = ""

    def listening(self, address: str) -> None:
        """The console answers: say where, and how the first user gets in."""
        service = self._service
        city = service.city
        kinds = ", ".join(
            f"{count} {name}" for name, count in _count_protocols(service.collection.status())
        )
        note(f"Baotu · {city.title.zh} · {city.title.en}")
        note(f"  测点 points  {len(city.points)} on {kinds}")
        note(f"  规则 rules   {len(city.alarms.rules)}, channels {len(city.alarms.webhooks)}")
        note(f"  页面 page    {address}/")
        token = service.records.users.setup_token(RealClock().now())
        if token is not None:
            note(f"  首位用户（一次有效）first user, once: {address}/setup?token={token}")

    def publishing(self, address: str) -> None:
        """The public feed answers: say where, unless it is where it was before."""
        if address != self._feed:
            self._feed = address
            note(f"  公众 feed    {address}/")

    async def run(self) -> None:
        """Renew the line every two real seconds; say once when the first values are there."""
        ticker = Ticker(RealClock(), _EVERY_S, MissedTick.SKIP)
        first = Ticker(RealClock(), 0.1, MissedTick.SKIP)
        while not self._first_values():
            await first.tick()
        while True:
            if self._terminal:
                sys.stderr.write(_CLEAR_LINE + self._line())
                sys.stderr.flush()
            await ticker.tick()

    def farewell(self) -> None:
        """The last words: that nothing was dropped, or how much and why."""
        if self._terminal:
            sys.stderr.write("\n")
        dropped: Counter[str] = Counter()
        for path in self._service.accounting.figures().values():
            dropped.update(path.dropped)
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(dropped.items()) if count)
        seconds = RealClock().monotonic() - self._began
        said = f"stopped after {seconds:.0f} s; dropped samples: {dropped.total()}"
        note(f"{said} ({why})" if why else said)

    def _first_values(self) -> bool:
        if not self._fresh and any(s.connected for s in self._service.collection.status()):
            self._fresh = True
            seconds = RealClock().monotonic() - self._began
            note(f"  首批数据 first live values after {seconds:.1f} s")
        return self._fresh

    def _line(self) -> str:
        status = self._service.collection.status()
        talking = sum(one.connected for one in status)
        counts = self._service.desk.counts()
        zone = self._service.city.timezone
        now = datetime.fromtimestamp(self._service.clock.now() / SECOND, zone)
        return (
            f"  {now:%Y-%m-%d %H:%M:%S}  devices {talking}/{len(status)}"
            f"  oldest {_oldest(status)}  alarms {sum(counts.unacknowledged.values())} new, "
            f"{sum(counts.acknowledged.values())} known"
        )


def _count_protocols(status: Sequence[DeviceStatus]) -> list[tuple[str, int]]:
    names = [one.protocol.value for one in status]
    return [(name, names.count(name)) for name in dict.fromkeys(names)]


def _oldest(status: Sequence[DeviceStatus]) -> str:
    ages = [one.age_s for one in status if one.age_s is not None]
    return f"{max(ages):.0f} s" if ages else "–"
