"""Other time-series servers as references, where this machine has them installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PATIENCE_S = 30.0
_LOOK_S = 0.05


@contextmanager
def influxd(folder: Path) -> Iterator[str | None]:
    """Run InfluxDB 1.x with a database ``bench``; gives its address, or None without one."""
    program = shutil.which("influxd")
    if program is None:
        yield None
        return
    port, other = _free_port(), _free_port()
    environment = {
        "INFLUXDB_REPORTING_DISABLED": "true",
        "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{other}",
        "INFLUXDB_META_DIR": str(folder / "meta"),
        "INFLUXDB_DATA_DIR": str(folder / "data"),
        "INFLUXDB_DATA_WAL_DIR": str(folder / "wal"),
        "INFLUXDB_DATA_QUERY_LOG_ENABLED": "false",
        # It would keep what it was given uncompressed for minutes and merge it after hours.
        "INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION": "1s",
        "INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION": "1s",
        "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{port}",
        "INFLUXDB_HTTP_LOG_ENABLED": "false",
        "INFLUXDB_MONITOR_STORE_ENABLED": "false",
    }
    with _running([program], environment, f"http://127.0.0.1:{port}/ping") as address:
        httpx.post(f"{address}/query", data={"q": "CREATE DATABASE bench"}).raise_for_status()
        yield address


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[str | None]:
    """Run VictoriaMetrics; gives its address, or None where there is none."""
    program = shutil.which("victoria-metrics")
    if program is None:
        yield None
        return
    port = _free_port()
    command = [
        program,
        f"-storageDataPath={folder / 'victoria'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
    ]
    with _running(command, {}, f"http://127.0.0.1:{port}/health") as address:
        yield address


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str], health: str) -> Iterator[str]:
    server = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(server, health)
        yield health.rpartition("/")[0]
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], health: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(health).is_success:
                return
        except httpx.TransportError:
            with suppress(subprocess.TimeoutExpired):
                server.wait(_LOOK_S)
    raise RuntimeError(f"{server.args!r} did not answer at {health}")


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port
