"""Where an entry comes from, so that whatever is wrong with it can be said with its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from config.positions import KeyPath
    from config.problems import Place, Problems


class Placed(Protocol):
    """A file that knows where its keys or rows stand."""

    def place(self, path: KeyPath) -> Place:
        """Where the key or the row stands."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an entry comes from.

    Attributes:
        source: the file.
        path: of the entry in it.
        label: how sentences begin, e.g. ``device 'lvyou'``, or the empty string.
        note: added to each problem, e.g. which device uses a template.
    """

    source: Placed
    path: KeyPath = ()
    label: str = ""
    note: str = ""

    def place(self, *keys: str | int) -> Place:
        """Where one of the entry's keys stands, or the entry itself."""
        return self.source.place((*self.path, *keys))

    def complain(
        self,
        problems: Problems,
        what: str,
        *keys: str | int,
        expected: str = "",
        hint: str = "",
    ) -> None:
        """Note a problem of this entry, or of one of its keys."""
        sentence = f"{self.label}: {what}" if self.label else what
        hints = "; ".join(text for text in (hint, self.note) if text)
        problems.add(self.place(*keys), sentence, expected=expected, hint=hints)
