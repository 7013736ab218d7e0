"""Queries are sent as Grafana would send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.differences import differences
from dashboards.errors import UnfoldError
from dashboards.expansion import Range, duration, expand, interval_ms, seconds_of

SIX_HOURS = Range(1_767_225_600_000, 1_767_247_200_000)


def test_time_and_interval_are_put_in():
    query = 'SELECT mean("value") FROM "flow" WHERE $timeFilter GROUP BY time($__interval)'
    assert expand(query, SIX_HOURS, 1_000, {}) == (
        'SELECT mean("value") FROM "flow" WHERE '
        "time >= 1767225600000ms and time <= 1767247200000ms GROUP BY time(30s)"
    )


@pytest.mark.parametrize(
    ("hours", "least_s", "interval"),
    [
        (1, 1, "5s"),
        (6, 1, "30s"),
        (6, 60, "1m"),
        (24, 1, "2m"),
        (24 * 7, 1, "15m"),
        (9_000, 1, "12h"),
    ],
)
def test_interval_is_as_long_as_a_dot_and_never_below_the_least(hours, least_s, interval):
    span = Range(0, hours * 3_600_000)
    assert duration(interval_ms(span, least_s * 1_000)) == interval


def test_chosen_value_is_escaped_for_a_regular_expression():
    query = '"site" =~ /^${station:regex}$/ AND "zone" = \'$zone\''
    chosen = {"station": "a.b/c", "zone": "north"}
    assert expand(query, SIX_HOURS, 1_000, chosen) == (
        '"site" =~ /^a\\.b\\/c$/ AND "zone" = \'north\''
    )


def test_interval_is_given_in_milliseconds_too():
    query = 'SELECT count("value") / $__interval_ms FROM x'
    assert expand(query, SIX_HOURS, 60_000, {}) == 'SELECT count("value") / 60000 FROM x'


def test_unknown_variable_is_a_sentence():
    with pytest.raises(UnfoldError, match=r"the query holds \$town"):
        expand("SELECT 1 FROM x WHERE a = '$town'", SIX_HOURS, 1_000, {"city": "x"})


@given(st.integers(1, 10**11))
def test_length_of_time_reads_back(ms):
    text = duration(ms)
    if text.endswith("ms"):
        assert text == f"{ms}ms"
    else:
        assert seconds_of(text) * 1_000 == ms


def test_panel_without_a_time_of_its_own_has_none():
    assert seconds_of("") == 0


def test_what_grafana_adds_is_no_difference():
    ours = {"title": "A", "panels": [{"id": 1, "options": {}}], "gone": None}
    theirs = {
        "id": 4,
        "version": 7,
        "title": "A",
        "panels": [{"id": 1, "options": {"x": 1}, "pluginVersion": "12"}],
    }
    assert differences(ours, theirs) == []


def test_what_differs_is_named_by_title():
    ours = {"panels": [{"title": "Levels", "unit": "m"}, {"title": "Flow", "on": True}]}
    theirs = {"panels": [{"title": "Levels", "unit": "ft"}, {"title": "Flow", "on": 1}]}
    assert differences(ours, theirs) == [
        "panels[Levels].unit: 'ft' → 'm'",
        "panels[Flow].on: 1 → True",
    ]


def test_other_number_of_panels_is_one_line():
    assert differences({"panels": [1, 2]}, {"panels": [1]}) == ["panels: 1 entries → 2"]


def test_long_values_are_cut():
    (line,) = differences({"text": "a" * 500}, {})
    assert line.startswith("text: nothing → 'aaa")
    assert len(line) < 120
