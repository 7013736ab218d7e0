"""A log that cannot be written costs its lines, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.logs import SteadyLogger


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("method", ["info", "warning", "error"])
def test_a_log_on_a_full_disk_stops_nobody_S3(method: str) -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it would fail, too
    getattr(SteadyLogger(full), method)("lvyou does not answer")
    with pytest.raises(OSError, match="No space"):
        full.close()
