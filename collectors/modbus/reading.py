"""The words that one read of a device brought, not yet decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from collectors.link import Tally
from collectors.modbus.decode import WORD
from collectors.tally import bad_samples
from telemetry.quality import GOOD, Reason, bad

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from collectors.modbus.blocks import Block, Layout
    from collectors.modbus.decode import DecodePlan
    from telemetry.batch import Batch

_BIG_END_FIRST = np.dtype(">u2")
_WAITING = bad(Reason.WAITING)


@dataclass(slots=True, eq=False)
class RegisterReading:
    """One read of one device.

    Attributes:
        layout: how the device is read; stands for the device in a slot.
        plan: decodes this device alone.
        image: ``uint16[words]`` of type ``WORD``.
        quality: ``uint8[rows]`` what the reading itself says.
        time: ``int64[rows]`` ns UTC, when each block came.
        thrown_away: replies that answered no question, since the reading before.
    """

    layout: Layout
    plan: DecodePlan
    image: NDArray[np.uint16]
    quality: NDArray[np.uint8]
    time: NDArray[np.int64]
    thrown_away: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def blank(cls, layout: Layout, plan: DecodePlan, now_ns: int) -> RegisterReading:
        """A reading into which nothing has been read."""
        rows = len(layout.channels)
        return cls(
            layout,
            plan,
            np.zeros(layout.words, dtype=WORD),
            np.full(rows, _WAITING, dtype=np.uint8),
            np.full(rows, now_ns, dtype=np.int64),
        )

    def fill(self, block: Block, payload: bytes, now_ns: int) -> None:
        """Lay the data bytes of a block's reply into the image."""
        place = slice(block.word, block.word + block.count)
        if block.bits:
            packed = np.frombuffer(payload, dtype=np.uint8)
            self.image[place] = np.unpackbits(packed, count=block.count, bitorder="little")
        else:
            self.image[place] = np.frombuffer(payload, dtype=_BIG_END_FIRST)
        self.quality[block.row : block.end_row] = GOOD
        self.time[block.row : block.end_row] = now_ns

    def fail(self, block: Block, reason: Reason, now_ns: int) -> None:
        """Mark a block's rows as not read."""
        self.quality[block.row : block.end_row] = bad(reason)
        self.time[block.row : block.end_row] = now_ns

    def fail_all(self, reason: Reason) -> RegisterReading:
        """Mark every row as not read."""
        self.quality[:] = bad(reason)
        return self

    @property
    def samples(self) -> int:
        """One for each channel, read or not."""
        return len(self.layout.channels)

    def batch(self) -> Batch:
        """The samples of this device alone."""
        return self.plan.decode(self.image, self.quality, self.time)

    @property
    def tally(self) -> Tally:
        """Bad samples by reason, and replies thrown away."""
        return Tally(faults=bad_samples(self.quality), discarded=self.thrown_away)

    def acknowledge(self) -> None:
        """A device that is read waits for no answer."""

    def give_back(self) -> None:
        """A device that is read cannot send again."""
