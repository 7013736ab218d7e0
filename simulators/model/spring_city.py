"""The example city's layout as data.

Invented for this project; names of real works label it and nothing else about them is claimed.
The south is high ground. Ground heights were chosen so that on the peak morning of July every
customer's meter still has 0.18 MPa with a little to spare, and not much more.
"""

from __future__ import annotations

from simulators.model.layout import (
    BoosterLayout,
    Cell,
    ReservoirLayout,
    StationLayout,
    WorksLayout,
    ZoneLayout,
)

ZONES = (
    ZoneLayout(
        "north",
        "北区",
        "North",
        (4500.0, 7600.0),
        (1150.0, 800.0),
        (
            (31.0, 30.5, 32.0, 40.5, 44.5),
            (30.5, 33.0, 32.0, 39.5, 47.5),
            (31.0, 31.5, 31.5, 39.5, 48.0),
            (55.0, 54.0, 55.0, 55.0, 54.0),
            (55.5, 55.5, 55.0, 56.0, 56.0),
        ),
        frozenset({3, 4}),
        36_000.0,
        frozenset({2, 4}),
        frozenset({1, 3}),
    ),
    ZoneLayout(
        "east",
        "东区",
        "East",
        (10_200.0, 3800.0),
        (1050.0, 850.0),
        (
            (70.5, 70.5, 69.5, 71.0, 71.5),
            (70.5, 72.0, 71.0, 71.5, 71.0),
            (35.5, 33.5, 42.5, 45.5, 47.5),
            (41.0, 40.5, 44.5, 49.0, 49.5),
            (41.5, 42.0, 44.0, 50.0, 48.5),
        ),
        frozenset({0, 1}),
        45_000.0,
        frozenset({0, 3}),
        frozenset({1, 3}),
    ),
    ZoneLayout(
        "west",
        "西区",
        "West",
        (0.0, 3700.0),
        (1000.0, 850.0),
        (
            (62.5, 61.5, 62.5, 61.0, 61.5),
            (62.5, 61.0, 62.0, 60.0, 60.5),
            (47.0, 39.0, 33.5, 32.5, 31.0),
            (50.0, 40.5, 35.5, 31.5, 31.5),
            (42.0, 38.0, 33.5, 32.0, 31.5),
        ),
        frozenset({0, 1}),
        39_000.0,
        frozenset({2, 4}),
        frozenset({1, 2, 3}),
    ),
    ZoneLayout(
        "south",
        "南区",
        "South",
        (4600.0, 300.0),
        (1200.0, 700.0),
        (
            (90.0, 90.0, 90.5, 90.0, 91.0),
            (92.0, 90.0, 91.5, 91.5, 89.5),
            (91.5, 91.5, 92.0, 92.0, 92.5),
            (94.0, 92.0, 93.0, 92.5, 93.0),
            (95.5, 96.0, 94.5, 96.0, 97.5),
        ),
        frozenset({0, 1, 2, 3, 4}),
        30_000.0,
        frozenset({2}),
        frozenset({2, 4}),
    ),
)

WORKS = (
    WorksLayout(
        "donghu",
        "east",
        "东湖水厂",
        "Donghu Works",
        (15_000.0, 7600.0),
        32.0,
        ((Cell("east", 3, 3), 1000), (Cell("east", 3, 4), 700)),
        (1900.0, 44.0),
        56.0,
        0.895,
    ),
    WorksLayout(
        "fenghuang",
        "north",
        "凤凰路水厂",
        "Fenghuang Road Works",
        (9900.0, 8900.0),
        29.0,
        ((Cell("north", 4, 1), 900), (Cell("north", 4, 2), 600)),
        (1500.0, 47.0),
        62.0,
        0.905,
    ),
    WorksLayout(
        "nankang",
        "west",
        "南康水厂",
        "Nankang Works",
        (-900.0, 6300.0),
        33.0,
        ((Cell("west", 0, 3), 1000), (Cell("west", 0, 2), 600)),
        (1700.0, 44.0),
        60.0,
        0.886,
    ),
)

