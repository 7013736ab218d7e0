"""Folders for journals, and a disk small enough to be filled."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from historian.journal.journal import Journal
from tests.historian.making import numbered_table
from tests.historian.places import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


class JournalFolder:
    """The folder of one test's journal, through crashes and restarts."""

    def __init__(self, directory: Path) -> None:
        self._base = directory
        self._crashes = 0
        self._opened: list[Journal] = []
        self.path = directory / "journal"

    def open(self, **options: Any) -> Journal:
        """Open the journal."""
        options.setdefault("points", numbered_table(10))
        self._opened.append(Journal(self.path, **options))
        return self._opened[-1]

    def crash(self) -> None:
        """Go on with the files as a process killed at this moment would leave them."""
        self._crashes += 1
        left = self._base / f"journal-after-crash-{self._crashes}"
        shutil.copytree(self.path, left)
        self.path = left

    def segments(self) -> list[Path]:
        """The segment files, oldest first."""
        return sorted(self.path.glob("*.journal"))

    def close(self) -> None:
        """Close whatever is open."""
        for journal in self._opened:
            journal.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[JournalFolder]:
    """A folder for a journal."""
    folder = JournalFolder(tmp_path)
    yield folder
    folder.close()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A folder for an embedded store."""
    place = Place(tmp_path / "store")
    yield place
    await place.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a small file system to fill")
    path = tmp_path / "small"
    path.mkdir()
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)], check=False)
    if done.returncode != 0:
        pytest.skip("this machine does not allow a small file system to be mounted")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)
