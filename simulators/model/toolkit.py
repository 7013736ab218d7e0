"""The only module that knows the EPANET toolkit: one network solved in several projects at once.

EPANET carries one dissolved substance per project. Each substance therefore has a project of
its own; every project gets the same commands in the same order, so that all of them hold the
same water, bit for bit (a test keeps it so), and each carries its own substance through it.
"""

from __future__ import annotations

import ctypes
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from epanet import toolkit

from simulators.errors import HydraulicsError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FOREVER_S = 20 * 366 * 86_400
"""EPANET wants an end; twenty years fit its clock on every platform (31 bits: 68 years)."""

NO_STRENGTH = 1e-9


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
    """Call the toolkit; its failures become ours."""
    try:
        return call(*arguments)
    # The binding raises bare Exception, nothing finer; nothing but the binding runs here.
    except Exception as error:
        raise HydraulicsError(
            f"EPANET refused {call.__name__}: {error}; the network file or the command does not fit"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop the binding's bare ``Warning("WARNING")``.

    It says that a pump cannot lift or a tank is shut, which is what faults are meant to do; the
    binding does not say which.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="WARNING", category=Warning)
        yield


class _Column:
    """One property of all nodes or all links, read by one call into one array."""

    def __init__(self, read: Callable[..., Any], item: int, count: int) -> None:
        self._read, self._item = read, item
        self._buffer = toolkit.doubleArray(count)
        address = int(self._buffer.cast())
        self.values: NDArray[np.float64] = np.ctypeslib.as_array(
            (ctypes.c_double * count).from_address(address)
        )

    def refresh(self, project: Any) -> None:
        _called(self._read, project, self._item, self._buffer)


class Network:
    """The network of one file, with as many substances as are named.

    Arrays are indexed from 0 in the file's order; they are views that :meth:`solve` refreshes.

    Attributes:
        nodes, links: index by element id.
        junctions: nodes where water can be drawn.
        pressure_m: ``(nodes,)`` metres of water; at a tank, its level.
        head_m: ``(nodes,)``.
        drawn_m3h: ``(nodes,)`` what leaves the network at a junction, bursts included.
        volume_m3: ``(nodes,)`` of tanks.
        flow_m3h: ``(links,)`` positive from start to end.
        power_kw: ``(links,)`` of pumps.
        quality: ``(nodes,)`` by substance name.
    """

    def __init__(self, path: Path, substances: Sequence[Substance]) -> None:
        self._projects: list[Any] = []
        for substance in substances:
            self._projects.append(_open(path, substance))
        first = self._projects[0]
        nodes = toolkit.getcount(first, toolkit.NODECOUNT)
        links = toolkit.getcount(first, toolkit.LINKCOUNT)
        self.nodes = {toolkit.getnodeid(first, i + 1): i for i in range(nodes)}
        self.links = {toolkit.getlinkid(first, i + 1): i for i in range(links)}
        self.junctions = [
            name
            for name, i in self.nodes.items()
            if toolkit.getnodetype(first, i + 1) == toolkit.JUNCTION
        ]
        self._columns: list[tuple[Any, _Column]] = []
        self.pressure_m = self._column(first, toolkit.getnodevalues, toolkit.PRESSURE, nodes)
        self.head_m = self._column(first, toolkit.getnodevalues, toolkit.HEAD, nodes)
        self.drawn_m3h = self._column(first, toolkit.getnodevalues, toolkit.DEMAND, nodes)
        self.volume_m3 = self._column(first, toolkit.getnodevalues, toolkit.TANKVOLUME, nodes)
        self.flow_m3h = self._column(first, toolkit.getlinkvalues, toolkit.FLOW, links)
        self.power_kw = self._column(first, toolkit.getlinkvalues, toolkit.ENERGY, links)
        self.quality = {
            substance.name: self._column(project, toolkit.getnodevalues, toolkit.QUALITY, nodes)
            for substance, project in zip(substances, self._projects, strict=True)
        }
        self.substances = {substance.name: i for i, substance in enumerate(substances)}

    def _column(
        self, project: Any, read: Callable[..., Any], item: int, count: int
    ) -> NDArray[np.float64]:
        column = _Column(read, item, count)
        self._columns.append((project, column))
        return column.values

    def close(self) -> None:
        """Give the toolkit's memory back; the network is of no use afterwards."""
        while self._projects:
            project = self._projects.pop()
            toolkit.close(project)
            toolkit.deleteproject(project)

    def node(self, name: str) -> int:
        """Index of a node; raises NetworkError."""
        return _index(self.nodes, name, "node")

    def link(self, name: str) -> int:
        """Index of a link; raises NetworkError."""
        return _index(self.links, name, "link")

    def patterns(self) -> dict[str, int]:
        """The file's demand patterns: EPANET's number by name."""
        first = self._projects[0]
        count = toolkit.getcount(first, toolkit.PATCOUNT)
        return {toolkit.getpatternid(first, i): i for i in range(1, count + 1)}

    def elevation_m(self, node: int) -> float:
        """Height of a node as the file gives it."""
        return float(toolkit.getnodevalue(self._projects[0], node + 1, toolkit.ELEVATION))

    def tank(self, node: int) -> tuple[float, float, float]:
        """A tank's least, first and full level, m."""
        first = self._projects[0]
        items = (toolkit.MINLEVEL, toolkit.TANKLEVEL, toolkit.MAXLEVEL)
        least, start, full = (float(toolkit.getnodevalue(first, node + 1, i)) for i in items)
        return least, start, full

    def diameter_mm(self, link: int) -> float:
        """Bore of a pipe or valve."""
        return float(toolkit.getlinkvalue(self._projects[0], link + 1, toolkit.DIAMETER))

    def pump_design(self, link: int) -> tuple[float, float]:
        """Design flow m³/h and head m of a pump with a one-point curve."""
        first = self._projects[0]
        curve = _called(toolkit.getheadcurveindex, first, link + 1)
        if toolkit.getcurvelen(first, curve) != 1:
            raise NetworkError(
                f"pump {toolkit.getlinkid(first, link + 1)!r} needs a head curve of one point "
                "(design flow and head), from which its speed is controlled"
            )
        flow, head = toolkit.getcurvevalue(first, curve, 1)
        return float(flow), float(head)

    def set_pattern(self, number: int, factor: float) -> None:
        """Multiply the demands that follow a pattern, from now on."""
        for project in self._projects:
            _called(toolkit.setpatternvalue, project, number, 1, factor)

    def set_speed(self, pump: int, speed: float) -> None:
        """Run a pump at a share of its rated speed; 0 stops it."""
        for project in self._projects:
            if speed > 0:
                _called(toolkit.setlinkvalue, project, pump + 1, toolkit.SETTING, speed)
            else:
                _called(toolkit.setlinkvalue, project, pump + 1, toolkit.STATUS, toolkit.CLOSED)

    def set_valve_loss(self, valve: int, coefficient: float) -> None:
        """Throttle a valve: its minor loss coefficient."""
        for project in self._projects:
            _called(toolkit.setlinkvalue, project, valve + 1, toolkit.SETTING, coefficient)

    def set_emitter(self, node: int, coefficient: float) -> None:
        """Let water out of a junction: m³/h at one metre of pressure, growing with its root."""
        for project in self._projects:
            _called(toolkit.setnodevalue, project, node + 1, toolkit.EMITTER, coefficient)

    def set_source(self, node: int, substance: str, concentration: float) -> None:
        """What water carries that enters at a reservoir.

        EPANET takes a strength of exactly 0 for "no source" and lets the last one flow on.
        """
        project = self._projects[self.substances[substance]]
        strength = max(concentration, NO_STRENGTH)
        _called(toolkit.setnodevalue, project, node + 1, toolkit.SOURCETYPE, toolkit.CONCEN)
        _called(toolkit.setnodevalue, project, node + 1, toolkit.SOURCEQUAL, strength)

    def solve(self) -> None:
        """Flows and pressures of this instant under the present commands."""
        with _quiet():
            for project in self._projects:
                _called(toolkit.runH, project)
            for project, column in self._columns:
                column.refresh(project)

    def advance(self, seconds: int) -> None:
        """Let the solved flows move water and substances for a while.

        A tank that runs full or empty on the way divides the time; flows are then solved anew.
        """
        with _quiet():
            for project in self._projects:
                remaining = seconds
                while remaining > 0:
                    remaining -= _pass(project, remaining)
                    if remaining > 0:
                        _called(toolkit.runH, project)


