"""Regular expressions in RE2's syntax and its linear time, which is what InfluxDB's are.

Python's own engine would accept other expressions and can be made to run for ever by a short
one. DuckDB brings RE2 along, so the expressions mean here what they mean there.
"""

from __future__ import annotations

import threading
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import duckdb

from historian.influxql.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MATCHING = (
    "SELECT value FROM (SELECT unnest(?::VARCHAR[]) AS value) WHERE regexp_matches(value, ?)"
)
_KEPT = 64


class Patterns:
    """Finds what matches; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.matching = lru_cache(_KEPT)(self._matching)
        """The values that match, by pattern and values; dashboards ask the same again and again."""

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(":memory:", config={"threads": 1})

    def _matching(self, pattern: str, values: tuple[str, ...]) -> frozenset[str]:
        try:
            with self._lock:
                found = self._connection.execute(_MATCHING, [list(values), pattern]).fetchall()
        except duckdb.Error as error:
            reason = str(error).removeprefix("Invalid Input Error: ")
            raise ParseError(f"error parsing regexp: {reason}") from None
        return frozenset(value for (value,) in found)

    def chosen(self, pattern: str, values: Sequence[str]) -> list[str]:
        """The values that match, in their order.

        Raises:
            ParseError: the pattern is none, or needs too much memory.
        """
        found = self.matching(pattern, tuple(values))
        return [value for value in values if value in found]
