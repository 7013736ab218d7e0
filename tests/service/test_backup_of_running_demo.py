"""The whole service: exported and backed up while it runs, restored, and started again."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from historian import open_store
from tests.system.running import RunningService, baotu, missing_samples

if TYPE_CHECKING:
    from pathlib import Path

POINT = "north_01.pressure"


def _command(*arguments: str) -> Any:
    """The JSON that a command says."""
    done = subprocess.run(
        [sys.executable, "-m", "service", *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.system
@pytest.mark.timeout(180)
def test_a_demo_is_exported_backed_up_restored_and_goes_on(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    second.mkdir()
    city = tmp_path / "city"
    subprocess.run([sys.executable, "-m", "service", "init", str(city)], check=True, timeout=60)
    with baotu("demo", "--city", str(city), "--port", "0", folder=first) as service:
        seen = _some_readings(service)
        exported = _export(city, service, tmp_path / "north.csv")
        backup = tmp_path / "backup.tar"
        _command("backup", str(city), "--data", str(service.data), "--out", str(backup))
        assert service.get("/history")["backup"] is not None
        assert missing_samples(service) == {}
        assert service.stop() == 0
    assert exported >= seen
    told = _command("restore", str(backup), "--data", str(second / "data"))
    assert told["city"] == "city/city.toml"
    restored = open_store(second / "data").readings(POINT)
    assert len(restored) >= seen
    restored_city = second / "data" / "city"
    with baotu("demo", "--city", str(restored_city), "--port", "0", folder=second) as service:
        _some_readings(service, more_than=len(restored))
        assert missing_samples(service) == {}
    again = open_store(second / "data").readings(POINT)
    assert again.index[: len(restored)].equals(restored.index)


def _some_readings(service: RunningService, more_than: int = 5) -> int:
    """Wait for more readings of the point than there were."""

    def count() -> int:
        if not (service.data / "historian" / "store" / "catalogue.sqlite").exists():
            return 0
        found = len(open_store(service.data).readings(POINT))
        return found if found > more_than else 0

    return int(service.wait(count, f"{POINT} has more than {more_than} readings", 60))


def _export(city: Path, service: RunningService, out: Path) -> int:
    told = _command(
        "export", str(city), "--data", str(service.data), "--point", POINT, "--out", str(out)
    )
    with out.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == told["rows"]
    assert {line["unit"] for line in lines} == {"MPa"}
    assert lines[0]["time"].endswith("+08:00")
    return len(lines)
