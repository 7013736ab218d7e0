"""A demo goes on where it stopped; its readings never overwrite its own past."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from service.citytime import demo_clock, keep_remembering, remember
from telemetry.clock import SECOND, ScaledClock, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

NOW = 1_800_000_000 * SECOND


def test_first_demo_begins_at_the_machines_time(tmp_path: Path) -> None:
    assert demo_clock(tmp_path, 60, NOW).start_ns == NOW


def test_second_demo_begins_after_the_first_ended(tmp_path: Path) -> None:
    ahead = NOW + 86_400 * SECOND
    remember(tmp_path, ahead)
    assert demo_clock(tmp_path, 60, NOW).start_ns > ahead


def test_demo_that_lies_in_the_past_catches_up_with_the_machine(tmp_path: Path) -> None:
    remember(tmp_path, NOW - 86_400 * SECOND)
    assert demo_clock(tmp_path, 60, NOW).start_ns == NOW


def test_damaged_memory_of_the_time_is_left_aside_S6(tmp_path: Path) -> None:
    (tmp_path / "city-time").write_text("12\x00")
    assert demo_clock(tmp_path, 60, NOW).start_ns == NOW


async def test_killed_demo_does_not_come_back_into_its_own_past(
    tmp_path: Path, eventually: Callable[..., Awaitable[object]]
) -> None:
    city, machine = ScaledClock(600, NOW), VirtualClock()
    keeping = asyncio.create_task(keep_remembering(tmp_path, city, machine))
    await eventually((tmp_path / "city-time").exists, "the time is written down")
    just_before_the_next_note_ns = city.now() + 2 * 600 * SECOND
    killed = (tmp_path / "city-time").read_text()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    (tmp_path / "city-time").write_text(killed)
    assert demo_clock(tmp_path, 600, NOW).start_ns > just_before_the_next_note_ns


def stands_in_the_way(folder: Path) -> bool:
    """Make the folder, unless a draft of that name is just being written."""
    with suppress(FileExistsError):
        folder.mkdir()
    return folder.is_dir()


async def test_demo_lives_on_where_the_time_cannot_be_written_S3(
    tmp_path: Path, eventually: Callable[..., Awaitable[object]]
) -> None:
    city, machine = ScaledClock(600, NOW), VirtualClock()
    in_the_way = tmp_path / "city-time.new"
    in_the_way.mkdir()
    keeping = asyncio.create_task(keep_remembering(tmp_path, city, machine))
    await machine.advance(4)
    in_the_way.rmdir()
    await machine.advance(4)
    await eventually((tmp_path / "city-time").exists, "the time is written after all")
    await eventually(lambda: stands_in_the_way(in_the_way), "no draft is just being written")
    keeping.cancel()
    [ended] = await asyncio.gather(keeping, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
