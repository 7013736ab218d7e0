"""Exports from a store on disk: what is chosen, in which order, and what is left when they fail."""

from __future__ import annotations

import asyncio
import csv
import io
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.errors import QueryError, StoreError
from historian.exporting.formats import Format
from historian.exporting.order import Order, carry_out
from historian.exporting.pieces import Grid, pieces
from historian.exporting.target import safe_name, whole_file
from historian.reading.wanted import Wanted
from telemetry.batch import Batch
from telemetry.kinds import Kind
from telemetry.points import Point, PointTable
from telemetry.quality import Reason, bad
from telemetry.text import Text
from tests.historian.making import NOON, SECOND, numbered_table, until
from tests.historian.outside import city_of, running

if TYPE_CHECKING:
    from pathlib import Path

POINTS = numbered_table(3)


def silent(_: float) -> None:
    """Nobody watches."""


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def lines_of(root: Path, order: Order, points: PointTable | None = None) -> list[dict[str, str]]:
    """The lines of an export to a stream."""
    out = io.BytesIO()
    carry_out(root, order, None if points is None else city_of(points), out, silent)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode())))


async def _two_minutes(data: Path, points: PointTable) -> Path:
    """Eight readings of each point, 15 s apart; the second half in the journal only."""
    async with running(data, points) as service:
        for number in range(8):
            batch = Batch.of(range(len(points)), NOON + number * 15 * SECOND, number / 10)
            if number < 4:
                await service.stored(batch)
            else:
                service.journalled(batch)
        return service.root


async def test_everything_is_written_point_by_point_oldest_first(tmp_path: Path) -> None:
    root = await _two_minutes(tmp_path, POINTS)
    lines = lines_of(root, Order(), POINTS)
    assert [line["point"] for line in lines] == [p.name for p in POINTS for _ in range(8)]
    assert [line["value"] for line in lines[:8]] == [f"{n / 10}" for n in range(8)]
    assert lines[0]["time"] == "2026-01-01T20:00:00+08:00"
    assert lines[0]["unit"] == "MPa"


async def test_points_are_chosen_by_name_beginning_and_kind(tmp_path: Path) -> None:
    title = Text("点", "point")
    points = PointTable(
        Point(name, kind, title, "a", 0, 1)
        for name, kind in [("a.x", Kind.FLOW), ("a.y", Kind.LEVEL), ("b.x", Kind.FLOW)]
    )
    root = await _two_minutes(tmp_path, points)

    def chosen(order: Order) -> list[str]:
        return sorted({line["point"] for line in lines_of(root, order)})

    assert chosen(Order(points=("b.x", "a.y"))) == ["a.y", "b.x"]
    assert chosen(Order(prefix="a.")) == ["a.x", "a.y"]
    assert chosen(Order(kind="flow")) == ["a.x", "b.x"]
    assert chosen(Order(prefix="a.", kind="flow")) == ["a.x"]
    with pytest.raises(QueryError, match="no point of kind flow"):
        chosen(Order(prefix="c.", kind="flow"))


async def test_the_interval_is_half_open_and_in_local_time(tmp_path: Path) -> None:
    root = await _two_minutes(tmp_path, POINTS)
    order = Order(
        points=("site.p0.pressure",), start="2026-01-01T20:00:15", end="2026-01-01T20:00:45"
    )
    assert [line["value"] for line in lines_of(root, order, POINTS)] == ["0.1", "0.2"]


