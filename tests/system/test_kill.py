"""The whole service, killed in the middle of its work, and started again on the same folder."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.running import baotu, missing_samples

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.running import RunningService

pytestmark = [pytest.mark.system, pytest.mark.timeout(170)]

POINTS = ("north_02.pressure", "donghu.outlet.pressure")
DEAD = ("east_03.pressure", "west_04.pressure")
DEAD_SENSORS = "\n".join(
    f'[[fault]]\nat = "PT0S"\nkind = "dead_sensor"\ntarget = "{point}"\n' for point in DEAD
)
ALWAYS = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}


@dataclass
class Shown:
    """What the API has shown: readings by point, and what stands in the alarm list."""

    rows: dict[str, list[list[Any]]] = field(default_factory=dict)
    alarms: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, service: RunningService) -> Shown:
        alarms = service.get("/alarms", state="active", limit=1000)["items"]
        return cls(
            {p: service.get("/readings", point=p, **ALWAYS)["rows"] for p in POINTS},
            {a["id"]: (a["point"], a["state"], a["version"]) for a in alarms if a["point"] in DEAD},
        )


def newer_rows(service: RunningService, known: Shown) -> bool:
    """Whether each point has ten more readings than it had."""
    now = Shown.of(service).rows
    return all(len(now[point]) >= len(known.rows.get(point, ())) + 10 for point in POINTS)


def all_dead_sensors_ring(service: RunningService) -> bool:
    return {point for point, *_ in Shown.of(service).alarms.values()} == set(DEAD)


def acknowledge_one(service: RunningService) -> None:
    """Let somebody see the first dead sensor."""
    alarms = service.get("/alarms", state="active", limit=1000)["items"]
    alarm = next(a for a in alarms if a["point"] == DEAD[0])
    answer = service.http.post(
        f"/alarms/{alarm['id']}/acknowledge",
        json={"note": "seen", "version": alarm["version"]},
    )
    assert answer.status_code == 200, answer.text


def demo_options(folder: Path) -> tuple[str, ...]:
    script = folder / "dead_sensors.toml"
    script.write_text(DEAD_SENSORS)
    return ("demo", "--port", "0", "--speed", "60", "--script", str(script))


def test_what_the_api_has_shown_survives_kill_nine(tmp_path: Path) -> None:
    known = Shown()
    for start in range(4):  # three kills
        with baotu(*demo_options(tmp_path), folder=tmp_path) as service:
            found = Shown.of(service)
            for point, rows in known.rows.items():
                times = [row[0] for row in found.rows[point]]
                assert len(times) == len(set(times)), "no reading stands twice"
                assert found.rows[point][: len(rows)] == rows, "none is missing or changed"
            assert found.alarms.items() >= known.alarms.items(), "open alarms go on as they were"

            service.wait(partial(newer_rows, service, found), "readings come in again", 30)
            service.wait(partial(all_dead_sensors_ring, service), "both sensors ring", 60)
            assert missing_samples(service) == {}
            if start == 0:
                acknowledge_one(service)
            known = Shown.of(service)
            service.process.kill()
            service.process.wait()


def test_second_instance_on_one_folder_names_the_first_S11(tmp_path: Path) -> None:
    with baotu(*demo_options(tmp_path), folder=tmp_path) as service:
        second = subprocess.run(
            [sys.executable, "-m", "service", "run", _city(), "--data", str(service.data)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert f"process {service.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        assert service.get("/accounting"), "the first is not disturbed"


def test_term_under_load_ends_in_ten_seconds_and_well_S10(tmp_path: Path) -> None:
    with baotu(*demo_options(tmp_path), folder=tmp_path) as service:
        service.wait(lambda: newer_rows(service, Shown()), "readings come in", 30)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 10
        assert "dropped samples: 0" in service.log.read_text()


def _city() -> str:
    from config.bundled import example_city

    return str(example_city())
