"""The serving process: what it knows, how it is kept alive, how it ends."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from feed.settings import FeedSettings
from service.feeding import FeedChild, last_words, serve_child
from telemetry.supervision import Backoff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.feed.town import Town

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

SERVE = (sys.executable, "-m", "service", "feed", "serve")
WAYS_OUT = {
    "alarms",
    "asyncua",
    "collectors",
    "config",
    "console",
    "duckdb",
    "influxdb_client",
    "paho",
    "pymodbus",
    "simulators",
    "sqlalchemy",
}
"""What could reach a device, a store or a record; a server of files has no use for any."""


@pytest.fixture
async def published(town: Town) -> Path:
    await town.usual()
    await town.publisher().publish(town.clock.now())
    return town.folder


async def test_the_serving_process_knows_nothing_but_its_folder(published: Path) -> None:
    said = published.parent / "imports"
    with said.open("wb") as imports:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "importtime", *SERVE[1:]),
            *("--folder", str(published), "--port", "0", "--until-eof"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=imports,
        )
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient(base_url=address) as client:
        for path in ("/", "/v1/latest.json", "/v1/days/2026-11-24.csv"):
            assert (await client.get(path)).status_code == 200
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0
    imported = {
        line.rpartition("|")[2].strip()
        for line in said.read_text().splitlines()
        if line.startswith("import time:")
    }
    assert {"feed.serving", "uvicorn"} <= imported
    assert {name.partition(".")[0] for name in imported} & WAYS_OUT == set()
    # The command line itself knows the names of roles and formats, and no more of those rooms.
    assert not {"historian.store", "historian.queries", "records.opening"} & imported


def test_the_server_can_be_had_without_any_other_room() -> None:
    code = (
        "import sys, feed.serving; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    imported = set(done.stdout.split())
    assert "feed" in imported
    assert imported & (WAYS_OUT | {"historian", "records", "service"}) == set()


async def test_the_feed_is_served_from_a_copy_of_the_folder_by_the_real_command(
    published: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "dmz"
    shutil.copytree(published, copy)
    process = await asyncio.create_subprocess_exec(
        *(*SERVE, "--folder", str(copy), "--port", "0", "--requests-per-minute", "5"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient(base_url=address) as client:
        latest = await client.get("/v1/latest.json")
        assert latest.json()["title"]["zh"] == "泉城"
        # Its real clock is far from the city's, or this folder would be up to date.
        assert latest.json()["stale"] is (latest.json()["values"][0]["value"] is None)
        etag = {"If-None-Match": latest.headers["etag"]}
        assert (await client.get("/v1/latest.json", headers=etag)).status_code == 304
        codes = [(await client.get("/v1/days")).status_code for _ in range(5)]
        assert codes[-1] == 429
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [*SERVE, "--folder", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "there is no folder" in done.stderr
    assert "Traceback" not in done.stderr


class Told:
    """Keeps the addresses that were told."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def __call__(self, address: str) -> None:
        self.addresses.append(address)


@asynccontextmanager
async def kept_running(child: FeedChild, told: Told) -> AsyncIterator[None]:
    pauses = Backoff(first_s=0.05, most_s=0.2, rng=random.Random(1))
    task = asyncio.create_task(serve_child(child, told, pauses))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def children() -> list[psutil.Process]:
    """Serving processes that were started by this one and live."""
    return [
        one
        for one in psutil.Process().children()
        if one.status() != psutil.STATUS_ZOMBIE and "feed" in one.cmdline()
    ]


async def test_a_serving_process_that_dies_is_started_again_and_ends_with_us(
    published: Path, eventually: Callable[..., Any]
) -> None:
    told = Told()
    child = FeedChild(published, FeedSettings(port=0), published.parent / "feed.log")
    async with kept_running(child, told), httpx.AsyncClient() as client:
        await eventually(lambda: len(told.addresses) == 1, "it answers")
        assert (await client.get(f"{told.addresses[0]}/v1/meta.json")).status_code == 200
        (first,) = children()
        first.kill()
        await eventually(lambda: len(told.addresses) == 2, "another answers")
        assert (await client.get(f"{told.addresses[1]}/v1/meta.json")).status_code == 200
        (second,) = children()
        assert second.pid != first.pid
    assert children() == []


async def test_a_port_that_is_taken_is_tried_again_and_in_a_demo_another_is_taken(
    published: Path, eventually: Callable[..., Any]
) -> None:
    log = published.parent / "feed.log"
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        settings = FeedSettings(port=taken)
        demo, earnest = Told(), Told()
        async with kept_running(FeedChild(published, settings, log, any_port=True), demo):
            await eventually(lambda: demo.addresses, "the demo's answers elsewhere")
            assert not demo.addresses[0].endswith(f":{taken}")
        async with kept_running(FeedChild(published, settings, log), earnest):
            await eventually(
                lambda: log.exists() and "cannot listen" in log.read_text(), "it says why"
            )
            assert earnest.addresses == []
            other.close()
            await eventually(lambda: earnest.addresses, "the port is free and it answers")
            assert earnest.addresses == [f"http://127.0.0.1:{taken}"]


TRACEBACK = """
  + Exception Group Traceback (most recent call last):
  |   File "feed/serving.py", line 60, in serve_feed
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "feed/shelf.py", line 12, in refresh
    | OSError: [Errno 5] Input/output error
    +------------------------------------
"""


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("", ""),
        ("the public feed cannot listen\n", "the public feed cannot listen"),
        (TRACEBACK, "OSError: [Errno 5] Input/output error"),
    ],
    ids=["nothing", "a sentence", "a traceback"],
)
def test_of_what_a_dead_serving_process_wrote_the_error_is_told(said: str, last: str) -> None:
    assert last_words(said) == last


PARENT = """
import asyncio, sys
from pathlib import Path
from feed.settings import FeedSettings
from service.feeding import FeedChild, serve_child
folder = Path(sys.argv[1])
child = FeedChild(folder, FeedSettings(port=0), folder.parent / "feed.log")
asyncio.run(serve_child(child, lambda address: print(address, flush=True)))
"""


async def test_a_service_that_is_killed_takes_its_serving_process_along(
    published: Path, eventually: Callable[..., Any]
) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(published)), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    assert (await parent.stdout.readline()).startswith(b"http://")
    (child,) = psutil.Process(parent.pid).children()
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    await eventually(lambda: not child.is_running(), "the serving process has ended")
