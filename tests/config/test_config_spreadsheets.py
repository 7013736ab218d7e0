"""Spreadsheets are read however a spreadsheet program saved them."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.problems import Problems
from config.spreadsheets import MOST_ROWS, Sheet, read_sheet

FILE = Path("points.csv")
COLUMNS = ("name", "title", "unit")
TEXT = "name,title,unit\na,压力,m³\nb,水位,m\n"


def read(content: bytes) -> tuple[Sheet, list[str]]:
    problems = Problems()
    sheet = read_sheet(content, FILE, COLUMNS, ("name",), problems)
    return sheet, [str(problem) for problem in problems.in_order(FILE)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TEXT.encode(), id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + TEXT.encode(), id="utf-8 with byte order mark"),
        pytest.param(TEXT.encode("gb18030"), id="gb18030, as Excel in China saves it"),
        pytest.param(TEXT.encode("utf-16"), id="utf-16, as Excel's Unicode text"),
        pytest.param(TEXT.replace(",", ";").encode(), id="semicolons"),
        pytest.param(TEXT.replace(",", "\t").encode("utf-16"), id="tabs"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), id="lines of Windows"),
        pytest.param((TEXT + "\n,,\n  , ,\n\n").encode(), id="empty rows at the end"),
        pytest.param(TEXT.replace("\n", ",,\n").encode(), id="empty columns at the right"),
        pytest.param(TEXT.replace("压力", '"压力"').encode(), id="quoted cells"),
        pytest.param(TEXT.replace("name,title", " Name , TITLE").encode(), id="header in capitals"),
    ],
)
def test_sheet_is_read(content: bytes) -> None:
    sheet, told = read(content)

    assert told == []
    assert sheet.rows == (
        {"name": "a", "title": "压力", "unit": "m³"},
        {"name": "b", "title": "水位", "unit": "m"},
    )
    assert sheet.lines == (2, 3)
    assert sheet.whole


def test_row_after_a_cell_of_two_lines_keeps_its_line() -> None:
    sheet, _ = read(b'name,title\na,"two\nlines"\n\nb,one\n')

    assert sheet.lines == (2, 5)


def test_row_knows_its_line_only_if_it_is_a_row() -> None:
    sheet, _ = read(TEXT.encode())

    assert str(sheet.place((1, "unit"))) == "points.csv:3"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "points.csv: the file is empty; expected a header row"),
        (b"title\nx\n", "points.csv:1: missing column name"),
        (b"name,units\n", "points.csv:1: unknown column 'units'; did you mean 'unit'?"),
        (
            b"name,colour\n",
            "points.csv:1: unknown column 'colour'; expected one of name, title, unit",
        ),
        (b"name,name\n", "points.csv:1: column 'name' stands twice"),
        (
            b"name\na,b\n",
            "points.csv:2: the row has 2 cells; expected 1, as in the header; "
            "put a text that holds the delimiter in quotes",
        ),
        (
            b'name,title\n\na,"b',
            "points.csv:3: the row cannot be read: unexpected end of data; "
            "a quoted cell must be closed, and a quote inside it doubled",
        ),
        (
            b"name\n\xff\xff\xff\n",
            "points.csv: the text is neither UTF-8 nor GB 18030; save it as 'CSV UTF-8'",
        ),
    ],
)
def test_sheet_that_cannot_be_read_says_why(content: bytes, told: str) -> None:
    sheet, sentences = read(content)

    assert sentences == [told]
    assert not sheet.whole


def test_endless_sheet_is_not_read_to_its_end_H9() -> None:
    sheet, told = read(b"name\n" + b"a\n" * (MOST_ROWS + 1))

    assert told == [f"points.csv:{MOST_ROWS + 2}: the file has more than {MOST_ROWS} rows"]
    assert not sheet.whole


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cf"]))


@given(st.lists(st.tuples(cells.filter(bool), cells, cells), max_size=5), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read_back(
    rows: list[tuple[str, str, str]], delimiter: str
) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([COLUMNS, *rows])

    sheet, told = read(stream.getvalue().encode())

    assert told == []
    kept = [{c: t for c, t in zip(COLUMNS, row, strict=True) if t} for row in rows]
    assert list(sheet.rows) == kept
