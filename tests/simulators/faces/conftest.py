"""What the tests of the faces share."""

from __future__ import annotations

import pytest

from simulators.faces.standard_nodes import StandardNodes
from tests.simulators.faces.tiny_city import tiny_booster, tiny_works


@pytest.fixture
def booster():
    """A booster station with every kind of register: ``(city, points, instruments, device)``."""
    return tiny_booster()


@pytest.fixture
def works():
    """A works with its quality station: ``(city, points, instruments, device)``."""
    return tiny_works()


@pytest.fixture(scope="session")
def standard_nodes() -> StandardNodes:
    """Built once, because it takes most of a second."""
    return StandardNodes()
