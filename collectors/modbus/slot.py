"""Where the words of many devices meet for a moment and are decoded together.

From some 500 samples up, one decoding of many devices costs a fraction of one decoding each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.modbus.decode import WORD, DecodePlan
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.modbus.blocks import Layout
    from collectors.modbus.reading import RegisterReading
    from telemetry.points import PointTable


class Slot:
    """One place for each device's words.

    Args:
        layouts: the devices; those that are read at the same time should stand side by side.
        points: gives each point's physical range.
        sentinels: see :class:`~collectors.modbus.decode.DecodePlan`.
    """

    def __init__(
        self,
        layouts: Sequence[Layout],
        points: PointTable,
        sentinels: Sequence[Mapping[str, tuple[int, ...]]] = (),
    ) -> None:
        self.plan = DecodePlan(layouts, points, sentinels)
        self._number = {id(layout): number for number, layout in enumerate(layouts)}
        self._layouts = tuple(layouts)  # keeps the identities above from being used again
        self._image = np.zeros(self.plan.words, dtype=WORD)
        self._quality = np.zeros(self.plan.rows, dtype=np.uint8)
        self._time = np.zeros(self.plan.rows, dtype=np.int64)
        self._present = np.zeros(len(layouts), dtype=np.bool_)
        self._lengths = np.diff(self.plan.row_start)

    def holds(self, layout: Layout) -> bool:
        """Whether the device's place is taken."""
        return bool(self._present[self._number[id(layout)]])

    def put(self, reading: RegisterReading) -> None:
        """Lay a reading in its device's place, which must be free.

        Raises:
            ValueError: the place is taken; :meth:`take` first, or a reading would be lost.
        """
        number = self._number[id(reading.layout)]
        if self._present[number]:
            raise ValueError(f"device {number} of the slot holds a reading already")
        starts, words = self.plan.row_start, self.plan.word_start
        self._image[words[number] : words[number + 1]] = reading.image
        rows = slice(starts[number], starts[number + 1])
        self._quality[rows] = reading.quality
        self._time[rows] = reading.time
        self._present[number] = True

    @property
    def samples(self) -> int:
        """Samples that wait."""
        return int(self._lengths[self._present].sum())

    def take(self) -> Batch:
        """Decode what is there and free all places."""
        devices = np.flatnonzero(self._present)
        if devices.size == 0:
            return Batch.empty()
        first, last = int(devices[0]), int(devices[-1]) + 1
        rows = int(self.plan.row_start[first]), int(self.plan.row_start[last])
        batch = self.plan.decode(self._image, self._quality, self._time, *rows)
        if devices.size != last - first:
            present = self._present[first:last]
            batch = batch.take(np.repeat(present, self._lengths[first:last]))
        self._present[:] = False
        return batch
