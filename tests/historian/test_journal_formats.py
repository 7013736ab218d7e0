"""Files of other versions: older ones are read for ever, newer ones are left alone.

``tests/cases/historian/journal/format-<n>/`` holds a segment of each format there ever was,
with the names of its points and what it must read as. Format 1 is the first.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from historian.errors import JournalFormatError
from historian.journal.frames import HEADER_BYTES, decode_header, encode_frame, encode_header
from telemetry.batch import Batch
from tests.historian.making import NOON, numbered_table, table

if TYPE_CHECKING:
    from historian.entry import Entry
    from telemetry.points import PointTable
    from tests.historian.conftest import JournalFolder

CASES = sorted((Path(__file__).parents[1] / "cases/historian/journal").glob("format-*"))


def lay_out(case: Path, folder: Path) -> PointTable:
    """Write the case's files as that version left them; returns its points in another order."""
    data = bytes.fromhex((case / "segment.hex").read_text())
    fingerprint, *names = (case / "table.txt").read_text().split()
    header = decode_header(data)
    assert header is not None
    assert header[1] == fingerprint
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / fingerprint).write_text("".join(f"{name}\n" for name in names))
    (folder / f"{header[0]:020d}.journal").write_bytes(data)
    return table("new.inlet.pressure", *reversed(names))


def as_written(entry: Entry, points: PointTable) -> dict[str, Any]:
    batch = entry.batch
    return {
        "sequence": entry.sequence,
        "origin": entry.origin,
        "points": [points[index].name for index in batch.point],
        "time_ns": batch.time.tolist(),
        "value": [None if np.isnan(value) else value for value in batch.value.tolist()],
        "quality": batch.quality.tolist(),
    }


@pytest.mark.parametrize("case", CASES, ids=[f"S12-{case.name}" for case in CASES])
def test_a_segment_of_an_earlier_version_reads_as_it_was_written(
    case: Path, folder: JournalFolder
) -> None:
    points = lay_out(case, folder.path)
    expected = json.loads((case / "reads-as.json").read_text(encoding="utf-8"))
    journal = folder.open(points=points)
    assert [as_written(entry, points) for entry in journal.read(1, 1000)] == expected
    assert not (folder.path / "quarantine").exists()
    assert journal.append("a", Batch.of([0], NOON, 0.5)) == expected[-1]["sequence"] + 1
    folder.crash()
    journal = folder.open(points=points)
    again = [entry for first in (1, 46) for entry in journal.read(first, 1000)]
    assert [as_written(entry, points) for entry in again[:-1]] == expected


def test_there_is_a_case_for_every_format_S12() -> None:
    written_today = encode_header(1, "f" * 16)[6:7]
    assert [case.name for case in CASES] == [f"format-{n + 1}" for n in range(int(written_today))]


@pytest.mark.parametrize(
    "text", [pytest.param("2\n", id="S12-as-first"), pytest.param(f"{2:020d}\n", id="S12-as-now")]
)
async def test_a_mark_of_an_earlier_version_is_gone_on_from(
    folder: JournalFolder, text: str
) -> None:
    journal = folder.open()
    for value in range(3):
        journal.append("a", Batch.of([1], NOON, value))
    folder.crash()
    (folder.path / "store%3Aembedded.mark").write_text(text)
    reader = folder.open().reader("store:embedded")
    assert [entry.sequence for entry in await reader.receive(100, 5.0)] == [3]


def newer_segment() -> bytes:
    """What a version with format 2 might write."""
    header = b"BAOTUJ2\n" + b"whatever comes".ljust(HEADER_BYTES - 12, b"\0")
    return header + zlib.crc32(header).to_bytes(4, "little") + b"unknown" * 100


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is_S12(
    folder: JournalFolder,
) -> None:
    journal = folder.open(points=table("a.x"), reserve_mib=1)
    journal.append("a", Batch.of([0], NOON, 0.5))
    journal.reader("store").advance(1)
    journal.close()
    torn = folder.segments()[0]
    torn.write_bytes(torn.read_bytes()[:-3])  # would be cut and set aside at any other start
    (folder.path / f"{7:020d}.journal").write_bytes(newer_segment())
    before = contents(folder.path)
    with pytest.raises(JournalFormatError, match=r"format 2 of the journal.*nothing was changed"):
        folder.open(points=numbered_table(3), reserve_mib=2)
    assert contents(folder.path) == before
    (folder.path / f"{7:020d}.journal").unlink()
    assert folder.open(points=table("a.x")).last == 1  # the refusal let the folder go


def test_a_flipped_bit_in_a_header_is_damage_and_no_newer_version_S6(
    folder: JournalFolder,
) -> None:
    frame = encode_frame(1, "a", Batch.of([1], NOON, 0.5))
    data = bytearray(encode_header(1, numbered_table(10).fingerprint) + frame)
    data[6] ^= 3  # "1" becomes "2"
    folder.path.mkdir()
    (folder.path / f"{1:020d}.journal").write_bytes(data)
    assert folder.open().last == 0
    assert len(list((folder.path / "quarantine").iterdir())) == 1
