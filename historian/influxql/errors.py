"""What can go wrong with a query in InfluxQL.

The tree of this folder::

    QueryError
    └── InfluxQLError          base of all below
        ├── ParseError         the text is no query, or one that is not supported
        ├── ReadOnlyError      the query would change something
        ├── BusyError          too many queries run at the same time
        └── StatementError     one statement of several cannot be answered; the others may be
"""

from __future__ import annotations

from historian.errors import QueryError


class InfluxQLError(QueryError):
    """Base of the errors of InfluxQL."""


class ParseError(InfluxQLError):
    """The text is no query, or asks for something that is not supported."""


class ReadOnlyError(InfluxQLError):
    """The query would change something; nothing can be changed in this language here."""


class BusyError(InfluxQLError):
    """Too many queries run at the same time; ask again."""


class StatementError(InfluxQLError):
    """One statement cannot be answered; the message stands in its place among the answers."""