def _pass(project: Any, seconds: int) -> int:
    """One stretch of equal flows in one project; how long it was, s."""
    toolkit.settimeparam(project, toolkit.HYDSTEP, seconds)
    toolkit.settimeparam(project, toolkit.QUALSTEP, seconds)
    _called(toolkit.runQ, project)
    passed = int(_called(toolkit.nextH, project))
    _called(toolkit.nextQ, project)
    if passed <= 0:
        raise HydraulicsError("EPANET's clock has reached its end; start the simulation anew")
    return passed


def _index(known: dict[str, int], name: str, what: str) -> int:
    if name not in known:
        raise NetworkError(
            f"the network file has no {what} {name!r}; names of elements follow the sites "
            "(see SimulationSettings)"
        )
    return known[name]


def _open(path: Path, substance: Substance) -> Any:
    if not path.is_file():
        raise NetworkError(f"there is no network file {path}; see simulation.network")
    project = toolkit.createproject()
    try:
        _called(toolkit.open, project, str(path), os.devnull, "")
        toolkit.setqualtype(project, toolkit.CHEM, substance.name, substance.unit, "")
        toolkit.settimeparam(project, toolkit.DURATION, FOREVER_S)
        # A burst below atmospheric pressure draws no water in; only EPANET 2.3 files could say so.
        toolkit.setoption(project, toolkit.EMITBACKFLOW, 0)
        _set_initial(project, substance)
        _called(toolkit.openH, project)
        _called(toolkit.initH, project, toolkit.NOSAVE)
        _called(toolkit.openQ, project)
        _called(toolkit.initQ, project, toolkit.NOSAVE)
    except HydraulicsError as error:
        toolkit.deleteproject(project)
        raise NetworkError(
            f"EPANET cannot use {path}: {error}; open it in EPANET to see the lines it refuses"
        ) from error
    return project


def _set_initial(project: Any, substance: Substance) -> None:
    for node in range(1, toolkit.getcount(project, toolkit.NODECOUNT) + 1):
        toolkit.setnodevalue(project, node, toolkit.INITQUAL, substance.initial)
        if not substance.reacts and toolkit.getnodetype(project, node) == toolkit.TANK:
            toolkit.setnodevalue(project, node, toolkit.TANK_KBULK, 0.0)
    if substance.reacts:
        return
    for link in range(1, toolkit.getcount(project, toolkit.LINKCOUNT) + 1):
        if toolkit.getlinktype(project, link) in (toolkit.PIPE, toolkit.CVPIPE):
            toolkit.setlinkvalue(project, link, toolkit.KBULK, 0.0)
            toolkit.setlinkvalue(project, link, toolkit.KWALL, 0.0)
