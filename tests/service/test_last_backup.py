"""When a data directory was last backed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.last_backup import last_backup, note_backup

if TYPE_CHECKING:
    from pathlib import Path


def test_a_noted_backup_is_known_until_the_next(tmp_path: Path) -> None:
    note_backup(tmp_path, 17)
    note_backup(tmp_path, 1_767_225_600_000_000_000)
    assert last_backup(tmp_path) == 1_767_225_600_000_000_000


def test_no_note_or_a_spoiled_one_is_no_backup(tmp_path: Path) -> None:
    assert last_backup(tmp_path) is None
    (tmp_path / "last-backup").write_bytes(b"\xff\x00")
    assert last_backup(tmp_path) is None


def test_a_folder_that_is_not_ours_to_write_costs_no_backup(tmp_path: Path) -> None:
    note_backup(tmp_path / "gone", 17)
    assert last_backup(tmp_path / "gone") is None
