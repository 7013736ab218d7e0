"""The form of a backup: files with their sizes and SHA-256, in a tar file or in a folder."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Protocol

import orjson
from pydantic import Field, ValidationError

from service.errors import BackupDamagedError, NewerBackupError, UnsafeBackupError
from telemetry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 64 * 2**20
_CHUNK = 2**20


class FileFacts(Settings):
    """By what a file is known again."""

    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(Settings):
    """What stands in a backup.

    Attributes:
        format: of the backup.
        program: version of the program that made it.
        made: when it was begun, ISO 8601.
        historian: folder of the readings in the data directory; empty where there are none.
        city: the city's file in the backup; empty where none was named.
        through: sequence up to which readings are in.
        lost: files that the catalogue lists and that were not on the disk any more.
        damaged: files that were no longer what the store had written, and are in as they were.
        files: all files but this one, by name.
    """

    format: int
    program: str
    made: str
    historian: str = ""
    city: str = ""
    through: int = 0
    lost: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    files: dict[str, FileFacts]


def read_manifest(content: bytes) -> Manifest:
    """A manifest from its bytes.

    Raises:
        NewerBackupError: a newer version wrote it.
        BackupDamagedError: it is none.
    """
    try:
        document = orjson.loads(content)
        found = document["format"]
        if isinstance(found, int) and found > FORMAT:
            raise NewerBackupError(
                f"this backup has format {found}, and this program knows {FORMAT}: restore it "
                "with the version that made it, or a newer one"
            )
        return Manifest.model_validate_json(content)
    except (orjson.JSONDecodeError, ValidationError, TypeError, KeyError) as error:
        raise BackupDamagedError(f"the backup's {MANIFEST} cannot be understood") from error


def safe_path(name: str) -> PurePosixPath:
    """The path of a file in a backup.

    Raises:
        UnsafeBackupError: it leads out of the folder that it would be restored to.
    """
    path = PurePosixPath(name)
    strange = not path.parts or path.is_absolute() or "\\" in name or "\0" in name
    if strange or ".." in path.parts or path.as_posix() != name:
        raise UnsafeBackupError(
            f"the backup names a file {name!r}, which leads out of its folder: it was not made by "
            "`baotu backup`, and nothing was restored"
        )
    return path


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; nothing at the end."""
        ...


class Writer(Protocol):
    """Takes the files of a backup, one after the other."""

    def add(self, name: str, stream: Readable, size: int) -> None:
        """Store the first ``size`` bytes of ``stream`` under a name."""
        ...


class TarWriter:
    """Writes a tar file, in the format of POSIX.1-2001."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.TarFile(path, "w", format=tarfile.PAX_FORMAT)

    def add(self, name: str, stream: Readable, size: int) -> None:
        """Store a file; see :class:`Writer`."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, stream)

    def close(self) -> None:
        """Nothing more comes."""
        self._tar.close()


@dataclass(frozen=True, slots=True)
class FolderWriter:
    """Writes files into a folder."""

    folder: Path

    def add(self, name: str, stream: Readable, size: int) -> None:
        """Store a file; see :class:`Writer`."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            copy_bytes(stream, out, size)


class Hashing:
    """Passes the bytes of a stream on and knows their checksums.

    Attributes:
        crc: CRC-32 of everything read.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.crc = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self._hash.update(data)
        self.crc = zlib.crc32(data, self.crc)
        return data

    def sha256(self) -> str:
        """Of everything read."""
        return self._hash.hexdigest()


def force_to_disk(path: Path) -> None:
    """Make a file, or a folder with everything in it, survive power loss."""
    if path.is_dir():
        for inner in path.iterdir():
            force_to_disk(inner)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def copy_bytes(stream: Readable, out: BinaryIO, size: int) -> None:
    """Copy ``size`` bytes.

    Raises:
        BackupDamagedError: the stream ends before.
    """
    left = size
    while left:
        data = stream.read(min(left, _CHUNK))
        if not data:
            raise BackupDamagedError("the backup ends in the middle of a file")
        out.write(data)
        left -= len(data)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup."""

    name: str
    size: int
    stream: Readable


def members(backup: Path) -> Iterator[Member]:
    """The files of a backup in turn; each stream is good until the next one is asked for.

    Raises:
        UnsafeBackupError: something in it is no ordinary file, or leads out of its folder.
        BackupDamagedError: it is no whole backup.
    """
    return _in_folder(backup) if backup.is_dir() else _in_tar(backup)


@dataclass(frozen=True, slots=True)
class _TarStream:
    """A file in a tar file that may end too early."""

    stream: Readable

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        try:
            return self.stream.read(size)
        except tarfile.TarError as error:
            raise BackupDamagedError("the backup ends in the middle of a file") from error


def _in_tar(backup: Path) -> Iterator[Member]:
    try:
        with tarfile.open(backup, "r:") as tar:
            for member in tar:
                if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE}:
                    raise _no_file(member.name)
                stream = tar.extractfile(member)
                if stream is not None:
                    yield Member(str(safe_path(member.name)), member.size, _TarStream(stream))
    except tarfile.TarError as error:
        raise BackupDamagedError(f"{backup} is no whole tar file: {error}") from error
    except OSError as error:
        raise BackupDamagedError(f"{backup} cannot be read: {error.strerror or error}") from error


def _in_folder(backup: Path) -> Iterator[Member]:
    for path in sorted(backup.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise _no_file(str(path))
        if path.is_file():
            with path.open("rb") as stream:
                yield Member(path.relative_to(backup).as_posix(), path.stat().st_size, stream)


def _no_file(name: str) -> UnsafeBackupError:
    return UnsafeBackupError(
        f"the backup holds {name!r}, which is no ordinary file: it was not made by "
        "`baotu backup`, and nothing was restored"
    )
