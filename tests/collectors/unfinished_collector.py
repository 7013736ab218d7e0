"""A collector whose disk never confirms anything; it is there to be killed.

    python -m tests.collectors.unfinished_collector <port> <client id> <messages>

Prints "took <samples>" once it has taken that many samples in.
"""

from __future__ import annotations

import asyncio
import sys

from collectors.collection import Collection
from telemetry.accounting import Accounting
from telemetry.clock import RealClock
from tests.collectors.intakes import MemoryIntake
from tests.collectors.making import meters, wide_points


async def main(port: int, client_id: str, messages: int) -> None:
    intake = MemoryIntake(durable_at_once=False)
    source = meters(port, client_id=client_id)
    collection = Collection([source], wide_points(2), intake, RealClock(), Accounting())
    running = asyncio.create_task(collection.run())
    while True:
        await asyncio.sleep(0.01)
        if intake.samples >= messages:
            break
    sys.stdout.write(f"took {intake.samples}\n")
    sys.stdout.flush()
    await running


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
