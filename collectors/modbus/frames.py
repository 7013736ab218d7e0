"""Bytes of Modbus TCP: requests out, replies checked. Pure.

After the Modbus application protocol 1.1b3 and the TCP implementation guide 1.0b. Replies are
checked, not trusted: protocol id, length, unit, function code, byte count, echoed address.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from collectors.errors import GarbageError
from telemetry.addresses import RegisterTable
from telemetry.quality import Reason

HEADER = struct.Struct(">HHHB")
"""Transaction, protocol (0), length of what follows, unit."""
_SHORTEST, _LONGEST = 2, 254  # unit and function code; unit and a PDU of 253 bytes
_ERROR_BIT = 0x80


class Function(IntEnum):
    """Function codes that we send."""

    READ_COILS = 1
    READ_DISCRETE = 2
    READ_HOLDING = 3
    READ_INPUT = 4
    WRITE_COIL = 5
    WRITE_REGISTER = 6
    WRITE_REGISTERS = 16
    MASK_WRITE = 22


READS: dict[RegisterTable, Function] = {
    RegisterTable.COIL: Function.READ_COILS,
    RegisterTable.DISCRETE: Function.READ_DISCRETE,
    RegisterTable.HOLDING: Function.READ_HOLDING,
    RegisterTable.INPUT: Function.READ_INPUT,
}


class Frame(NamedTuple):
    """One reply as it came."""

    transaction: int
    unit: int
    pdu: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """A reply that carries no data: why the points it was asked for are BAD."""

    reason: Reason
    sentence: str
    exception: int = 0


SILENT = Fault(Reason.TIMEOUT, "did not answer inside the deadline")

_EXCEPTIONS: dict[int, tuple[Reason, str]] = {
    1: (Reason.CONFIG, "does not know this function"),
    2: (Reason.CONFIG, "has no such register"),
    3: (Reason.CONFIG, "refuses this value or count"),
    4: (Reason.DEVICE, "says that it failed"),
    5: (Reason.BUSY, "has accepted and needs time"),
    6: (Reason.BUSY, "is busy"),
    8: (Reason.COMM, "found a memory parity error"),
    10: (Reason.GATEWAY, "has no path to the unit"),
    11: (Reason.GATEWAY, "got no answer from the unit"),
}
ILLEGAL_ADDRESS = 2


def exception_fault(code: int) -> Fault:
    """What an exception code means for the points."""
    reason, sentence = _EXCEPTIONS.get(code, (Reason.DEVICE, "answered with an unknown exception"))
    return Fault(reason, f"{sentence} (exception {code})", code)


def read_pdu(table: RegisterTable, first: int, count: int) -> bytes:
    """Ask for ``count`` places of a table."""
    return struct.pack(">BHH", READS[table], first, count)


def frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """Put a request on the wire."""
    return HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu


def take_frames(buffer: bytearray) -> list[Frame]:
    """Take the whole replies out of ``buffer`` and leave the rest.

    Raises:
        GarbageError: what stands there cannot be a reply; there is no way to find the next one.
    """
    frames: list[Frame] = []
    start = 0
    while len(buffer) - start >= HEADER.size:
        transaction, protocol, length, unit = HEADER.unpack_from(buffer, start)
        if protocol != 0 or not _SHORTEST <= length <= _LONGEST:
            raise GarbageError(
                f"not Modbus TCP: protocol id {protocol} (0 expected), length {length} "
                f"({_SHORTEST} to {_LONGEST} expected); check address and port"
            )
        end = start + HEADER.size - 1 + length
        if len(buffer) < end:
            break
        frames.append(Frame(transaction, unit, bytes(buffer[start + HEADER.size : end])))
        start = end
    if start:
        del buffer[:start]
    return frames


def check_reply(reply: Frame, unit: int, function: int) -> bytes | Fault:
    """The reply's PDU if it answers the question, else what is wrong with it."""
    if reply.unit != unit:
        return Fault(Reason.PROTOCOL, f"unit {reply.unit} answered for unit {unit}")
    code = reply.pdu[0]
    if code == function:
        return reply.pdu
    if code == function | _ERROR_BIT and len(reply.pdu) == 2:
        return exception_fault(reply.pdu[1])
    return Fault(Reason.PROTOCOL, f"function {function} was answered with function {code}")


def payload(pdu: bytes, count: int, *, bits: bool) -> bytes | Fault:
    """The data bytes of a read reply, if they are exactly those asked for."""
    wanted = (count + 7) // 8 if bits else 2 * count
    if len(pdu) != wanted + 2 or pdu[1] != wanted:
        announced = pdu[1] if len(pdu) > 1 else 0
        return Fault(
            Reason.PROTOCOL,
            f"{wanted} data bytes were asked for, {announced} announced, {len(pdu) - 2} came",
        )
    return pdu[2:]


def echoed(request: bytes, reply: bytes) -> Fault | None:
    """Check the confirmation of a write: it repeats the request's head."""
    # Write-multiple repeats address and count; the others repeat the whole request.
    head = request[:5] if request[0] == Function.WRITE_REGISTERS else request
    if reply == head:
        return None
    return Fault(Reason.PROTOCOL, "confirmed another write than the one sent")
