"""Cells of a CSV file that no spreadsheet takes for a formula, and that read back as they were."""

from __future__ import annotations

GUARD = "'"
_RISKY = tuple("=+-@\t\r\n＝＋－＠" + GUARD)
_QUOTED = frozenset('",\r\n')


def guarded(text: str) -> str:
    """A text cell that a spreadsheet shows as text.

    Texts that begin like a formula get an apostrophe in front; so do those that begin with one,
    so that :func:`unguarded` gives back every text as it was. Numbers are no text.
    """
    return GUARD + text if text.startswith(_RISKY) else text


def unguarded(cell: str) -> str:
    """The text that :func:`guarded` was given."""
    return cell.removeprefix(GUARD)


def cell(text: str) -> str:
    """A guarded text as it stands in a line of CSV (RFC 4180)."""
    safe = guarded(text)
    if _QUOTED.isdisjoint(safe):
        return safe
    return '"' + safe.replace('"', '""') + '"'
