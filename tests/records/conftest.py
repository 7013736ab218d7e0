"""Records in a fresh file, with password hashes that cost next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from records.opening import Records, open_records
from records.settings import AccessSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def access() -> AccessSettings:
    return AccessSettings(hash_rounds=1, hash_memory_kib=8, hash_lanes=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@pytest.fixture
def records(file: Path, access: AccessSettings) -> Iterator[Records]:
    with open_records(file, access) as opened:
        yield opened
