"""received = stored + buffered + rejected + dropped, on every path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.accounting import Accounting, PathFigures

steps = st.lists(
    st.tuples(st.sampled_from(["store", "reject", "drop", "wait"]), st.integers(0, 1_000))
)


@given(steps)
def test_the_identity_holds_when_every_sample_goes_somewhere(steps: list[tuple[str, int]]) -> None:
    waiting = 0
    account = Accounting().open("modbus:lvyou", lambda: waiting)
    for fate, samples in steps:
        account.receive(samples)
        match fate:
            case "store":
                account.store(samples)
            case "reject":
                account.reject(samples, f"reason {samples % 3}")
            case "drop":
                account.drop(samples, "full")
            case _:
                waiting += samples
    figures = account.figures()
    assert figures.missing == 0
    assert figures.received == sum(samples for _, samples in steps)
    assert figures.buffered == waiting


def test_a_sample_that_went_nowhere_is_missing() -> None:
    account = Accounting().open("p")
    account.receive(10)
    account.store(4)
    account.reject(3, "type")
    account.drop(1, "full")
    assert account.figures() == PathFigures(10, 4, 0, {"type": 3}, {"full": 1})
    assert account.figures().missing == 2


def test_a_sample_counted_twice_shows_as_well() -> None:
    account = Accounting().open("p")
    account.receive(1)
    account.store(2)
    assert account.figures().missing == -1


def test_figures_are_a_copy_of_one_instant() -> None:
    account = Accounting().open("p")
    account.reject(1, "type")
    before = account.figures()
    account.reject(1, "type")
    assert before.rejected == {"type": 1}


def test_a_path_is_opened_once() -> None:
    accounting = Accounting()
    accounting.open("p")
    with pytest.raises(ValueError, match="'p' is open already"):
        accounting.open("p")


def test_all_paths_are_listed() -> None:
    accounting = Accounting()
    accounting.open("a").receive(1)
    accounting.open("b", lambda: 5)
    assert {name: f.missing for name, f in accounting.figures().items()} == {"a": 1, "b": -5}
