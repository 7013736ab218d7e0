"""Backups of a data directory, made while the service runs.

The order is what makes the parts fit: records, then the journal, then the catalogue and its
files. Alarms go on from a place in the journal that the backup still has; and what the journal
lets go of while it is copied stands in a file that the later catalogue lists. So the restored
service is one that was killed at a moment after the backup was begun.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import orjson

from historian.journal.disk import sync_directory
from historian.reading.view import Folders, look
from service.archive import (
    FORMAT,
    MANIFEST,
    FileFacts,
    FolderWriter,
    Hashing,
    Manifest,
    TarWriter,
    force_to_disk,
)
from service.errors import BackupError
from service.places import refused_lines_file
from service.staging import stage_journal, stage_records, stage_store, staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from config.city import City
    from service.archive import Writer
    from service.staging import Staging

_LOOSE_FILES = ("city-time",)


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be backed up.

    Attributes:
        data: the data directory.
        historian: folder of the readings in it.
        city: adds its files, without those of secrets.
        made: when, ISO 8601.
    """

    data: Path
    historian: Path
    city: City | None
    made: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made.

    Attributes:
        manifest: what is in it.
        bytes: of all files.
        newest: time of its newest reading, ns; 0 without any.
    """

    manifest: Manifest
    bytes: int
    newest: int


def make_backup(source: Source, out: Path, progress: Callable[[float], None]) -> Backup:
    """Write a backup, which has its name only when it is whole; blocks on the disk.

    Args:
        source: of what.
        out: a name that ends in ``.tar`` makes one file, any other a folder.
        progress: told how much is done, 0 to 1.

    Raises:
        BackupError: it cannot be made.
        StoreError: the readings cannot be read.
    """
    if out.exists():
        raise BackupError(f"{out} exists already: name another, a backup replaces nothing")
    try:
        with staging(source.data) as stage:
            parts = _stage(stage, source)
            if not stage.sizes:
                raise BackupError(f"{source.data} holds nothing to back up: is it the right one?")
            with _written(out) as writer:
                manifest = _write(stage, writer, parts, progress)
            return Backup(manifest, sum(stage.sizes.values()), parts.newest)
    except OSError as error:
        where = error.filename or out
        raise BackupError(f"{where} cannot be written or read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the manifest says beside the files."""

    made: str
    historian: str
    city: str
    through: int = 0
    newest: int = 0
    lost: tuple[str, ...] = ()
    crcs: Mapping[str, int | None] = field(default_factory=dict)


def _stage(stage: Staging, source: Source) -> _Parts:
    stage_records(stage, source.data)
    for name in _LOOSE_FILES:
        stage.copy(name, source.data / name)
    city = _stage_city(stage, source.city)
    root, inner = source.data / source.historian, _inner(source.historian)
    stage.copy(str(inner / refused_lines_file(root).name), refused_lines_file(root))
    stage_journal(stage, root, inner)
    if not Folders(root).catalogue.exists():
        return _Parts(source.made, str(inner), city)
    listing, lost = stage_store(stage, root, inner)
    with look(stage.folder / inner) as view:
        newest = int(view.newest().time.max(initial=0))
        through = max(listing.through, view.tail.last)
    crcs = {str(inner / "store" / "segments" / one.file): one.crc for one in listing.files}
    return _Parts(source.made, str(inner), city, through, newest, tuple(lost), crcs)


def _inner(historian: Path) -> PurePosixPath:
    """The folder of the readings in the backup; a place outside of the data comes inside."""
    outside = historian.is_absolute() or ".." in historian.parts
    return PurePosixPath("historian" if outside else historian.as_posix())


def _stage_city(stage: Staging, city: City | None) -> str:
    """The city's files; returns the name of the first of them, ``city.toml``."""
    if city is None:
        return ""
    root = city.files[0].parent
    names = []
    for path in city.files:
        names.append(f"city/{path.relative_to(root).as_posix()}")
        stage.take(names[-1], path)
    return names[0]


@contextmanager
def _written(out: Path) -> Iterator[Writer]:
    """A writer of a draft beside ``out``, for its owner alone, renamed when the block ends well."""
    folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.", suffix=".draft"))
    try:
        draft = folder / "backup"
        if out.suffix == ".tar":
            with closing(TarWriter(draft)) as writer:
                yield writer
            draft.chmod(0o600)
        else:
            draft.mkdir(mode=0o700)
            yield FolderWriter(draft)
        force_to_disk(draft)
        draft.rename(out)
        sync_directory(out.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(
    stage: Staging, writer: Writer, parts: _Parts, progress: Callable[[float], None]
) -> Manifest:
    """Write all files and, last of all, what they are."""
    total, done = sum(stage.sizes.values()) or 1, 0
    files: dict[str, FileFacts] = {}
    damaged: list[str] = []
    for name, size in stage.sizes.items():
        with (stage.folder / name).open("rb") as stream:
            checked = Hashing(stream)
            writer.add(name, checked, size)
        files[name] = FileFacts(size=size, sha256=checked.sha256())
        if parts.crcs.get(name) not in (None, checked.crc):
            damaged.append(name)
        done += size
        progress(done / total)
    manifest = Manifest(
        format=FORMAT,
        program=version("baotu"),
        made=parts.made,
        historian=parts.historian,
        city=parts.city,
        through=parts.through,
        lost=parts.lost,
        damaged=tuple(damaged),
        files=files,
    )
    content = orjson.dumps(manifest.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
    writer.add(MANIFEST, BytesIO(content), len(content))
    return manifest
