"""What can go wrong with dashboards.

The tree of this folder::

    BaotuError
    ├── DashboardsError          base of all below
    │   └── UnfoldError          a query holds a variable that nobody knows
    └── AdapterError
        ├── GrafanaError         Grafana refused, failed or did not answer
        └── SeriesServerError    a /query that is no server of series, or does not answer
"""

from __future__ import annotations

from telemetry.errors import AdapterError, BaotuError


class DashboardsError(BaotuError):
    """Base of the errors of the dashboards."""


class UnfoldError(DashboardsError):
    """A query holds a variable that is none of Grafana's and none of its dashboard's."""


class GrafanaError(AdapterError):
    """Grafana refused, failed or did not answer; the sentence says what to do.

    Attributes:
        status: of HTTP; 0 where there was no answer.
    """

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


class SeriesServerError(AdapterError):
    """What should answer ``/query`` does not, or speaks another language."""
