"""What a measurement says, and how it is printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its reference.

    Attributes:
        path: what was measured.
        ours: our figure.
        reference: the reference's figure, in the same unit, measured in the same run.
        unit: of both.
        ratio: ours over reference.
        goal: what is to be reached, as a sentence.
        met: whether it was.
    """

    path: str
    ours: float
    reference: float
    unit: str
    ratio: float
    goal: str
    met: bool


def row(path: str, ours: float, reference: float, unit: str, goal: str, *, met: bool) -> Row:
    """A row with its ratio."""
    return Row(path, ours, reference, unit, ours / reference, goal, met)


def alternated(
    ours: Callable[[], float], reference: Callable[[], float], rounds: int = 3
) -> tuple[float, float]:
    """Medians of both, measured in turns so that a busy machine hits both alike.

    Args:
        ours: runs once and returns its figure.
        reference: the same for the reference.
        rounds: how often each.
    """
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(ours())
        theirs.append(reference())
    return median(mine), median(theirs)


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """The document of ``baotu bench --json``."""
    return {"rows": [asdict(one) for one in rows]}


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| what | ours | reference | unit | ratio | goal | met |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.path} | {r.ours:.4g} | {r.reference:.4g} | {r.unit} | {r.ratio:.3g} "
        f"| {r.goal} | {'yes' if r.met else '**no**'} |"
        for r in rows
    ]
    return "\n".join(lines)
