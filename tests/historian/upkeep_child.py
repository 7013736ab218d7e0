"""A process that sums up, merges, thins and forgets days until it is killed.

``python -m tests.historian.upkeep_child <directory> <file>:<function>:<n>`` kills itself when the
function of that file is entered for the n-th time.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.retention import EVER, Horizons
from tests.historian.making import DAY, NOON, SECOND, entry, numbered_table
from tests.historian.writing_child import Executioner

if TYPE_CHECKING:
    from historian.entry import Entry
    from historian.memory import MemoryStore

POINTS = numbered_table(6)
SIZES = Sizes(fan_in=2, rows_per_file=40, minutes_per_file=4)
DAYS = 8


def entries(day: int) -> list[Entry]:
    """What comes on a day: its samples, a correction of yesterday, and some late by four days."""
    at, first = day * DAY // SECOND, 3 * day + 1
    seconds = [at + 20 * i for i in range(9)]
    every = [entry(first, [p for p in range(6) for _ in seconds], seconds * 6, day + 0.5)]
    correction = entry(first + 1, [0, 3], at - DAY // SECOND + 20, 100 + day)
    late = entry(first + 2, [1, 2, 5], [at - 4 * DAY // SECOND + s for s in (5, 65, 999)], -day)
    return [*every, correction, late]


def horizons(day: int) -> Horizons:
    """On a day: points 0 to 2 are thinned after two days, everything goes after six."""
    midnight = NOON // DAY * DAY + day * DAY
    raw = np.where(np.arange(6) < 3, midnight - 2 * DAY, EVER)
    return Horizons(raw, np.full(6, midnight - 6 * DAY), EVER, EVER)


async def live_through(store: EmbeddedStore, day: int) -> None:
    """One day: take in what comes, and put everything in order."""
    await store.append(entries(day))
    await store.flush()
    while await store.compact():
        pass
    while await store.summarise(NOON + (day - 1) * DAY):
        pass
    while await store.retain(horizons(day)):
        pass
    while await store.compact():
        pass


async def remember(store: MemoryStore, day: int) -> None:
    """The same day without a disk."""
    await store.append(entries(day))
    await store.retain(horizons(day))


async def live(directory: Path) -> None:
    """All days."""
    store = EmbeddedStore(directory, POINTS, sizes=SIZES)
    for day in range(DAYS):
        await live_through(store, day)


def main() -> None:
    """Run with the executioner watching every thread."""
    executioner = Executioner(sys.argv[2])
    threading.setprofile(executioner)
    sys.setprofile(executioner)
    asyncio.run(live(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
