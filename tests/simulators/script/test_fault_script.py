"""Reading fault scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.errors import ScriptError
from simulators.faults import Burst, Drift, PumpTrip
from simulators.playback import Playback
from simulators.script import KINDS, Planned, Script, parse_script, parse_span, read_script

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases" / "simulators" / "scripts"


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_every_mistake_is_told_with_its_line(case):
    with pytest.raises(ScriptError) as found:
        read_script(case / "faults.toml")
    assert str(found.value) == (case / "problems.txt").read_text("utf-8").rstrip()


def test_faults_are_typed_and_timed():
    script = parse_script(
        """
        [[fault]]
        at = "PT7H10M"
        for = 1800
        kind = "burst"
        target = "south_07"
        flow_m3h = 600

        [[fault]]
        at = "00:00:30"
        kind = "drift"
        target = "qs07.turbidity"
        per_hour = -0.5
        """,
        "story.toml",
    )
    assert script == Script(
        "story.toml",
        (
            Planned(25_800.0, 1_800.0, Burst("south_07", 600.0), line=2),
            Planned(30.0, None, Drift("qs07.turbidity", -0.5), line=9),
        ),
    )


def test_every_kind_of_the_documentation_can_be_written():
    extra = {"drift": "per_hour = 1", "spike": "size = 1"}
    for kind, type_ in KINDS.items():
        text = f'[[fault]]\nat = 0\nkind = "{kind}"\ntarget = "x"\n{extra.get(kind, "")}'
        (planned,) = parse_script(text, "one.toml").faults
        assert type(planned.fault) is type_


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (0, 0.0),
        (1.5, 1.5),
        ("00:00:07", 7.0),
        ("100:10:00", 360_600.0),
        ("PT10M", 600.0),
        ("PT1H30M", 5_400.0),
        ("P1DT2H", 93_600.0),
        ("PT0.5S", 0.5),
        ("P2D", 172_800.0),
    ],
)
def test_times_are_written_in_three_ways(text, seconds):
    assert parse_span(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "10", "1:2:3", "PT10", "10M", -1, True, None, []])
def test_other_times_are_refused(text):
    assert parse_span(text) is None


@given(st.integers(0, 9_999), st.integers(0, 59), st.integers(0, 59))
def test_clock_and_iso_agree(hours, minutes, seconds):
    clock = parse_span(f"{hours:02d}:{minutes:02d}:{seconds:02d}")
    assert clock == parse_span(f"PT{hours}H{minutes}M{seconds}S")


def test_missing_file_is_told(tmp_path):
    with pytest.raises(ScriptError, match="cannot be read"):
        read_script(tmp_path / "nothing.toml")


def test_other_encoding_is_told(tmp_path):
    (tmp_path / "gbk.toml").write_bytes("# 爆管".encode("gbk"))
    with pytest.raises(ScriptError, match="UTF-8"):
        read_script(tmp_path / "gbk.toml")


def test_empty_script_plays_nothing():
    assert Playback(parse_script("", "empty.toml")).due(1e9) == []


def test_playback_gives_each_change_once_in_order_of_time():
    trip, burst = PumpTrip("lvyou.pump1"), Burst("south_07")
    script = Script("s", (Planned(60.0, 30.0, trip), Planned(70.0, None, burst)))
    playback = Playback(script)
    assert playback.due(59.9) == []
    assert [(c.fault, c.begins) for c in playback.due(80.0)] == [(trip, True), (burst, True)]
    assert playback.due(80.0) == []
    assert [(c.fault, c.begins, c.at_s) for c in playback.due(1e6)] == [(trip, False, 90.0)]
