"""What can go wrong with a configuration.

The tree of this folder::

    BaotuError
    ├── ConfigError         the files have problems; holds every one of them
    └── UnknownSiteError    a site name that the city does not hold
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.problems import report
from telemetry.errors import BaotuError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.problems import Problem


class ConfigError(BaotuError):
    """The city's files cannot be used; all their problems at once.

    Attributes:
        problems: in the order of files and lines.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(report(self.problems))


class UnknownSiteError(BaotuError):
    """No site of the city has this name."""
