"""CSV as spreadsheets save it: any usual encoding, any usual delimiter, each row with its line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.problems import Place, Problems, did_you_mean, listed, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from config.positions import KeyPath

MOST_ROWS = 500_000
_DELIMITERS = ",;\t"
# Excel in China saves CSV as GB 18030 (of which GBK is a part); "Unicode text" is UTF-16.
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The rows of a spreadsheet.

    Attributes:
        file: relative to the city's folder.
        rows: the cells that are not empty, by column name.
        lines: for each row, the line on which it begins.
        whole: False when not all rows could be read.
    """

    file: Path
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]
    whole: bool = True

    def place(self, path: KeyPath) -> Place:
        """Where a row stands; ``path`` is its index, then perhaps a column name."""
        row = path[0] if path else 0
        return Place(self.file, self.lines[row]) if isinstance(row, int) else Place(self.file)


def read_sheet(
    content: bytes,
    file: Path,
    columns: Collection[str],
    required: Collection[str],
    problems: Problems,
) -> Sheet:
    """Read a CSV file whose first row names the columns.

    Args:
        content: UTF-8 (with or without byte order mark), UTF-16 with mark, or GB 18030; cells
            parted by comma, semicolon or tab, quoted where needed.
        file: named in problems.
        columns: all columns that may stand in it.
        required: those that must.
        problems: where everything that is wrong is noted.

    Returns:
        The rows that could be read; none when the header is wrong.
    """
    before = len(problems)
    records = list(_records(_decoded(content, file, problems), file, problems))
    if not records:
        if len(problems) == before:
            problems.add(Place(file), "the file is empty", expected="a header row")
        return Sheet(file, (), (), whole=False)
    (header_line, header), *body = records
    names = _column_names(header)
    if not _header_is_right(names, Place(file, header_line), columns, required, problems):
        return Sheet(file, (), (), whole=False)
    rows, lines = [], []
    for line, cells in body:
        if _fits(cells, len(header), Place(file, line), problems):
            filled = zip(names, cells, strict=False)
            rows.append({name: cell.strip() for name, cell in filled if cell.strip()})
            lines.append(line)
    return Sheet(file, tuple(rows), tuple(lines), whole=len(problems) == before)


def _column_names(header: list[str]) -> list[str]:
    """The header's names; spreadsheets write empty columns at the right, which mean nothing."""
    names = [name.strip().lower() for name in header]
    while names and not names[-1]:
        names.pop()
    return names


def _decoded(content: bytes, file: Path, problems: Problems) -> str:
    utf_16 = content.startswith(_UTF_16_MARKS)
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    problems.add(
        Place(file), "the text is neither UTF-8 nor GB 18030", hint="save it as 'CSV UTF-8'"
    )
    return ""


def _records(text: str, file: Path, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with the line on which they begin."""
    first_line = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for count, cells in enumerate(reader):
            if count > MOST_ROWS:
                problems.add(Place(file, line), f"the file has more than {MOST_ROWS} rows")
                return
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(
            Place(file, line),
            f"the row cannot be read: {error}",
            hint="a quoted cell must be closed, and a quote inside it doubled",
        )


def _header_is_right(
    names: list[str],
    place: Place,
    columns: Collection[str],
    required: Collection[str],
    problems: Problems,
) -> bool:
    before = len(problems)
    for name in dict.fromkeys(name for name in names if name not in columns):
        hint = did_you_mean(name, columns)
        expected = "" if hint else one_of(columns)
        problems.add(place, f"unknown column {name!r}", expected=expected, hint=hint)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        problems.add(place, f"column {name!r} stands twice")
    missing = [name for name in required if name not in names]
    if missing and len(problems) == before:
        problems.add(place, f"missing column {listed(missing)}")
    return len(problems) == before


def _fits(cells: list[str], columns: int, place: Place, problems: Problems) -> bool:
    if len(cells) <= columns:
        return True
    problems.add(
        place,
        f"the row has {len(cells)} cells",
        expected=f"{columns}, as in the header",
        hint="put a text that holds the delimiter in quotes",
    )
    return False