BOOSTERS = (
    BoosterLayout(
        "lvyou",
        "south",
        "旅游路加压站",
        "Lvyou Road Booster",
        (9700.0, 4300.0),
        36.0,
        Cell("east", 0, 2),
        Cell("south", 4, 4),
        700,
        (520.0, 60.0),
    ),
    BoosterLayout(
        "longao",
        "south",
        "龙奥加压站",
        "Long'ao Booster",
        (4400.0, 4300.0),
        33.0,
        Cell("west", 4, 2),
        Cell("south", 0, 4),
        700,
        (520.0, 60.0),
    ),
    BoosterLayout(
        "hanyu",
        "east",
        "汉峪加压站",
        "Hanyu Booster",
        (13_350.0, 5100.0),
        46.0,
        Cell("east", 3, 2),
        Cell("east", 3, 1),
        500,
        (330.0, 34.0),
        0.845,
    ),
    BoosterLayout(
        "shunhua",
        "east",
        "舜华路加压站",
        "Shunhua Road Booster",
        (11_250.0, 5100.0),
        46.0,
        Cell("east", 1, 2),
        Cell("east", 1, 1),
        500,
        (330.0, 34.0),
        0.845,
    ),
    BoosterLayout(
        "wenhua",
        "west",
        "文化路加压站",
        "Wenhua Road Booster",
        (2000.0, 4980.0),
        44.0,
        Cell("west", 2, 2),
        Cell("west", 2, 1),
        600,
        (450.0, 28.0),
    ),
    BoosterLayout(
        "beiyuan",
        "north",
        "北园加压站",
        "Beiyuan Booster",
        (6800.0, 9600.0),
        34.0,
        Cell("north", 2, 2),
        Cell("north", 2, 3),
        600,
        (450.0, 24.0),
        0.86,
    ),
)

RESERVOIRS = (
    ReservoirLayout(
        "nanshan",
        "south",
        "南山水池",
        "Nanshan Reservoir",
        Cell("south", 2, 0),
        113.4,
        (0.5, 3.9, 6.0),
        46.0,
    ),
    ReservoirLayout(
        "dongshan",
        "east",
        "东山水池",
        "Dongshan Reservoir",
        Cell("east", 4, 0),
        91.5,
        (0.5, 3.5, 6.0),
        30.0,
    ),
    ReservoirLayout(
        "xishan",
        "west",
        "西山水池",
        "Xishan Reservoir",
        Cell("west", 0, 0),
        84.0,
        (0.5, 3.5, 6.0),
        30.0,
    ),
    ReservoirLayout(
        "beishan",
        "north",
        "北山水池",
        "Beishan Reservoir",
        Cell("north", 4, 4),
        75.0,
        (0.5, 3.5, 6.0),
        30.0,
    ),
)

LINKS_BETWEEN_ZONES = (
    (Cell("west", 4, 4), Cell("north", 0, 0), 600),
    (Cell("north", 4, 0), Cell("east", 0, 4), 600),
    (Cell("west", 4, 3), Cell("north", 1, 0), 500),
    (Cell("north", 3, 0), Cell("east", 0, 3), 500),
)
"""Mains through the lakes and the old town; diameters in mm."""

ESTATES = (Cell("north", 1, 1), Cell("east", 1, 4), Cell("south", 3, 3))
"""Where secondary supplies hang on the network, one per zone named."""

STATIONS = (
    StationLayout("qs01", "east", "东湖水厂出厂水", "Donghu Works outlet", "donghu_out", "works"),
    StationLayout(
        "qs02", "north", "凤凰路水厂出厂水", "Fenghuang Road Works outlet", "fenghuang_out", "works"
    ),
    StationLayout("qs03", "west", "南康水厂出厂水", "Nankang Works outlet", "nankang_out", "works"),
    StationLayout(
        "qs04", "north", "北区管网水质站", "North network station", "north_05", "network"
    ),
    StationLayout("qs05", "east", "东区管网水质站", "East network station", "east_10", "network"),
    StationLayout("qs06", "west", "西区管网水质站", "West network station", "west_11", "network"),
    StationLayout("qs07", "south", "南区末梢水质站", "South end station", "south_02", "end"),
    StationLayout("qs08", "east", "东区末梢水质站", "East end station", "east_03", "end"),
    StationLayout("qs09", "west", "西区末梢水质站", "West end station", "west_01", "end"),
    StationLayout(
        "qs10", "north", "北区二次供水站", "North secondary supply", "north_estate", "secondary"
    ),
    StationLayout(
        "qs11", "east", "东区二次供水站", "East secondary supply", "east_estate", "secondary"
    ),
    StationLayout(
        "qs12", "south", "南区二次供水站", "South secondary supply", "south_estate", "secondary"
    ),
)
