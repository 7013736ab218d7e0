"""The dashboards of the example city, built once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards.building import build_dashboards
from telemetry.text import Language
from tests.dashboards.example import example_plan

if TYPE_CHECKING:
    from dashboards.model import Dashboard
    from dashboards.plan import DashboardPlan


@pytest.fixture(scope="session")
def plan() -> DashboardPlan:
    """The example city."""
    return example_plan()


@pytest.fixture(scope="session")
def english(plan: DashboardPlan) -> tuple[Dashboard, ...]:
    """The example city's dashboards in English."""
    return build_dashboards(plan, Language.EN)


@pytest.fixture(scope="session")
def chinese(plan: DashboardPlan) -> tuple[Dashboard, ...]:
    """The example city's dashboards in Chinese."""
    return build_dashboards(plan, Language.ZH)
