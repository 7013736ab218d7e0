"""Booster stations and gateways as Modbus TCP servers.

Functions 1 to 6, 15, 16, 22 and 23 are answered. What a controller refuses it refuses as real
ones do: 2 for an address that is not there or not writable, 3 for a value outside the point's
range, 4 while remote-enable is off, 0x0B for a unit that is not behind the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never, cast

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

from simulators.errors import DevicesError, FaceError, SimulatorError
from simulators.faces.registers import WORD_BITS, Refusal, UnitMemory
from simulators.faults import DeadSlave, HalfOpen, WrongWordOrder
from telemetry.addresses import RegisterTable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from pymodbus.pdu import ModbusPDU

    from simulators.faces.registers import Bank
    from simulators.instruments import Instruments
    from telemetry.devices import ModbusDevice

ModbusFault = DeadSlave | HalfOpen | WrongWordOrder

_TABLES = {
    1: RegisterTable.COIL,
    2: RegisterTable.DISCRETE,
    3: RegisterTable.HOLDING,
    4: RegisterTable.INPUT,
    5: RegisterTable.COIL,
    6: RegisterTable.HOLDING,
    15: RegisterTable.COIL,
    16: RegisterTable.HOLDING,
    22: RegisterTable.HOLDING,
    23: RegisterTable.HOLDING,
}
_REFUSALS = {
    Refusal.ADDRESS: ExcCodes.ILLEGAL_ADDRESS,
    Refusal.VALUE: ExcCodes.ILLEGAL_VALUE,
    Refusal.LOCAL: ExcCodes.DEVICE_FAILURE,
}
_UNIT_AT = 6  # of the MBAP header


@dataclass(slots=True, eq=False)
class _Unit:
    """One unit behind the endpoint."""

    device: ModbusDevice
    instruments: Instruments
    memory: UnitMemory = field(init=False)
    silent: bool = False
    _shown: int = -1

    def __post_init__(self) -> None:
        self.memory = UnitMemory(self.device)

    def served(self) -> SimDevice:
        """The unit as pymodbus wants it: four tables and a function called at each access."""
        return SimDevice(self.device.unit, _blocks(self.memory.banks), action=self.access)

    def refresh(self) -> None:
        """Encode what the instruments show, unless that has been done."""
        if self._shown != self.instruments.version:
            self.memory.fill(self.instruments.value)
            self._shown = self.instruments.version

    def swap(self, *, swapped: bool) -> None:
        """Exchange the words of all 32-bit values from now on, or stop doing so."""
        self.memory.swapped = swapped
        self._shown = -1

    async def access(
        self,
        function: int,
        _first: int,
        address: int,
        _count: int,
        registers: list[int],
        sent: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Bring ``registers`` up to date before a read; take or refuse a write."""
        if self.silent:
            return ExcCodes.DEVICE_FAILURE  # never leaves the face
        table = _TABLES[function]
        bank = self.memory.banks[table]
        if bank is None:
            return ExcCodes.ILLEGAL_ADDRESS
        if sent is not None:
            refusal = self._write(table, address, sent)
            if refusal is not None:
                return _REFUSALS[refusal]
        self.refresh()
        registers[: len(bank.words)] = bank.words
        return None

    def _write(self, table: RegisterTable, address: int, sent: Sequence[int]) -> Refusal | None:
        setpoints = self.memory.setpoints(table, address, sent)
        if isinstance(setpoints, Refusal):
            return setpoints
        if not self.memory.remote_enabled(self.instruments.value):
            return Refusal.LOCAL
        points = self.instruments.points
        if not all(points[s.row].low <= s.value <= points[s.row].high for s in setpoints):
            return Refusal.VALUE
        try:
            for setpoint in setpoints:
                self.instruments.write(setpoint.row, setpoint.value)
        except SimulatorError:  # the devices call it writable and the city does not
            return Refusal.ADDRESS
        return None


_Blocks = tuple[list[SimData], list[SimData], list[SimData], list[SimData]]


def _blocks(banks: Mapping[RegisterTable, Bank | None]) -> _Blocks:
    """The four tables, in the order of pymodbus."""
    return (
        _block(RegisterTable.COIL, banks[RegisterTable.COIL]),
        _block(RegisterTable.DISCRETE, banks[RegisterTable.DISCRETE]),
        _block(RegisterTable.HOLDING, banks[RegisterTable.HOLDING]),
        _block(RegisterTable.INPUT, banks[RegisterTable.INPUT]),
    )


def _block(table: RegisterTable, bank: Bank | None) -> list[SimData]:
    bits = table in (RegisterTable.COIL, RegisterTable.DISCRETE)
    if bank is None:
        # pymodbus wants something in every table; `access` refuses it.
        return [SimData(0, values=[False] * WORD_BITS if bits else 0, datatype=_type(bits=bits))]
    if bits:
        length = len(bank.words) * WORD_BITS
        return [SimData(bank.first, values=[False] * length, datatype=_type(bits=True))]
    return [SimData(bank.first, count=len(bank.words), values=0, datatype=_type(bits=False))]


