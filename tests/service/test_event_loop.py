"""What comes out of the event loop is a sentence where it can be one."""

from __future__ import annotations

import asyncio

import pytest

from service.errors import ServiceError
from service.running import run_loop


async def _group(*errors: Exception) -> None:
    async def fail(error: Exception) -> None:
        raise error

    async with asyncio.TaskGroup() as outer:
        for error in errors:
            outer.create_task(fail(error))


def test_single_error_of_ours_comes_out_of_its_groups() -> None:
    with pytest.raises(ServiceError, match="the port is taken"):
        run_loop(_group(ServiceError("the port is taken")))


def test_mistake_of_ours_keeps_its_whole_group() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        run_loop(_group(RuntimeError("bug")))
    assert raised.group_contains(RuntimeError)


def test_loop_runs_to_its_end() -> None:
    done = []

    async def main() -> None:
        done.append(True)

    run_loop(main())
    assert done == [True]
