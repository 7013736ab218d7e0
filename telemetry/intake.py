"""The front door: what a collector sees of the historian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from telemetry.batch import Batch


class Intake(Protocol):
    """Takes readings in; nothing else of the service is visible to a collector."""

    async def accept(self, origin: str, batch: Batch) -> int:
        """Journal ``batch`` and publish it at once.

        Args:
            origin: the account's path name, e.g. ``modbus:lvyou``; batches of one origin stay
                in order.
            batch: at least one sample; points beyond the table are rejected, not raised.

        Returns:
            The journal's sequence number of the batch, to be given to :meth:`durable`.
        """
        ...

    async def durable(self, sequence: int) -> None:
        """Return once everything up to ``sequence`` would survive power loss.

        A source that waits for an answer (a meter's message, a pushed body) is acknowledged
        only after this.
        """
        ...
