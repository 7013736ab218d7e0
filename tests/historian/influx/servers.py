"""Real servers that understand line protocol, started on free loopback ports."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from tests.interop.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def influxd(folder: Path, port: int | None = None, *, auth: bool = False) -> Iterator[str]:
    """An InfluxDB 1.6.7 that keeps its files in ``folder``; gives its address."""
    port = port or free_port()
    environment = {
        **os.environ,
        "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{port}",
        "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{free_port()}",
        "INFLUXDB_DATA_DIR": str(folder / "data"),
        "INFLUXDB_META_DIR": str(folder / "meta"),
        "INFLUXDB_DATA_WAL_DIR": str(folder / "wal"),
        "INFLUXDB_REPORTING_DISABLED": "true",
        "INFLUXDB_MONITOR_STORE_ENABLED": "false",
        "INFLUXDB_HTTP_LOG_ENABLED": "false",
        "INFLUXDB_HTTP_AUTH_ENABLED": str(auth).lower(),
    }
    with _running([program("influxd", "influxdb")], environment):
        yield _answering(f"http://127.0.0.1:{port}", "/ping")


@contextmanager
def victoria(folder: Path) -> Iterator[str]:
    """A VictoriaMetrics that keeps its files in ``folder``; gives its address."""
    port = free_port()
    command = [
        program("victoria-metrics", "victoria-metrics"),
        f"-storageDataPath={folder}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-search.latencyOffset=0s",
    ]
    with _running(command, dict(os.environ)):
        yield _answering(f"http://127.0.0.1:{port}", "/health")


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        server.terminate()
        server.wait(30)


def _answering(url: str, path: str) -> str:
    """Wait until the server answers; it refuses connections until then."""
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(transport=transport, timeout=1.0) as client:
        for _ in range(400):
            try:
                client.get(url + path)
            except httpx.TransportError:
                _pause(0.05)
            else:
                return url
    raise AssertionError(f"{url} never answered")


def _pause(seconds: float) -> None:
    """Wait for a process of somebody else, which announces nothing."""
    with socket.socket() as nobody:
        nobody.settimeout(seconds)
        nobody.bind(("127.0.0.1", 0))
        nobody.listen()
        try:
            nobody.accept()
        except TimeoutError:
            return
