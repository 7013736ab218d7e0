"""The identity that must hold on every path: nothing is lost without a reason.

``received = stored + buffered + rejected{reason} + dropped{reason}``

All figures count samples. ``buffered`` is measured where the samples wait, not derived from
the others; otherwise the identity could not fail and would prove nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class PathFigures:
    """The figures of one path at one instant, in samples."""

    received: int
    stored: int
    buffered: int
    rejected: Mapping[str, int]
    dropped: Mapping[str, int]

    @property
    def missing(self) -> int:
        """Samples that no figure explains; 0 when the identity holds."""
        explained = self.stored + self.buffered
        return self.received - explained - sum(self.rejected.values()) - sum(self.dropped.values())


@dataclass(slots=True, eq=False)
class PathAccount:
    """Counts one path's samples; ``buffered`` is asked from whoever holds them."""

    buffered: Callable[[], int]
    _received: int = 0
    _stored: int = 0
    _rejected: Counter[str] = field(default_factory=Counter)
    _dropped: Counter[str] = field(default_factory=Counter)

    def receive(self, samples: int) -> None:
        """Samples came in."""
        self._received += samples

    def store(self, samples: int) -> None:
        """Samples reached the end of the path."""
        self._stored += samples

    def reject(self, samples: int, reason: str) -> None:
        """Samples were refused because of what they are."""
        self._rejected[reason] += samples

    def drop(self, samples: int, reason: str) -> None:
        """Samples were good but could not be kept."""
        self._dropped[reason] += samples

    def figures(self) -> PathFigures:
        """A consistent copy of the figures."""
        return PathFigures(
            self._received, self._stored, self.buffered(), dict(self._rejected), dict(self._dropped)
        )


class Accounting:
    """The accounts of all paths of one process, by name."""

    def __init__(self) -> None:
        self._paths: dict[str, PathAccount] = {}

    def open(self, path: str, buffered: Callable[[], int] = lambda: 0) -> PathAccount:
        """Open the account of a path; a name is used once.

        Args:
            path: e.g. ``modbus:lvyou``, ``store:embedded``, ``screen``.
            buffered: measures the samples that wait on this path.
        """
        if path in self._paths:
            raise ValueError(f"the account {path!r} is open already")
        self._paths[path] = PathAccount(buffered)
        return self._paths[path]

    def figures(self) -> dict[str, PathFigures]:
        """The figures of every path."""
        return {name: account.figures() for name, account in self._paths.items()}
