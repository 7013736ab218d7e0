"""The program as its users start it, for tests that look at it from outside."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ADDRESS = re.compile(r"page +(http://\S+?)/\s")


class RunningService:
    """A `baotu` process with a page, and an operator's HTTP client for it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, data: Path) -> None:
        self.process = process
        self.log = log
        self.data = data
        self.address = str(self.wait(self._find_address, "the page answers", 60))
        token = (data / "token").read_text()
        self.http = httpx.Client(
            base_url=f"{self.address}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )

    def _find_address(self) -> str | None:
        found = _ADDRESS.search(self.log.read_text())
        return found[1] if found else None

    def wait(self, condition: Callable[[], Any], what: str, deadline_s: float) -> Any:
        """Ask until the answer is true; say what was waited for, and the log, if it never is."""
        end = time.monotonic() + deadline_s
        while True:
            found = condition()
            if found:
                return found
            log = self.log.read_text()[-3000:]
            assert time.monotonic() < end, f"{deadline_s} s in vain until {what}:\n{log}"
            assert self._lives_on(), f"ended while waiting until {what}:\n{log}"

    def _lives_on(self, look_s: float = 0.05) -> bool:
        """Whether the process is still there after a moment."""
        try:
            self.process.wait(look_s)
        except subprocess.TimeoutExpired:
            return True
        return False

    def get(self, path: str, **query: Any) -> Any:
        """An answer of the API."""
        answer = self.http.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    def stop(self) -> int:
        """Ask it to stop, as systemd does."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=12)


@contextmanager
def baotu(*arguments: str, folder: Path) -> Iterator[RunningService]:
    """Run `baotu …` with `--data folder/data` until the block ends."""
    data, log = folder / "data", folder / "log"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", *arguments, "--data", str(data)],
            stderr=stderr,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
    service = None
    try:
        service = RunningService(process, log, data)
        yield service
    finally:
        if service is not None:
            service.http.close()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def missing_samples(service: RunningService) -> dict[str, int]:
    """Paths whose identity does not hold, and by how many samples."""
    wrong = {}
    for path, figures in service.get("/accounting").items():
        explained = figures["stored"] + figures["buffered"]
        explained += sum(figures["rejected"].values()) + sum(figures["dropped"].values())
        if explained != figures["received"]:
            wrong[path] = figures["received"] - explained
    return wrong
