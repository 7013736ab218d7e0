"""Where lines go that the server refuses for good: a bounded file that people can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger()

MOST_BYTES = 1 << 20


class Quarantine:
    """Keeps refused lines, each behind a comment with the server's words.

    The file is line protocol itself, so that it can be mended and written again. Once it is full
    no more is kept; lines are counted as rejected all the same.

    Args:
        path: the file; made when the first line comes. None keeps nothing.
        most_bytes: bound of the file.
    """

    def __init__(self, path: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes

    def keep(self, lines: bytes, message: str) -> None:
        """Keep refused lines; blocks on the disk."""
        _log.warning(
            "the server refuses readings for good",
            samples=lines.count(b"\n"),
            first=lines.partition(b"\n")[0].decode(),
            reason=message,
            kept_in=str(self._path),
        )
        if self._path is None:
            return
        entry = b"# " + " ".join(message.split()).encode("utf-8", "replace") + b"\n" + lines
        try:
            self._append(self._path, entry)
        except OSError as error:
            # The account has them already; a full disk must not stop what can still be sent.
            _log.warning("refused lines cannot be kept", path=str(self._path), reason=str(error))

    def _append(self, path: Path, entry: bytes) -> None:
        with path.open("ab") as file:
            room = self._most_bytes - file.tell()
            whole = (
                entry if len(entry) <= room else entry[: entry.rfind(b"\n", 0, max(room, 0)) + 1]
            )
            file.write(whole)
