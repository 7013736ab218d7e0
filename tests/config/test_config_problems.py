"""Problems are printed for people and given as JSON to programs."""

from __future__ import annotations

from pathlib import Path

from config.problems import Place, Problem, Problems, did_you_mean, problems_as_json, report

CITY = Path("city.toml")
PROBLEM = Problem(CITY, 12, 3, "port 'abc' is no whole number", "1 to 65535", "did you mean 'x'?")
TEXT = "city.toml:12: port 'abc' is no whole number; expected 1 to 65535; did you mean 'x'?"


def test_report_has_one_line_a_problem() -> None:
    assert report([PROBLEM, Problem(CITY, None, None, "the file is empty")]) == (
        f"{TEXT}\ncity.toml: the file is empty"
    )


def test_problem_as_json_names_every_part() -> None:
    assert problems_as_json([PROBLEM]) == [
        {
            "file": "city.toml",
            "line": 12,
            "column": 3,
            "what": "port 'abc' is no whole number",
            "expected": "1 to 65535",
            "hint": "did you mean 'x'?",
            "text": TEXT,
        }
    ]


def test_problems_stand_in_the_order_of_files_and_lines() -> None:
    problems = Problems()
    for name, line in (("b.toml", 2), ("a.csv", 9), ("b.toml", 1), ("city.toml", 5)):
        problems.add(Place(Path(name), line), "wrong")

    found = [str(problem) for problem in problems.in_order(CITY)]

    assert found == ["city.toml:5: wrong", "b.toml:1: wrong", "b.toml:2: wrong", "a.csv:9: wrong"]


def test_same_problem_is_kept_once() -> None:
    problems = Problems()
    problems.add(Place(CITY, 1), "wrong", hint="first")
    problems.add(Place(CITY, 1), "wrong", hint="second")

    assert [problem.hint for problem in problems.in_order(CITY)] == ["first"]


def test_near_word_is_offered_and_a_far_one_is_not() -> None:
    assert did_you_mean("Prot", ["port", "host"]) == "did you mean 'port'?"
    assert did_you_mean("banana", ["port", "host"]) == ""