async def test_buckets_show_gaps_and_bad_readings(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        service.journalled(Batch.of([0, 0], [NOON, NOON + SECOND], [0.3, 0.5]))
        service.journalled(Batch.of([0], NOON + 2 * SECOND, 9.0, bad(Reason.SENSOR)))
        service.journalled(Batch.of([0], NOON + 130 * SECOND, 0.7))
        lines = lines_of(service.root, Order(points=("site.p0.pressure",), bucket="60s"))
    assert [(x["min"], x["mean"], x["max"], x["last"], x["count"], x["good"]) for x in lines] == [
        ("0.3", "0.4", "0.5", "0.5", "3", "2"),
        ("", "", "", "", "0", "0"),
        ("0.7", "0.7", "0.7", "0.7", "1", "1"),
    ]


@pytest.mark.parametrize("format_", Format)
async def test_every_format_makes_a_whole_file(tmp_path: Path, format_: Format) -> None:
    root = await _two_minutes(tmp_path, POINTS)
    told: list[float] = []
    out = tmp_path / "out" / "file"
    out.parent.mkdir()
    done = carry_out(root, Order(format=format_), city_of(POINTS), out, told.append)
    assert done.rows == 24
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert names_in(out.parent) == ["file"]
    stream = io.BytesIO()
    carry_out(root, Order(format=format_), city_of(POINTS), stream, silent)
    assert len(stream.getvalue()) == out.stat().st_size


@pytest.mark.parametrize("format_", Format)
async def test_an_interrupted_export_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, format_: Format
) -> None:
    root = await _two_minutes(tmp_path, POINTS)
    out = tmp_path / "out" / "file"
    out.parent.mkdir()
    out.write_text("of yesterday")

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(root, Order(format=format_), city_of(POINTS), out, interrupt)
    assert out.read_text() == "of yesterday"
    assert names_in(out.parent) == ["file"]


async def test_a_full_disk_ends_an_export_with_a_sentence_S3(
    tmp_path: Path, small_disk: Path
) -> None:
    points = numbered_table(10)
    async with running(tmp_path, points) as service:
        times = NOON + np.arange(3_000, dtype=np.int64) * SECOND
        for point in range(10):
            service.journalled(Batch.of(np.full(3_000, point, np.int32), times, 0.1))
        with pytest.raises(StoreError, match="cannot be written"):
            carry_out(service.root, Order(), None, small_disk / "x.csv", silent)
    assert names_in(small_disk) == []


async def test_line_protocol_without_the_city_is_refused(tmp_path: Path) -> None:
    root = await _two_minutes(tmp_path, POINTS)
    with pytest.raises(QueryError, match="needs the city"):
        carry_out(root, Order(format=Format.LINES), None, io.BytesIO(), silent)


@pytest.mark.parametrize(
    "words", ["../../etc/passwd", "/etc/passwd", "..", ".hidden", "a\0b", "x" * 500, "", "水/压"]
)
def test_a_name_made_of_any_words_stays_in_its_folder_H5(tmp_path: Path, words: str) -> None:
    name = safe_name(words, "csv")
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert not name.startswith(".")
    (tmp_path / name).touch()


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name a folder that exists"), whole_file(tmp_path / "a/b"):
        pass


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 5_000), min_size=1, max_size=20),
    st.integers(0, 100),
    st.integers(1, 1_000),
    st.integers(1, 90),
)
def test_pieces_cover_everything_once_in_order_and_are_light(
    weights: list[int], start: int, length: int, step: int
) -> None:
    points = np.arange(0, 2 * len(weights), 2, dtype=np.int32)
    wanted = Wanted(points, start, start + length)
    cut = list(pieces(wanted, np.array(weights), Grid(7, step), most=1_000))
    for point, weight in zip(points.tolist(), weights, strict=True):
        own = [piece for piece in cut if point in piece.points]
        assert own[0].start == start
        assert own[-1].end == start + length
        assert all(a.end == b.start for a, b in pairwise(own))
        assert all((piece.start - 7) % step == 0 for piece in own[1:])
        assert len(own) <= (1 if weight <= 1_000 else 1 + -(-weight // 1_000))
    order = [(int(piece.points[0]), piece.start) for piece in cut]
    assert order == sorted(order)
    for piece in cut:
        if len(piece.points) > 1:
            assert sum(weights[point // 2] for point in piece.points.tolist()) <= 1_000


async def test_an_export_that_is_told_to_stop_leaves_nothing_S10(tmp_path: Path) -> None:
    times = NOON + np.arange(1_500_000, dtype=np.int64) * SECOND
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of(np.zeros(times.shape[0], np.int32), times, 0.1))
    out = tmp_path / "out"
    out.mkdir()
    command = ["-m", "service", "export", "--data", str(tmp_path), "--out", str(out / "x.csv")]
    process = await asyncio.create_subprocess_exec(sys.executable, *command)
    await until(lambda: bool(names_in(out)))
    process.terminate()
    assert await process.wait() != 0
    assert names_in(out) == []