def _type(*, bits: bool) -> DataType:
    return DataType.BITS if bits else DataType.REGISTERS


def _others() -> SimDevice:
    """Where pymodbus looks for a unit that is not there; what it finds is never sent."""
    return SimDevice(0, _blocks(dict.fromkeys(RegisterTable)))


class _Connection(ServerRequestHandler):
    """Answers questions that came together one after the other, as gateways do.

    pymodbus alone sees only the first question of a packet, and forgets one whose successor
    comes before it was answered.
    """

    _answering = False
    _unread = b""

    def callback_data(self, data: bytes, addr: tuple[str, int] | None = None) -> int:
        """Keep what came, and turn to the first question in it; says how much was used: all."""
        self._unread += data
        if len(self._unread) > self.max_buffer_size:
            self._unread = b""  # whoever sends so much without a question speaks no Modbus
        if not self._answering:
            self._turn_to_next()
        return len(data)

    def _turn_to_next(self) -> None:
        used = int(super().callback_data(self._unread))
        self._unread = self._unread[used:]
        self._answering = self.last_pdu is not None

    async def handle_request(self) -> None:
        """Answer, and turn to the next question."""
        try:
            await super().handle_request()  # type: ignore[no-untyped-call]  # pymodbus' gap
        finally:
            self._answering = False
            if self._unread:
                self._turn_to_next()


class _Server(ModbusTcpServer):
    """Makes connections of our kind."""

    def callback_new_connection(self) -> _Connection:
        """Somebody connects."""
        return _Connection(  # type: ignore[no-untyped-call]  # pymodbus' gap
            self, self.trace_packet, self.trace_pdu, self.trace_connect
        )


class ModbusFace:
    """One endpoint with its units.

    Args:
        devices: those that share host and port; each with a unit of its own.
        instruments: what they show.
    """

    def __init__(self, devices: Sequence[ModbusDevice], instruments: Instruments) -> None:
        self.devices = tuple(devices)
        self._units = {device.name: _Unit(device, instruments) for device in devices}
        self._half_open: set[str] = set()
        self._server: _Server | None = None
        self._refuse_shared_units()

    def _refuse_shared_units(self) -> None:
        seen: dict[int, str] = {}
        for device in self.devices:
            other = seen.setdefault(device.unit, device.name)
            if other != device.name:
                raise DevicesError(
                    f"devices {other!r} and {device.name!r} are both unit {device.unit} at "
                    f"{device.host}:{device.port}; give one of them another unit or port"
                )

    async def start(self, host: str, port: int) -> int:
        """Listen.

        Args:
            host: address of an interface of this machine.
            port: 0 for any free one.

        Returns:
            The port that is listened on.

        Raises:
            FaceError: the port is taken or may not be used.
        """
        units = [unit.served() for unit in self._units.values()]
        if all(unit.device.unit != 0 for unit in self._units.values()):
            units.append(_others())
        server = _Server(
            units, address=(host, port), trace_packet=self._pass, trace_pdu=self._answer
        )
        if not await server.listen():
            raise FaceError(
                f"the Modbus device {self.devices[0].name!r} cannot listen on {host}:{port}: "
                "the port is in use or not allowed; stop the other program or give the device "
                "another port"
            )
        self._server = server
        listener = cast("asyncio.Server", server.transport)  # typed as a mere transport
        return int(listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus' gap
            self._server = None

    def apply(self, fault: ModbusFault) -> None:
        """Let a fault begin at the device that it names."""
        self._set(fault, begins=True)

    def clear(self, fault: ModbusFault) -> None:
        """Repair it."""
        self._set(fault, begins=False)

    def _set(self, fault: ModbusFault, *, begins: bool) -> None:
        unit = self._units[fault.target]
        match fault:
            case DeadSlave():
                unit.silent = begins
            case WrongWordOrder():
                unit.swap(swapped=begins)
            case HalfOpen():
                (self._half_open.add if begins else self._half_open.discard)(fault.target)
            case _:
                assert_never(fault)

    def _answer(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:  # pymodbus' signature
        """Answer for a unit that is not there as a gateway does, whatever was asked of it."""
        if not sending or any(u.device.unit == pdu.dev_id for u in self._units.values()):
            return pdu
        return ExceptionResponse(
            pdu.function_code & 0x7F,
            ExcCodes.GATEWAY_NO_RESPONSE,
            device_id=pdu.dev_id,
            transaction=pdu.transaction_id,
        )

    def _pass(self, sending: bool, packet: bytes) -> bytes:  # pymodbus' signature
        """Let a packet through, or swallow the answers of what is out of order."""
        if not sending or not packet:
            return packet
        if self._half_open or self._silent(packet[_UNIT_AT]):
            return b""
        return packet

    def _silent(self, number: int) -> bool:
        return any(u.silent for u in self._units.values() if u.device.unit == number)
