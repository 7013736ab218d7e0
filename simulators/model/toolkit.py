"""The only module that knows the EPANET toolkit: one network solved in several projects at once.

EPANET carries one dissolved substance per project. Each substance therefore has a project of
its own; every project gets the same commands in the same order, so that all of them hold the
same water, bit for bit (a test keeps it so), and each carries its own substance through it.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from epanet import toolkit

from simulators.errors import HydraulicsError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Floats = "NDArray[np.float64]"

FOREVER_S = 20 * 366 * 86_400
"""EPANET wants an end; twenty years fit its clock on every platform (31 bits: 68 years)."""


@dataclass(frozen=True, slots=True)
class Substance:
    """What one project carries.

    Attributes:
        name: e.g. ``chlorine``.
        unit: as EPANET prints it.
        reacts: whether the file's decay coefficients apply.
        initial: everywhere at the start.
    """

    name: str
    unit: str
    reacts: bool
    initial: float


def _called(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call the toolkit; its failures become ours.

    The binding raises bare ``Exception`` with EPANET's text and warns on warning codes, which
    are silenced by the caller; nothing but the binding runs inside.
    """
    try:
        return call(*arguments)
    except Exception as error:  # noqa: BLE001 - the binding has no type of its own
        raise HydraulicsError(
            f"EPANET refused {call.__name__}: {error}; the network file or a command does not fit"
        ) from error


class _Column:
    """One property of all nodes or links, read in one call into one array."""

    def __init__(self, read: Callable[..., Any], item: int, count: int) -> None:
        self._read, self._item = read, item
        self._buffer = toolkit.doubleArray(count)
        address = int(self._buffer.cast())
        self.values: NDArray[np.float64] = np.frombuffer(
            (ctypes.c_double * count).from_address(address)
        )

    def refresh(self, project: Any) -> None:
        self._read(project, self._item, self._buffer)
