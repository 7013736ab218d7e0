"""Time series: one disk journal in front of a store; queries by arrays.

For analysts: ``from historian import open_store`` reads a store beside the running service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from historian.reading.opening import open_store

__all__ = ["open_store"]


def __getattr__(name: str) -> object:
    """Import ``open_store`` when somebody asks for it: it brings pandas, the service does not."""
    if name == "open_store":
        from historian.reading import opening  # noqa: PLC0415 - the service starts without pandas

        return opening.open_store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
