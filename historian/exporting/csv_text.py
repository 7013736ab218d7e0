"""CSV, written from columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from historian.exporting.table import NUMBERS, Table
from historian.exporting.text import cell
from historian.reading.times import iso_texts
from historian.reading.words import REASON_BITS, REASON_WORDS, SEVERITY_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from numpy.typing import NDArray

    from historian.exporting.table import Shape
    from historian.reading.facts import PointFacts


def quality_words(code: int) -> tuple[str, str]:
    """The words for severity and reason of a quality byte."""
    severity = code >> REASON_BITS
    word = SEVERITY_WORDS[severity] if severity < len(SEVERITY_WORDS) else f"severity_{severity}"
    return word, REASON_WORDS[code & (2**REASON_BITS - 1)]


_QUALITIES = [",{},{}\n".format(*quality_words(code)).encode() for code in range(256)]


class CsvEncoder:
    """Makes lines of tables of one shape. Everything that is the same in many rows is made once.

    Args:
        shape: of the tables.
        facts: of each point, by number.
        zone: of the times.
    """

    def __init__(self, shape: Shape, facts: Mapping[int, PointFacts], zone: tzinfo) -> None:
        self._shape: Shape = shape
        self._zone = zone
        self._heads = {
            number: f",{cell(one.name)},{cell(one.kind)},{cell(one.unit)}".encode()
            for number, one in facts.items()
        }

    def header(self) -> bytes:
        """The line of column names."""
        names = ["time", "point", "kind", "unit", *NUMBERS[self._shape]]
        if self._shape == "readings":
            names += ["quality", "reason"]
        return ",".join(names).encode() + b"\n"

    def encode(self, table: Table) -> bytes:
        """The lines of a table."""
        times, offsets = iso_texts(table.time, self._zone)
        columns = [times, offsets, [self._heads[number] for number in table.point.tolist()]]
        for name in NUMBERS[self._shape]:
            columns += [[b","] * len(table), _texts(table.numbers[name])]
        if table.quality is None:
            columns.append([b"\n"] * len(table))
        else:
            columns.append([_QUALITIES[code] for code in table.quality.tolist()])
        pieces = [b""] * (len(columns) * len(table))
        for at, column in enumerate(columns):
            pieces[at :: len(columns)] = column
        return b"".join(pieces)


def _texts(column: NDArray[Any]) -> list[bytes]:
    """The shortest texts that read back as the same numbers; empty for NaN."""
    if not column.shape[0]:
        return []
    texts = orjson.dumps(column.copy(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
    return [b"" if text == b"null" else text for text in texts]
