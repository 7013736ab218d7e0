"""How long a newcomer waits for the first live values of the demo."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time

from bench.rows import Row, alternated, row

_SAID = re.compile(r"first live values after ([\d.]+) s")
_LIBRARIES = "import asyncua, duckdb, fastapi, numpy, pymodbus.server, sqlalchemy, uvicorn"


def measure() -> list[Row]:
    """Seconds from the command to the first live values."""
    mine, theirs = alternated(_demo, _bare_python)
    goal = "first live values in under 10 s (the reference only imports the libraries)"
    return [row("start of baotu demo", mine, theirs, "s", goal, met=mine < 10)]


def _demo() -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "demo", "--port", "0", "--data", folder],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            return next(
                time.monotonic() - began for line in process.stderr or () if _SAID.search(line)
            )
        finally:
            process.terminate()
            process.communicate()


def _bare_python() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", _LIBRARIES], check=True)
    return time.monotonic() - began
