"""The seam between the service and anything that can be read and written.

A link belongs to one device. Who calls: one loop reads; writes may come at any time from
another task, also while a read is under way. Cancelling any call leaves the link usable. All
deadlines are total and real seconds, whatever the speed of the city's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from collectors.tally import bad_samples

if TYPE_CHECKING:
    from telemetry.batch import Batch


@dataclass(frozen=True, slots=True)
class Written:
    """The device holds the value; ``read_back`` is what it says."""

    read_back: float


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed: we did not send it, or the device declined."""

    reason: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The device took the write but shows another value at the deadline."""

    asked: float
    read_back: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and nobody can say whether it took effect; it is never sent again by itself."""

    reason: str


WriteOutcome = Written | Refused | Mismatch | Unknown


class Reading(Protocol):
    """What one read brought. Its samples are decoded only when asked for."""

    @property
    def samples(self) -> int:
        """Samples that :meth:`batch` will hold."""
        ...

    def batch(self) -> Batch:
        """The samples; those that could not be read are BAD with their reason."""
        ...

    @property
    def tally(self) -> Tally:
        """What happened beside the samples."""
        ...

    def acknowledge(self) -> None:
        """Tell the source that the samples are durable, where it waits for that."""
        ...

    def give_back(self) -> None:
        """Tell the source that the samples were not kept; it may send them again."""
        ...


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened beside the samples of one reading, counted by word.

    Attributes:
        faults: bad samples, by reason.
        rejected: samples refused for what they are (a message that cannot be read counts one).
        dropped: good samples that were not needed, e.g. ``duplicate``.
        discarded: replies that answered no question of ours, by kind.
    """

    faults: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    discarded: Mapping[str, int] = field(default_factory=dict)


def _nothing() -> None:
    """For sources that wait for no answer."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedReading:
    """A reading whose samples are there already."""

    decoded: Batch
    extra: Tally = field(default_factory=Tally)
    on_durable: Callable[[], None] = _nothing
    on_lost: Callable[[], None] = _nothing

    @property
    def samples(self) -> int:
        """Samples in the batch."""
        return len(self.decoded)

    def batch(self) -> Batch:
        """The samples."""
        return self.decoded

    @property
    def tally(self) -> Tally:
        """Bad samples by reason, and what the link noted beside them."""
        return replace(self.extra, faults=bad_samples(self.decoded.quality))

    def acknowledge(self) -> None:
        """Tell the source that the samples are durable."""
        self.on_durable()

    def give_back(self) -> None:
        """Tell the source that the samples were not kept."""
        self.on_lost()


class Link(Protocol):
    """One device, whatever it speaks."""

    async def connect(self) -> None:
        """Open the link, or do nothing when it is open.

        Raises:
            LinkError: within the device's deadline.
        """
        ...

    async def read(self) -> Reading:
        """Read every point once (polled), or wait for what comes next (listening).

        Raises:
            LinkError: the link is lost; :meth:`connect` before the next read. A device that
                answers badly, or one silent unit behind a gateway, raises nothing: its points
                come as BAD with a reason.
        """
        ...

    async def write(self, point: int, value: float) -> WriteOutcome:
        """Send one value and read it back; never sends twice, never raises a LinkError.

        Args:
            point: index in the point table.
            value: in the point's canonical unit.
        """
        ...

    async def close(self) -> None:
        """Close the link; closing a closed link does nothing."""
        ...
