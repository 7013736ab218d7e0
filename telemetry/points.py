"""Points and the table that numbers them."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from telemetry.errors import BaotuError, UnknownPointError
from telemetry.kinds import FACTS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from telemetry.text import Text


@dataclass(frozen=True, slots=True)
class Point:
    """One named quantity, ``site.device.signal``.

    One name all the way: point = series = dashboard target = alarm key.

    Attributes:
        name: dotted, lower case, e.g. ``lvyou.pump1.power``.
        kind: fixes unit, decimals and the default range.
        title: what people call it.
        site: name of the site it belongs to (the first part of its name).
        low, high: physically possible range in the canonical unit; outside is BAD(out_of_range).
        writable: a setpoint that may be written; off until switched on for this very point.
        expected_s: seconds within which a new value is due; older is STALE.
    """

    name: str
    kind: Kind
    title: Text
    site: str
    low: float
    high: float
    writable: bool = False
    expected_s: float = 60.0

    @property
    def unit(self) -> str:
        """Canonical unit of the point's kind."""
        return FACTS[self.kind].unit

    @property
    def decimals(self) -> int:
        """Decimals shown to people; comparisons use the full value."""
        return FACTS[self.kind].decimals


class PointTable:
    """All points, immutable; a point is an ``int32`` index into it.

    Attributes:
        low, high: ``float64[n]`` physical range per point.
        expected_ns: ``int64[n]`` time within which a new value is due.
        fingerprint: 16 hex digits; equal fingerprints mean equal tables, so that two processes
            (or a process and a file on disk) can tell whether an index means the same to both.
    """

    def __init__(self, points: Iterable[Point]) -> None:
        self._points = tuple(points)
        self._index = {p.name: i for i, p in enumerate(self._points)}
        if len(self._index) != len(self._points):
            ((twice, _),) = Counter(p.name for p in self._points).most_common(1)
            raise BaotuError(f"point {twice!r} stands twice in the point table")
        self.low: NDArray[np.float64] = np.array([p.low for p in self._points], dtype=np.float64)
        self.high: NDArray[np.float64] = np.array([p.high for p in self._points], dtype=np.float64)
        self.expected_ns: NDArray[np.int64] = np.array(
            [int(p.expected_s * 1e9) for p in self._points], dtype=np.int64
        )
        lines = "\n".join(f"{p.name}\t{p.kind.value}" for p in self._points)
        self.fingerprint = hashlib.sha256(lines.encode()).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self._points)

    def __iter__(self) -> Iterator[Point]:
        return iter(self._points)

    def __getitem__(self, index: int) -> Point:
        return self._points[index]

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def index(self, name: str) -> int:
        """Index of a point by name.

        Raises:
            UnknownPointError: no such point; the message names the nearest one.
        """
        try:
            return self._index[name]
        except KeyError:
            near = get_close_matches(name, self._index, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UnknownPointError(f"no point is called {name!r}{hint}") from None

    def by_name(self, name: str) -> Point:
        """The point called ``name``; raises like :meth:`index`."""
        return self._points[self.index(name)]

    def select(self, *, prefix: str = "", kind: Kind | None = None) -> NDArray[np.int32]:
        """Indices of the points whose name begins with ``prefix`` and that have ``kind``."""
        return np.array(
            [
                i
                for i, p in enumerate(self._points)
                if p.name.startswith(prefix) and (kind is None or p.kind is kind)
            ],
            dtype=np.int32,
        )
