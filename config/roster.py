"""Entries by name, and what is known of names whose entries are wrong in themselves.

A wrong device must not make each of its hundred points a problem: what refers to an entry that
stands in the file, but is wrong, is passed over in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from config.problems import did_you_mean

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Roster(Generic[T]):
    """All entries of one sort.

    Attributes:
        known: those that are right, by name.
        broken: names of those that are not.
        whole: False when the list itself could not be read.
    """

    known: dict[str, T] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    whole: bool = True

    @property
    def sound(self) -> bool:
        """Whether every entry is right."""
        return self.whole and not self.broken

    def lacks(self, name: str) -> bool:
        """Whether it is certain that no entry has this name."""
        return self.whole and name not in self.known and name not in self.broken

    def hint(self, name: str) -> str:
        """The nearest name that does exist."""
        return did_you_mean(name, (*self.known, *self.broken))
