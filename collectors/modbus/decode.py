"""Words become values: one compiled plan, arrays only.

A plan covers one device or a whole city's devices laid end to end. Compiling costs a Python
loop over the channels; decoding costs some nanoseconds a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collectors.checks import judge
from collectors.scaling import as_fractions
from telemetry.addresses import RegisterType, WordOrder
from telemetry.batch import Batch
from telemetry.quality import Reason, Severity, bad, severities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from collectors.modbus.blocks import Layout
    from telemetry.addresses import ModbusAddress
    from telemetry.points import PointTable

WORD = np.dtype("<u2")
"""Words in an image, little end first on every machine, so that pairs can be viewed as 32 bits."""

_SENSOR = bad(Reason.SENSOR)
_TYPES: dict[RegisterType, np.dtype[np.generic]] = {
    RegisterType.INT16: np.dtype("<i2"),
    RegisterType.UINT16: np.dtype("<u2"),
    RegisterType.INT32: np.dtype("<i4"),
    RegisterType.UINT32: np.dtype("<u4"),
    RegisterType.FLOAT32: np.dtype("<f4"),
}
_LOW_WORD_FIRST = (WordOrder.CDAB, WordOrder.DCBA)
_BYTES_SWAPPED = (WordOrder.BADC, WordOrder.DCBA)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Rows of one type and byte order.

    Attributes:
        rows: ``intp[k]`` ascending.
        words: ``intp[k, 1 or 2]`` where their words stand, the low word first.
        swapped: whether the bytes of each word are swapped.
        view: the number type, or None for bits.
        shift: ``uint16[k]`` bit numbers; empty unless bits.
    """

    rows: NDArray[np.intp]
    words: NDArray[np.intp]
    swapped: bool
    view: np.dtype[np.generic] | None
    shift: NDArray[np.uint16]

    def values(self, image: NDArray[np.uint16], start: int, end: int) -> NDArray[np.generic]:
        """Raw numbers of the group's rows ``start`` to ``end``."""
        raw = image[self.words[start:end]]
        if self.view is None:
            return np.bitwise_and(np.right_shift(raw[:, 0], self.shift[start:end]), 1)
        if self.swapped:
            raw.byteswap(inplace=True)
        return raw.view(self.view)[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Sentinels:
    """Words that mean "no value": row, first and last word of the value, and the word."""

    rows: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    word: NDArray[np.uint16]


class DecodePlan:
    """From the words of many devices to one batch.

    Args:
        layouts: devices in the order in which their images are laid end to end.
        points: gives each point's physical range.
        sentinels: for each device, words that mean "no value", by signal. A 32-bit value is
            "no value" when both its words are the sentinel.

    Attributes:
        rows: rows of all devices.
        words: words of all images.
        row_start, word_start: ``intp[devices + 1]`` where each device begins.
        point: ``int32[rows]``.
    """

    def __init__(
        self,
        layouts: Sequence[Layout],
        points: PointTable,
        sentinels: Sequence[Mapping[str, tuple[int, ...]]] = (),
    ) -> None:
        self.row_start = _starts(len(layout.channels) for layout in layouts)
        self.word_start = _starts(layout.words for layout in layouts)
        self.rows, self.words = int(self.row_start[-1]), int(self.word_start[-1])
        channels = [channel for layout in layouts for channel in layout.channels]
        places = [
            int(start) + word
            for start, layout in zip(self.word_start, layouts, strict=False)
            for word in layout.word_of_row
        ]
        self.point = np.array([c.point for c in channels], dtype=np.int32)
        self._factor, self._divisor = as_fractions(c.scale for c in channels)
        self._offset = np.array([c.offset for c in channels], dtype=np.float64)
        self._low, self._high = points.low[self.point], points.high[self.point]
        self._groups = _groups([c.address for c in channels], places)
        self._sentinels = _sentinels(layouts, places, sentinels)

    def decode(
        self,
        image: NDArray[np.uint16],
        quality: NDArray[np.uint8],
        time: NDArray[np.int64],
        first: int = 0,
        last: int | None = None,
    ) -> Batch:
        """Decode the rows ``first`` to ``last`` (all, when not given).

        Args:
            image: ``uint16[words]`` of type ``WORD``.
            quality: ``uint8[rows]``, not GOOD where the words could not be read; left as it is.
            time: ``int64[rows]`` ns UTC.
            first: first row.
            last: row after the last.
        """
        rows = slice(first, self.rows if last is None else last)
        value = np.empty(rows.stop - first, dtype=np.float64)
        judged = quality[rows].copy()
        # A signalling NaN from a broken transmitter must not become a warning of ours.
        with np.errstate(invalid="ignore", over="ignore"):
            for group in self._groups:
                start, end = np.searchsorted(group.rows, (first, rows.stop))
                value[group.rows[start:end] - first] = group.values(image, start, end)
            np.multiply(value, self._factor[rows], out=value)
            np.divide(value, self._divisor[rows], out=value)
            np.add(value, self._offset[rows], out=value)
        self._mark_sentinels(image, judged, rows)
        judge(value, judged, self._low[rows], self._high[rows])
        return Batch(self.point[rows], time[rows].copy(), value, judged)

    def _mark_sentinels(
        self, image: NDArray[np.uint16], quality: NDArray[np.uint8], rows: slice
    ) -> None:
        if self._sentinels is None:
            return
        known = self._sentinels
        hit = (image[known.first] == known.word) & (image[known.last] == known.word)
        hit &= (known.rows >= rows.start) & (known.rows < rows.stop)
        marked = known.rows[hit] - rows.start
        read = severities(quality[marked]) != Severity.BAD
        quality[marked[read]] = _SENSOR


def _starts(lengths: Iterable[int]) -> NDArray[np.intp]:
    """Running sums, beginning with 0."""
    return np.concatenate(([0], np.cumsum(np.fromiter(lengths, dtype=np.intp)))).astype(np.intp)


def _groups(addresses: Sequence[ModbusAddress], places: Sequence[int]) -> tuple[_Group, ...]:
    rows: dict[tuple[RegisterType, bool], list[int]] = {}
    for row, address in enumerate(addresses):
        swapped = address.type.registers > 1 and address.order in _BYTES_SWAPPED
        rows.setdefault((address.type, swapped), []).append(row)
    return tuple(
        _Group(
            np.array(of_group, dtype=np.intp),
            np.array([_low_first(addresses[r], places[r]) for r in of_group], dtype=np.intp),
            swapped,
            _TYPES.get(kind),
            np.array([addresses[r].bit for r in of_group], dtype=np.uint16),
        )
        for (kind, swapped), of_group in rows.items()
    )


def _low_first(address: ModbusAddress, place: int) -> tuple[int, ...]:
    if address.type.registers == 1:
        return (place,)
    return (place, place + 1) if address.order in _LOW_WORD_FIRST else (place + 1, place)


def _sentinels(
    layouts: Sequence[Layout],
    places: Sequence[int],
    sentinels: Sequence[Mapping[str, tuple[int, ...]]],
) -> _Sentinels | None:
    found: list[tuple[int, int, int, int]] = []
    row = 0
    for number, layout in enumerate(layouts):
        known = sentinels[number] if number < len(sentinels) else {}
        for channel in layout.channels:
            last = places[row] + channel.address.type.registers - 1
            found.extend((row, places[row], last, word) for word in known.get(channel.signal, ()))
            row += 1
    if not found:
        return None
    rows, firsts, lasts, words = zip(*found, strict=True)
    return _Sentinels(
        np.array(rows, dtype=np.intp),
        np.array(firsts, dtype=np.intp),
        np.array(lasts, dtype=np.intp),
        np.array(words, dtype=np.uint16),
    )
