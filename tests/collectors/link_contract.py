"""What every link promises, whatever it speaks; see ``collectors.link``."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest

from collectors.errors import LinkError
from collectors.link import Refused, Unknown, Written
from telemetry.quality import GOOD, Reason, bad
from tests.collectors.link_peers import SHOWN
from tests.collectors.making import by_point

if TYPE_CHECKING:
    from collectors.link import Reading
    from tests.collectors.link_peers import Peer

DEADLINE_S = 10.0


async def good_reading(peer: Peer) -> Reading:
    """Read until the values come; a link may say BAD while it finds its device again."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            await peer.link.connect()
            await peer.show()
            reading = await peer.link.read()
            if not reading.tally.faults:
                return reading
            await asyncio.sleep(0.02)


class LinkContract:
    """Facts about a link; the fixture ``peer`` hands one in."""

    async def test_a_read_brings_what_the_device_shows(self, peer: Peer) -> None:
        reading = await good_reading(peer)
        shown = by_point(reading.batch())
        assert reading.samples == len(SHOWN)
        assert {p: round(v, 6) for p, (v, _) in shown.items()} == SHOWN
        assert {q for _, q in shown.values()} == {GOOD}

    async def test_a_reading_can_be_acknowledged(self, peer: Peer) -> None:
        (await good_reading(peer)).acknowledge()
        again = await good_reading(peer)
        again.give_back()
        assert by_point((await good_reading(peer)).batch()).keys() == SHOWN.keys()

    async def test_connecting_twice_changes_nothing(self, peer: Peer) -> None:
        await peer.link.connect()
        await peer.link.connect()
        assert (await good_reading(peer)).samples == len(SHOWN)

    async def test_closing_twice_changes_nothing_and_connecting_again_works(
        self, peer: Peer
    ) -> None:
        await good_reading(peer)
        await peer.link.close()
        await peer.link.close()
        with pytest.raises(LinkError):
            await peer.link.read()
        await good_reading(peer)

    async def test_a_link_that_was_never_connected_says_so(self, peer: Peer) -> None:
        with pytest.raises(LinkError):
            await peer.link.read()
        await peer.link.close()

    async def test_an_absent_device_fails_to_connect_with_a_reason(self, peer: Peer) -> None:
        await peer.cut()
        with pytest.raises(LinkError) as failure:
            await asyncio.wait_for(peer.link.connect(), DEADLINE_S)
        assert failure.value.reason is Reason.COMM
        assert str(failure.value)

    async def test_a_lost_device_ends_the_read_and_is_found_again(self, peer: Peer) -> None:
        await good_reading(peer)
        await peer.cut()
        with pytest.raises(LinkError):
            await asyncio.wait_for(peer.link.read(), DEADLINE_S)
        with pytest.raises(LinkError):
            await peer.link.connect()
        await peer.mend()
        await good_reading(peer)

    async def test_a_device_that_stops_answering_times_out_and_is_found_again(
        self, peer: Peer
    ) -> None:
        await good_reading(peer)
        await peer.hold()
        if peer.speaks_by_itself:
            # Its silence is no fault: the read goes on waiting.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.link.read(), 0.2)
            return
        with pytest.raises(LinkError) as failure:
            await asyncio.wait_for(self._read_until_lost(peer), DEADLINE_S)
        assert failure.value.reason is Reason.TIMEOUT
        await peer.mend()
        await good_reading(peer)

    @staticmethod
    async def _read_until_lost(peer: Peer) -> None:
        """Before the link is given up its points may come as BAD(timeout), never as values."""
        while True:
            batch = (await peer.link.read()).batch()
            assert set(batch.quality.tolist()) == {bad(Reason.TIMEOUT)}
            assert all(math.isnan(v) for v in batch.value)
            await asyncio.sleep(0.02)

    async def test_a_silent_peer_fails_to_connect_within_the_deadline(self, peer: Peer) -> None:
        await peer.hold()
        started = asyncio.get_running_loop().time()
        with pytest.raises(LinkError) as failure:
            await self._connect_and_read(peer)
        assert failure.value.reason is Reason.TIMEOUT
        assert asyncio.get_running_loop().time() - started < DEADLINE_S

    async def _connect_and_read(self, peer: Peer) -> None:
        await peer.link.connect()
        await self._read_until_lost(peer)

    async def test_a_cancelled_read_leaves_the_link_usable(self, peer: Peer) -> None:
        await good_reading(peer)
        for turns in range(6):
            reading = asyncio.create_task(peer.link.read())
            for _ in range(turns):
                await asyncio.sleep(0)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        reading_again = await good_reading(peer)
        assert {p: round(v, 6) for p, (v, _) in by_point(reading_again.batch()).items()} == SHOWN

    async def test_a_setpoint_is_written_and_read_back(self, peer: Peer) -> None:
        await good_reading(peer)
        outcome = await peer.link.write(0, 0.3)
        if not peer.writable:
            assert isinstance(outcome, Refused)
            return
        try:
            assert isinstance(outcome, Written)
            assert outcome.read_back == pytest.approx(0.3, rel=1e-6)
            assert by_point((await peer.link.read()).batch())[0][0] == pytest.approx(0.3)
        finally:
            await peer.link.write(0, SHOWN[0])

    @pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 2.6])
    async def test_what_the_point_cannot_be_is_refused(self, peer: Peer, value: float) -> None:
        await good_reading(peer)
        assert isinstance(await peer.link.write(0, value), Refused)
        assert by_point((await good_reading(peer)).batch())[0][0] == pytest.approx(SHOWN[0])

    async def test_a_point_that_is_no_setpoint_is_refused(self, peer: Peer) -> None:
        await good_reading(peer)
        outcome = await peer.link.write(2, 0.3)
        assert isinstance(outcome, Refused)
        assert "site.p2" in outcome.reason

    async def test_a_write_without_a_connection_raises_nothing(self, peer: Peer) -> None:
        assert isinstance(await peer.link.write(0, 0.3), Refused)
        await good_reading(peer)
        await peer.cut()
        outcome = await peer.link.write(0, 0.3)
        assert isinstance(outcome, Refused | Unknown)
