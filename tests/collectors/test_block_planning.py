"""Which registers are asked for together."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import UnreadableAddressError
from collectors.modbus.blocks import Layout, ReadLimits, plan_layout, split
from telemetry.addresses import ModbusAddress, RegisterTable, RegisterType
from telemetry.devices import Channel
from tests.collectors.making import registers

BITS = (RegisterTable.COIL, RegisterTable.DISCRETE)


def asked(layout: Layout) -> list[tuple[str, int, int]]:
    return [(b.table.value, b.first, b.count) for b in layout.blocks]


def test_neighbours_come_in_one_request() -> None:
    layout = plan_layout(registers("holding:10 float32", "holding:12", "holding:13"), ReadLimits())
    assert asked(layout) == [("holding", 10, 4)]


def test_a_gap_is_read_along_up_to_the_tolerance() -> None:
    limits = ReadLimits(gap_registers=5)
    assert asked(plan_layout(registers("holding:0", "holding:6"), limits)) == [("holding", 0, 7)]
    assert len(plan_layout(registers("holding:0", "holding:7"), limits).blocks) == 2


def test_tables_are_never_mixed() -> None:
    layout = plan_layout(registers("holding:0", "input:1", "coil:2", "discrete:3"), ReadLimits())
    assert len(layout.blocks) == 4


def test_a_totalizer_is_never_torn_across_requests() -> None:
    addresses = [f"holding:{r}" for r in range(124)] + ["holding:124 uint32"]
    layout = plan_layout(registers(*addresses), ReadLimits())
    assert asked(layout) == [("holding", 0, 124), ("holding", 124, 2)]


def test_full_blocks_are_used_to_the_last_register() -> None:
    layout = plan_layout(registers(*(f"input:{r}" for r in range(250))), ReadLimits())
    assert asked(layout) == [("input", 0, 125), ("input", 125, 125)]


def test_two_values_may_share_a_register() -> None:
    layout = plan_layout(registers("holding:4.0", "holding:4.9", "holding:4"), ReadLimits())
    assert asked(layout) == [("holding", 4, 1)]
    assert layout.word_of_row == (0, 0, 0)


def test_a_value_longer_than_a_reply_is_refused_by_name() -> None:
    with pytest.raises(UnreadableAddressError, match=r"p0.*float32"):
        plan_layout(registers("holding:0 float32"), ReadLimits(registers=1))


channel = st.builds(
    Channel,
    point=st.integers(0, 500),
    signal=st.just("p"),
    address=st.one_of(
        st.builds(
            ModbusAddress,
            table=st.sampled_from([RegisterTable.HOLDING, RegisterTable.INPUT]),
            register=st.integers(0, 600),
            type=st.sampled_from(list(RegisterType)),
        ),
        st.builds(
            ModbusAddress,
            table=st.sampled_from(BITS),
            register=st.integers(0, 6_000),
            type=st.just(RegisterType.BIT),
        ),
    ),
)
limits = st.builds(
    ReadLimits,
    registers=st.integers(2, 125),
    bits=st.integers(1, 2_000),
    gap_registers=st.integers(0, 40),
    gap_bits=st.integers(0, 200),
)


@given(st.lists(channel, max_size=60), limits)
def test_every_channel_is_covered_within_the_limits(
    channels: list[Channel[ModbusAddress]], limits: ReadLimits
) -> None:
    layout = plan_layout(channels, limits)
    assert sorted(map(id, layout.channels)) == sorted(map(id, channels))
    rows = [row for block in layout.blocks for row in range(block.row, block.end_row)]
    assert rows == list(range(len(channels)))
    for block in layout.blocks:
        assert 1 <= block.count <= limits.most(block.table)
        for row in range(block.row, block.end_row):
            address = layout.channels[row].address
            assert address.table is block.table
            start = address.register - block.first
            assert 0 <= start <= block.count - address.type.registers
            assert layout.word_of_row[row] == block.word + start
    assert layout.words == sum(block.count for block in layout.blocks)


@given(st.lists(channel, max_size=60), limits)
def test_no_unwanted_run_is_longer_than_the_tolerance(
    channels: list[Channel[ModbusAddress]], limits: ReadLimits
) -> None:
    layout = plan_layout(channels, limits)
    for block in layout.blocks:
        end = block.first
        for row in range(block.row, block.end_row):
            address = layout.channels[row].address
            assert address.register - end <= limits.gap(block.table)
            end = max(end, address.register + address.type.registers)


@given(st.lists(channel, max_size=60), limits)
def test_no_two_blocks_could_have_been_one(
    channels: list[Channel[ModbusAddress]], limits: ReadLimits
) -> None:
    for one, other in pairwise(plan_layout(channels, limits).blocks):
        together = max(one.first + one.count, other.first + other.count) - one.first
        assert (
            one.table is not other.table
            or other.first - one.first - one.count > limits.gap(one.table)
            or together > limits.most(one.table)
        )


@given(st.lists(channel, min_size=2, max_size=60), limits)
def test_a_split_block_fills_the_same_rows_and_words(
    channels: list[Channel[ModbusAddress]], limits: ReadLimits
) -> None:
    layout = plan_layout(channels, limits)
    for block in layout.blocks:
        parts = split(block, layout)
        if block.end_row - block.row == 1:
            assert parts is None
            continue
        assert parts is not None
        left, right = parts
        assert (left.row, left.end_row, right.end_row) == (block.row, right.row, block.end_row)
        for part in parts:
            for row in range(part.row, part.end_row):
                address = layout.channels[row].address
                start = address.register - part.first
                assert 0 <= start <= part.count - address.type.registers
                assert layout.word_of_row[row] == part.word + start
