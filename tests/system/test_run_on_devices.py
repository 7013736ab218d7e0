"""`baotu run` on devices that some other process serves, as at a utility."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from config.bundled import example_city
from tests.system.running import RunningService, baotu, missing_samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE_OF_EACH = ("donghu.outlet.pressure", "lvyou.outlet.pressure", "north_01.pressure")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _city_on_free_ports(folder: Path) -> Path:
    """The example city, its devices moved to ports that are free here."""
    shutil.copytree(example_city().parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "city.toml"
    text = file.read_text()
    used = sorted(set(re.findall(r"\b15[1-8]\d\d\b", text)))
    for old, new in zip(used, _free_ports(len(used)), strict=True):
        text = text.replace(old, str(new))
    file.write_text(text)
    return file


@contextmanager
def _devices(city: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "simulate", str(city), "--until-eof"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        assert any(line.startswith("serving") for line in process.stderr)
        yield process
    finally:
        process.communicate(timeout=20)


def _token(data: Path) -> None:
    command = (sys.executable, "-m", "service", "user", "token", "test", "--data", str(data))
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    (data / "token").write_text(made.stdout.strip())


def _all_good(service: RunningService) -> bool:
    items = service.get("/latest", point=list(ONE_OF_EACH))["items"]
    return [item["quality"] for item in items] == ["good"] * len(ONE_OF_EACH)


@pytest.mark.system
@pytest.mark.timeout(120)
def test_service_reads_devices_of_another_process_and_stops_cleanly(tmp_path: Path) -> None:
    city = _city_on_free_ports(tmp_path / "city")
    data = tmp_path / "service" / "data"
    data.mkdir(parents=True)
    _token(data)
    with (
        _devices(city) as devices,
        baotu("run", str(city), "--port", "0", folder=tmp_path / "service") as service,
    ):
        service.wait(lambda: _all_good(service), "Modbus and OPC UA points are good", 40)
        rows = service.get("/devices")["items"]
        assert len(rows) == 14
        assert service.wait(
            lambda: all(row["connected"] for row in service.get("/devices")["items"]),
            "every device answers, the meters' broker included",
            20,
        )
        assert missing_samples(service) == {}
        assert service.stop() == 0
        assert devices.poll() is None
