"""One export as it was asked for, and carried out."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from historian.errors import QueryError, StoreError
from historian.exporting.csv_text import CsvEncoder
from historian.exporting.export import Exported, export
from historian.exporting.formats import ENDINGS, Format
from historian.exporting.lines_text import LineText
from historian.exporting.parquet_file import ParquetSink
from historian.exporting.pieces import Grid
from historian.exporting.target import safe_name, whole_file
from historian.exporting.text_file import TextSink
from historian.reading.facts import facts_of
from historian.reading.times import length_ns, midnight_before, time_ns
from historian.reading.view import NEVER, look
from historian.reading.wanted import Wanted
from historian.retention import EVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from historian.exporting.table import Shape, Sink
    from historian.exporting.text_file import Encoder
    from historian.reading.city import CityFacts
    from historian.reading.facts import PointFacts
    from historian.reading.view import View


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported.

    Attributes:
        points: by name; empty means all that ``prefix`` and ``kind`` leave.
        prefix: names begin so.
        kind: the word of a kind, or the empty string for all.
        start: ISO 8601, or None for the first reading.
        end: ISO 8601, left out itself, or None for the newest reading.
        bucket: length of buckets, e.g. ``60s``; None writes the readings themselves.
        format: of the file.
    """

    points: tuple[str, ...] = ()
    prefix: str = ""
    kind: str = ""
    start: str | None = None
    end: str | None = None
    bucket: str | None = None
    format: Format = Format.CSV

    @property
    def shape(self) -> Shape:
        """Of the rows."""
        return "readings" if self.bucket is None else "buckets"

    def file_name(self) -> str:
        """A name for the file in a folder that somebody gave."""
        what = [*self.points[:3], self.prefix, self.kind, self.start, self.end, self.bucket]
        return safe_name("-".join(["baotu", *filter(None, what)]), ENDINGS[self.format])


def carry_out(
    root: Path,
    order: Order,
    city: CityFacts | None,
    out: Path | BinaryIO,
    progress: Callable[[float], None],
) -> Exported:
    """Write readings to a file, which has its name only when it is whole, or to a stream.

    Args:
        root: the historian's folder.
        order: what to write.
        city: adds units, zones and local time.
        out: the file, or a stream such as standard output.
        progress: told how much is done, 0 to 1.

    Raises:
        QueryError: the order cannot be understood.
        StoreError: readings cannot be read, or the file cannot be written.
    """
    with look(root, order.points or None) as view, _disk_explained(out):
        wanted, grid = _wanted(order, view, city)
        with _sink(order, _facts(view, wanted, city), city, out) as sink:
            return export(view, wanted, sink, grid, progress)


def _wanted(order: Order, view: View, city: CityFacts | None) -> tuple[Wanted, Grid | None]:
    """Which samples, and on which grid they are to be summed up."""
    zone = _zone(city)
    wanted = Wanted(
        _numbers(order, view, city),
        EVER if order.start is None else time_ns(order.start, zone),
        NEVER if order.end is None else time_ns(order.end, zone),
    )
    wanted = view.bounded(wanted)
    if order.bucket is None:
        return wanted, None
    return wanted, Grid(midnight_before(wanted.start, zone), length_ns(order.bucket))


def _zone(city: CityFacts | None) -> tzinfo:
    return UTC if city is None else city.timezone


def _numbers(order: Order, view: View, city: CityFacts | None) -> NDArray[np.int32]:
    if order.points:
        return np.unique(view.numbers(order.points))
    known = facts_of(view.names, view.listing.kinds, city)
    if order.kind and not any(facts.kind for facts in known):
        raise QueryError("the store does not know the kinds of its points: name the city, too")
    names = [
        facts.name
        for facts in known
        if facts.name.startswith(order.prefix) and order.kind in ("", facts.kind)
    ]
    if not names:
        which = f" of kind {order.kind}" if order.kind else ""
        raise QueryError(f"no point{which} has a name that begins with {order.prefix!r}")
    return np.unique(view.numbers(names))


def _facts(view: View, wanted: Wanted, city: CityFacts | None) -> dict[int, PointFacts]:
    """What is known of each wanted point, by number."""
    names = {number: name for name, number in view.listing.numbers.items()}
    numbers = wanted.points.tolist()
    known = facts_of([names[number] for number in numbers], view.listing.kinds, city)
    return dict(zip(numbers, known, strict=True))


@contextmanager
def _sink(
    order: Order, facts: Mapping[int, PointFacts], city: CityFacts | None, out: Path | BinaryIO
) -> Iterator[Sink]:
    """The sink for a file, which is renamed into place behind it, or for a stream."""
    if isinstance(out, Path):
        with whole_file(out) as draft, _file_sink(order, facts, city, draft) as sink:
            yield sink
    elif order.format is Format.PARQUET:
        # Its directory stands at the end and points back into the file: a stream has no back.
        with TemporaryDirectory() as folder:
            file = Path(folder) / "export.parquet"
            with ParquetSink(file, order.shape, facts) as sink:
                yield sink
            with file.open("rb") as whole:
                shutil.copyfileobj(whole, out)
    else:
        yield TextSink(out, _encoder(order, facts, city))


@contextmanager
def _file_sink(
    order: Order, facts: Mapping[int, PointFacts], city: CityFacts | None, path: Path
) -> Iterator[Sink]:
    if order.format is Format.PARQUET:
        with ParquetSink(path, order.shape, facts) as sink:
            yield sink
    else:
        with path.open("wb") as stream:
            yield TextSink(stream, _encoder(order, facts, city))


def _encoder(order: Order, facts: Mapping[int, PointFacts], city: CityFacts | None) -> Encoder:
    if order.format is Format.CSV:
        return CsvEncoder(order.shape, facts, _zone(city))
    if city is None or order.bucket is not None:
        raise QueryError(
            "line protocol needs the city, whose names it writes, and holds readings, not buckets"
        )
    return LineText(facts, city)


@contextmanager
def _disk_explained(out: Path | BinaryIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read our output has had enough of it
    except OSError as error:
        where = out if isinstance(out, Path) else "the output"
        raise StoreError(f"{where} cannot be written: {error.strerror or error}") from error
