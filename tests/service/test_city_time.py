"""A demo goes on where it stopped; its readings never overwrite its own past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.citytime import demo_clock, remember
from telemetry.clock import SECOND

if TYPE_CHECKING:
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
