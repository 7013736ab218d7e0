"""Files are read only inside the city's folder, and only as far as is sensible."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import reading
from config.problems import Place, Problems
from config.reading import CityFolder

NAMED_AT = Place(Path("city.toml"), 3)


@pytest.fixture
def folder(tmp_path: Path) -> CityFolder:
    (tmp_path / "city").mkdir()
    return CityFolder((tmp_path / "city").resolve(), Problems())


def told(folder: CityFolder) -> list[str]:
    return [str(problem) for problem in folder.problems.in_order(Path("city.toml"))]


def test_file_beyond_the_limit_is_refused_H9(folder: CityFolder) -> None:
    (folder.root / "large.csv").write_bytes(b"x" * 101)

    assert folder.read(Path("large.csv"), 100, NAMED_AT) is None
    assert told(folder) == ["large.csv: the file is too large; expected at most 9.53674e-05 MiB"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "x = " + "[" * 4_000,
            "big.toml: lists or tables are nested too deeply",
            id="nested lists",
        ),
        pytest.param(
            "a." * 5_000 + "b = 1",
            "big.toml:1: the line is too long; expected at most 8192 characters",
            id="a key of five thousand parts",
        ),
        pytest.param(
            "x = " + "9" * 5_000,
            "big.toml: an integer has too many digits",
            id="an integer of five thousand digits",
        ),
    ],
)
def test_file_made_to_exhaust_the_parser_is_refused_H9(
    folder: CityFolder, text: str, sentence: str
) -> None:
    (folder.root / "big.toml").write_text(text, encoding="utf-8")

    assert folder.toml(Path("big.toml"), NAMED_AT) is None
    assert told(folder) == [sentence]


def test_large_toml_file_is_refused_H9(folder: CityFolder) -> None:
    (folder.root / "big.toml").write_bytes(b"#\n" * (reading.MOST_TOML_BYTES // 2) + b"#")

    assert folder.toml(Path("big.toml"), NAMED_AT) is None
    assert told(folder) == ["big.toml: the file is too large; expected at most 1 MiB"]


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/hostname", "a/../../secret.csv"])
def test_path_that_leads_out_of_the_folder_is_refused_H5(folder: CityFolder, name: str) -> None:
    (folder.root.parent / "secret.csv").write_text("x", encoding="utf-8")

    assert folder.read(Path(name), 100, NAMED_AT) is None
    assert folder.files == []
    assert told(folder)[0].startswith(f"city.toml:3: {name!r} leads out of the city's folder")


def test_link_that_leads_out_of_the_folder_is_refused_H5(folder: CityFolder) -> None:
    (folder.root.parent / "secret.csv").write_text("x", encoding="utf-8")
    (folder.root / "link.csv").symlink_to(folder.root.parent / "secret.csv")

    assert folder.read(Path("link.csv"), 100, NAMED_AT) is None
    assert told(folder)[0].startswith("city.toml:3: 'link.csv' leads out of the city's folder")


def test_link_inside_the_folder_is_followed(folder: CityFolder) -> None:
    (folder.root / "real.csv").write_text("x", encoding="utf-8")
    (folder.root / "link.csv").symlink_to("real.csv")

    assert folder.read(Path("link.csv"), 100, NAMED_AT) == b"x"


def test_pattern_that_leads_out_of_the_folder_is_refused_H5(folder: CityFolder) -> None:
    (folder.root.parent / "secret.toml").write_text("x = 1", encoding="utf-8")

    assert folder.matching("../*.toml", NAMED_AT) == []
    assert told(folder)[0].startswith("city.toml:3: '../*.toml' leads out of the city's folder")


def test_pipe_in_place_of_a_file_is_refused_and_not_waited_for(folder: CityFolder) -> None:
    os.mkfifo(folder.root / "pipe.csv")

    assert folder.read(Path("pipe.csv"), 100, NAMED_AT) is None
    assert told(folder) == ["city.toml:3: 'pipe.csv' is no ordinary file"]


def test_null_character_in_a_file_name_is_a_problem_not_a_crash(folder: CityFolder) -> None:
    assert folder.matching("a\0b", NAMED_AT) == []
    assert told(folder) == ["city.toml:3: a file name holds a null character"]


def test_file_with_byte_order_mark_and_lines_of_windows_keeps_its_lines(
    folder: CityFolder,
) -> None:
    (folder.root / "w.toml").write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")

    document = folder.toml(Path("w.toml"), NAMED_AT)

    assert document is not None
    assert document.table == {"a": 1, "b": 2}
    assert document.place(("b",)) == Place(Path("w.toml"), 2, 1)
    assert document.place(("b", "missing")) == Place(Path("w.toml"), 2, 1)
