"""Copies readings from one store to another, day by day, so that it can stop and go on.

What has been copied is remembered in a small file only after the destination has it for good;
whatever is copied twice is the same sample. At the end of each day the destination is asked how
many samples it holds of every point that had some, and the figures must explain each other::

    read = found + refused + missing

where ``missing`` must be 0.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import orjson

from historian.errors import StoreError
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from telemetry.batch import Batch

DAY_NS = 86_400 * SECOND
BLOCK_POINTS = 32
"""Points that are read in one go; a day of 1 s readings of so many is 2.8 million samples."""

SETTLED_ROWS = 1_000_000
"""So many samples are written before the destination is asked to make them safe."""


_UNKNOWN = -1


class Source(Protocol):
    """Where samples are copied from."""

    async def samples(self, points: NDArray[np.int32], start: int, end: int) -> Batch:
        """The samples of some points within ``[start, end)``, each instant of a point once.

        Args:
            points: ``int32[k]``, indices into the point table, ascending.
            start: ns.
            end: ns.

        Raises:
            StoreError: they cannot be read.
        """
        ...


class Destination(Protocol):
    """Where samples are copied to."""

    async def write(self, batch: Batch) -> int:
        """Take samples; a sample that is there already is replaced.

        Returns:
            How many of them it refuses for good.

        Raises:
            StoreError: write the same again later.
        """
        ...

    async def settle(self) -> None:
        """Make safe what was written.

        Raises:
            StoreError: it is not.
        """
        ...

    async def counts(self, points: NDArray[np.int32], start: int, end: int) -> NDArray[np.int64]:
        """How many samples it holds of each point within ``[start, end)``: ``int64[k]``.

        Raises:
            StoreError: it cannot be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be copied.

    Attributes:
        origin, destination: names of both stores, for people and for the position file.
        fingerprint: of the point table; indices mean nothing without it.
        points: how many points the table has.
        first_day, end_day: days since 1970 UTC; ``end_day`` is left out.
    """

    origin: str
    destination: str
    fingerprint: str
    points: int
    first_day: int
    end_day: int


@dataclass(frozen=True, slots=True)
class Copied:
    """How far an errand has come, in samples.

    Attributes:
        day, point: what comes next.
        read: taken from the origin.
        refused: those the destination refuses for good.
        missing: those it took and does not have.
        refused_today: refused ones of the day that is being copied.
    """

    day: int
    point: int = 0
    read: int = 0
    refused: int = 0
    missing: int = 0
    refused_today: int = 0

    @property
    def found(self) -> int:
        """Samples that were looked for in the destination and found there."""
        return self.read - self.refused - self.missing


class PositionFile:
    """Remembers how far an errand has come.

    Args:
        path: the file; it is there only while an errand is unfinished.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, errand: Errand) -> Copied:
        """Where to go on; the beginning when there is nothing to go on with.

        Raises:
            StoreError: the file is of another errand, or cannot be read.
        """
        if not self._path.exists():
            return Copied(errand.first_day)
        try:
            document = orjson.loads(self._path.read_bytes())
            errand_of_file, copied = Errand(**document["errand"]), Copied(**document["copied"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise StoreError(
                f"{self._path} cannot be read ({error}); remove it to begin anew"
            ) from error
        # The cursor means the same however far the errand goes; without --until that is today.
        if replace(errand_of_file, end_day=errand.end_day) != errand:
            raise StoreError(
                f"{self._path} remembers another copy that is not finished "
                f"({_words(errand_of_file)}): finish that one first with the same options, or "
                "remove the file to give it up"
            )
        return copied

    def save(self, errand: Errand, copied: Copied) -> None:
        """Remember how far it is now."""
        new = self._path.with_suffix(".new")
        new.write_bytes(orjson.dumps({"errand": asdict(errand), "copied": asdict(copied)}))
        new.replace(self._path)

    def remove(self) -> None:
        """The errand is done."""
        self._path.unlink(missing_ok=True)


def _words(errand: Errand) -> str:
    days = np.array([errand.first_day, errand.end_day], dtype="datetime64[D]")
    return f"{errand.origin} to {errand.destination}, {days[0]} until {days[1]}"


async def copy_readings(
    source: Source,
    destination: Destination,
    errand: Errand,
    *,
    position: PositionFile,
    progress: Callable[[Copied], None] = lambda _: None,
) -> Copied:
    """Copy all that the errand names, from where it was left.

    Args:
        source: the store to read from.
        destination: the store to write to.
        errand: what to copy.
        position: remembers how far it is.
        progress: told after each step.

    Raises:
        StoreError: one of the two cannot be used now; call again to go on.
    """
    copied = position.load(errand)
    while copied.day < errand.end_day:
        day = _Day(source, destination, errand, copied.day)
        copied = await day.copy(copied, position, progress)
        missing = copied.missing + await day.missing(copied.refused_today)
        copied = replace(copied, day=copied.day + 1, point=0, missing=missing, refused_today=0)
        position.save(errand, copied)
        progress(copied)
    position.remove()
    return copied


class _Day:
    """One day of an errand."""

    def __init__(self, source: Source, destination: Destination, errand: Errand, day: int) -> None:
        self._source = source
        self._destination = destination
        self._errand = errand
        self._start = day * DAY_NS
        self._end = self._start + DAY_NS
        self._read = np.full(errand.points, _UNKNOWN, dtype=np.int64)

    async def copy(
        self, copied: Copied, position: PositionFile, progress: Callable[[Copied], None]
    ) -> Copied:
        unsettled = 0
        for points in self._blocks(copied.point):
            batch = await self._samples(points)
            refused = await self._destination.write(batch) if len(batch) else 0
            unsettled += len(batch)
            copied = replace(
                copied,
                point=int(points[-1]) + 1,
                read=copied.read + len(batch),
                refused=copied.refused + refused,
                refused_today=copied.refused_today + refused,
            )
            if unsettled >= SETTLED_ROWS:
                await self._settle(copied, position)
                unsettled = 0
            progress(copied)
        await self._settle(copied, position)
        return copied

    async def _samples(self, points: NDArray[np.int32]) -> Batch:
        batch = await self._source.samples(points, self._start, self._end)
        self._read[points] = np.bincount(batch.point, minlength=self._errand.points)[points]
        return batch

    async def _settle(self, copied: Copied, position: PositionFile) -> None:
        await self._destination.settle()
        position.save(self._errand, copied)

    async def missing(self, refused: int) -> int:
        """How many samples of the day the destination took and does not have."""
        for points in self._blocks(0):
            if (self._read[points] == _UNKNOWN).any():  # copied before the errand was interrupted
                await self._samples(points)
        had = np.flatnonzero(self._read).astype(np.int32)
        held = await self._destination.counts(had, self._start, self._end)
        absent = int(np.maximum(self._read[had] - held, 0).sum())
        return max(absent - refused, 0)

    def _blocks(self, first: int) -> list[NDArray[np.int32]]:
        everything = np.arange(first, self._errand.points, dtype=np.int32)
        return [everything[i : i + BLOCK_POINTS] for i in range(0, len(everything), BLOCK_POINTS)]
