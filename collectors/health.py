"""How each device is doing, for the page, the terminal and the counters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.link import Reading
    from telemetry.devices import Device, Protocol


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One device at one instant.

    Attributes:
        name, protocol: which device.
        connected: whether its latest reading brought at least one value.
        last_success_ns: city time of the latest such reading, None before the first.
        age_s: city seconds since then.
        points: points that it carries.
        reads: readings taken, good and bad.
        skipped: poll slots left out because a reading took too long.
        errors: bad samples by reason, since the start.
        rejected, dropped: samples by reason, since the start (messages only).
        discarded: replies that answered no question of ours, by kind, since the start.
        problem: why no value comes, in words; None while all is well.
    """

    name: str
    protocol: Protocol
    connected: bool
    last_success_ns: int | None
    age_s: float | None
    points: int
    reads: int
    skipped: int
    errors: Mapping[str, int]
    rejected: Mapping[str, int]
    dropped: Mapping[str, int]
    discarded: Mapping[str, int]
    problem: str | None


class Health:
    """Keeps one device's figures.

    Args:
        device: which.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._connected = False
        self._last_success_ns: int | None = None
        self._reads = 0
        self._skipped = 0
        self._problem: str | None = None
        self._errors = Counter[str]()
        self._rejected = Counter[str]()
        self._dropped = Counter[str]()
        self._discarded = Counter[str]()

    def took(self, reading: Reading, now_ns: int) -> None:
        """A reading came, or was made up because none could come."""
        tally = reading.tally
        self._reads += 1
        brought = sum(tally.faults.values()) < reading.samples
        if brought:
            self._last_success_ns = now_ns
            self._problem = None
        elif tally.faults and self._problem is None:
            self._problem = f"no value came: {max(tally.faults, key=tally.faults.__getitem__)}"
        # A reading of nothing but rejected or repeated messages came over a sound connection.
        self._connected = brought or reading.samples == 0
        self._errors.update(tally.faults)
        self._rejected.update(tally.rejected)
        self._dropped.update(tally.dropped)
        self._discarded.update(tally.discarded)

    @property
    def problem(self) -> str | None:
        """Why no value comes, None while all is well."""
        return self._problem

    def skipped(self, slots: int) -> None:
        """Poll slots passed without a reading."""
        self._skipped += slots

    def linked(self) -> None:
        """The link stands, even if nothing came yet."""
        self._connected = True
        self._problem = None

    def lost(self, problem: str) -> None:
        """The link is lost."""
        self._connected = False
        self._problem = problem

    def status(self, now_ns: int) -> DeviceStatus:
        """The figures at ``now_ns`` (city time)."""
        last = self._last_success_ns
        return DeviceStatus(
            name=self._device.name,
            protocol=self._device.protocol,
            connected=self._connected,
            last_success_ns=last,
            age_s=None if last is None else (now_ns - last) / SECOND,
            points=len(self._device.channels),
            reads=self._reads,
            skipped=self._skipped,
            errors=dict(self._errors),
            rejected=dict(self._rejected),
            dropped=dict(self._dropped),
            discarded=dict(self._discarded),
            problem=self._problem,
        )
