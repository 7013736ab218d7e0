"""Every promise of README and docs names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PROMISES = _TEST.findall((ROOT / "docs" / "promises.md").read_text())


def _functions(file: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)}


def test_there_are_promises() -> None:
    assert len(PROMISES) >= 20


@pytest.mark.parametrize(("file", "name"), PROMISES, ids=[name for _, name in PROMISES])
def test_promise_names_a_test_that_exists(file: str, name: str) -> None:
    assert name in _functions(ROOT / file)
