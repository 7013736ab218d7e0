"""Parquet files that say what they hold."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import orjson

from historian.embedded.files import duckdb_config
from historian.errors import StoreError, StoreFullError
from historian.exporting.csv_text import quality_words
from historian.exporting.table import NUMBERS, Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from historian.exporting.table import Shape
    from historian.reading.facts import PointFacts

_MEANINGS = {
    "time": "of the reading at its source, or the begin of the bucket; nanoseconds, UTC",
    "point": "name of the point",
    "kind": "what is measured; null where it is not known",
    "unit": "of all numbers of the row but the counts; null where there is none",
    "value": "null where there is none",
    "quality": "good, uncertain or bad",
    "reason": "why the quality is what it is",
    "min": "of the readings that are not bad, as mean, max and last",
    "count": "all readings of the bucket; 0 is a gap",
    "good": "readings that are not bad",
}

_TEXTS = ("point", "kind", "unit")
_WORD_COLUMNS = ("quality", "reason")
_WHOLE = {"count", "good"}

_WORDS: list[NDArray[Any]] = [
    np.array([quality_words(code)[part] for code in range(256)], dtype=object) for part in (0, 1)
]


class ParquetSink:
    """Writes pieces beside the file and puts them together at the end, in bounded memory.

    Args:
        path: of the file to make.
        shape: of the tables.
        facts: of each point, by number.

    Raises:
        OSError: there is no room beside the file.
    """

    def __init__(self, path: Path, shape: Shape, facts: Mapping[int, PointFacts]) -> None:
        self._path = path
        self._shape: Shape = shape
        self._numbers = np.array(sorted(facts), dtype=np.int32)
        ordered = [facts[number] for number in self._numbers.tolist()]
        self._facts: dict[str, NDArray[Any]] = {
            "point": np.array([one.name for one in ordered], dtype=object),
            "kind": np.array([one.kind for one in ordered], dtype=object),
            "unit": np.array([one.unit for one in ordered], dtype=object),
        }
        self._pieces = tempfile.TemporaryDirectory(dir=path.parent, prefix=".baotu-export-")
        self._duckdb = duckdb.connect(":memory:", config=duckdb_config(256))
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._duckdb.close()
        self._pieces.cleanup()

    def write(self, table: Table) -> None:
        """Write a piece; see :class:`historian.exporting.table.Sink`."""
        self._duckdb.register("piece", self._arrays(table))
        columns = ", ".join(_column(name) for name in self._columns())
        time = "make_timestamp_ns(time_ns)::TIMESTAMPTZ_NS AS time"
        # The names are our own.
        self._copy(f"SELECT {time}, {columns} FROM piece", self._piece(self._count))  # noqa: S608
        self._duckdb.unregister("piece")
        self._count += 1

    def finish(self) -> None:
        """Make one file of the pieces."""
        if not self._count:
            self.write(_empty(self._shape))
        pieces = [str(self._piece(number)) for number in range(self._count)]
        self._copy("SELECT * FROM read_parquet($pieces)", self._path, {"pieces": pieces})

    def _piece(self, number: int) -> Path:
        return Path(self._pieces.name) / f"{number}.parquet"

    def _columns(self) -> list[str]:
        words = _WORD_COLUMNS if self._shape == "readings" else ()
        return [*_TEXTS, *NUMBERS[self._shape], *words]

    def _arrays(self, table: Table) -> dict[str, NDArray[Any]]:
        index = np.searchsorted(self._numbers, table.point)
        arrays = {"time_ns": table.time, **table.numbers}
        arrays |= {name: texts[index] for name, texts in self._facts.items()}
        if table.quality is not None:
            arrays["quality"], arrays["reason"] = (words[table.quality] for words in _WORDS)
        return arrays

    def _copy(self, select: str, path: Path, values: dict[str, Any] | None = None) -> None:
        names = ("time", *self._columns())
        columns = orjson.dumps({name: _MEANINGS.get(name, "") for name in names}).decode()
        how = "FORMAT parquet, COMPRESSION zstd, KV_METADATA {columns: $columns, origin: 'baotu'}"
        try:
            self._duckdb.execute(
                f"COPY ({select}) TO $path ({how})",
                {**(values or {}), "path": str(path), "columns": columns},
            )
        except duckdb.Error as error:
            full = StoreFullError if "No space left" in str(error) else StoreError
            raise full(f"{path} cannot be written: {error}") from error


def _column(name: str) -> str:
    """A column with its type, which could not be told from a piece without rows."""
    if name in _WORD_COLUMNS:
        return f'"{name}"::VARCHAR AS "{name}"'
    if name in _TEXTS:
        return f'NULLIF("{name}", \'\')::VARCHAR AS "{name}"'
    return f'"{name}"::{"BIGINT" if name in _WHOLE else "DOUBLE"} AS "{name}"'


def _empty(shape: Shape) -> Table:
    nothing = np.empty(0, np.float64)
    numbers = {n: nothing if n not in _WHOLE else np.empty(0, np.int64) for n in NUMBERS[shape]}
    quality = np.empty(0, np.uint8) if shape == "readings" else None
    return Table(np.empty(0, np.int32), np.empty(0, np.int64), numbers, quality)
