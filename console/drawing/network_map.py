"""The pressure map: sites' coordinates become places on the page; pure geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Place = tuple[float, float]

_PIXELS_A_LETTER = 6.6
_LABEL_HEIGHT = 15.0


@dataclass(frozen=True, slots=True)
class Projection:
    """Network grid (metres, north up) → picture (pixels, down).

    Attributes:
        scale: pixels a metre.
        left, top: picture coordinates of the grid's origin.
    """

    scale: float
    left: float
    top: float

    def place(self, x: float, y: float) -> Place:
        """The picture coordinates of a point of the grid, to a tenth of a pixel."""
        return round(self.left + x * self.scale, 1), round(self.top - y * self.scale, 1)


def fit(places: Sequence[Place], width: float, height: float, margin: float) -> Projection:
    """The largest north-up projection that shows all places inside a margin.

    Args:
        places: grid coordinates, metres.
        width: of the picture, pixels.
        height: of the picture, pixels.
        margin: left free on every side, pixels.
    """
    xs, ys = [x for x, _ in places] or [0.0], [y for _, y in places] or [0.0]
    span_x, span_y = max(xs) - min(xs), max(ys) - min(ys)
    room_x, room_y = width - 2 * margin, height - 2 * margin
    scale = min(room_x / span_x if span_x else math.inf, room_y / span_y if span_y else math.inf)
    if math.isinf(scale):
        scale = 1.0
    left = (width - span_x * scale) / 2 - min(xs) * scale
    top = (height + span_y * scale) / 2 + min(ys) * scale
    return Projection(scale, left, top)


def height_for(places: Sequence[Place], width: float, tallest: float, margin: float) -> float:
    """The height at which a picture of this width has no empty strips above and below.

    Args:
        places: grid coordinates, metres.
        width: of the picture, pixels.
        tallest: it never becomes higher than this, pixels.
        margin: left free on every side, pixels.
    """
    span_x = max((x for x, _ in places), default=0.0) - min((x for x, _ in places), default=0.0)
    span_y = max((y for _, y in places), default=0.0) - min((y for _, y in places), default=0.0)
    if not span_x:
        return tallest
    return round(min(tallest, span_y * (width - 2 * margin) / span_x + 2 * margin), 1)


def hull(places: Iterable[Place]) -> list[Place]:
    """The convex hull, counter-clockwise in the coordinates given (Andrew's monotone chain)."""
    ordered = sorted(set(places))
    if len(ordered) < 3:
        return ordered
    lower, upper = _chain(ordered), _chain(reversed(ordered))
    return lower[:-1] + upper[:-1]


def _chain(ordered: Iterable[Place]) -> list[Place]:
    chain: list[Place] = []
    for place in ordered:
        while len(chain) >= 2 and _turn(chain[-2], chain[-1], place) <= 0:
            chain.pop()
        chain.append(place)
    return chain


def _turn(a: Place, b: Place, c: Place) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def grown(outline: Sequence[Place], by: float) -> list[Place]:
    """A convex outline pushed outwards from its middle, so that it surrounds its places."""
    if not outline:
        return []
    middle_x = sum(x for x, _ in outline) / len(outline)
    middle_y = sum(y for _, y in outline) / len(outline)
    return [_away((middle_x, middle_y), place, by) for place in outline]


def _away(middle: Place, place: Place, by: float) -> Place:
    dx, dy = place[0] - middle[0], place[1] - middle[1]
    distance = math.hypot(dx, dy) or 1.0
    return (
        round(place[0] + dx / distance * by, 1),
        round(place[1] + dy / distance * by, 1),
    )


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture that something takes, pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """The area that both take, square pixels."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, wide) * max(0.0, high)


def apart(places: Mapping[str, Place], sizes: Mapping[str, Place]) -> dict[str, Place]:
    """Move marks aside, as little as possible, until none covers one before it.

    Args:
        places: by name, the most important first; they stay where they are.
        sizes: by name: half the width and half the height of each mark, pixels.
    """
    taken: list[Box] = []
    moved: dict[str, Place] = {}
    for name, place in places.items():
        half = sizes[name]
        free = (p for p in _around(place) if not _covers(_box(p, half), taken))
        moved[name] = next(free, place)
        taken.append(_box(moved[name], half))
    return moved


def _around(place: Place) -> Iterator[Place]:
    """Places near a place, nearest first, on rings of eight."""
    yield place
    for radius in range(4, 60, 4):
        for eighth in range(8):
            angle = eighth * math.pi / 4
            x, y = place[0] + radius * math.cos(angle), place[1] + radius * math.sin(angle)
            yield round(x, 1), round(y, 1)


def _box(place: Place, half: Place) -> Box:
    return Box(place[0] - half[0], place[1] - half[1], place[0] + half[0], place[1] + half[1])


def _covers(box: Box, taken: Sequence[Box]) -> bool:
    return any(box.overlap(other) > 0 for other in taken)


@dataclass(frozen=True, slots=True)
class Label:
    """Where a label stands relative to its mark.

    Attributes:
        dx, dy: offset of the text's anchor, pixels.
        anchor: SVG ``text-anchor``.
    """

    dx: float
    dy: float
    anchor: str


def text_width(text: str) -> float:
    """A generous width of a short label, pixels; Chinese characters take two letters."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text) * _PIXELS_A_LETTER


def place_labels(
    marks: Mapping[str, tuple[Place, Box]], texts: Mapping[str, str], edge: Box
) -> dict[str, Label]:
    """Put each label at the side of its mark where it covers least.

    Args:
        marks: by name: place of each mark, and the box that it takes.
        texts: the labels to place, by the name of their mark, most important first.
        edge: the picture; a label outside it covers everything.
    """
    taken = [box for _, box in marks.values()]
    placed: dict[str, Label] = {}
    for name, text in texts.items():
        place, mark = marks[name]
        options = _sides(place, mark, text_width(text))
        label, box = min(options, key=lambda option: _cost(option[1], taken, edge))
        placed[name] = label
        taken.append(box)
    return placed


def _cost(box: Box, taken: Sequence[Box], edge: Box) -> float:
    area = (box.right - box.left) * (box.bottom - box.top)
    outside = area - box.overlap(edge)
    return sum(box.overlap(other) for other in taken) + 10 * outside


def _sides(place: Place, mark: Box, wide: float) -> list[tuple[Label, Box]]:
    x, y = place
    right, left = mark.right - x + 4, x - mark.left + 4
    below, above = mark.bottom - y, y - mark.top
    half, gap = _LABEL_HEIGHT / 2, 4.0
    options = [(right, sink, "start") for sink in (0.0, -above / 2, below / 2)]
    options += [(-left, sink, "end") for sink in (0.0, -above / 2, below / 2)]
    options += [(0.0, below + half + gap, "middle"), (0.0, -above - half - gap, "middle")]
    return [
        (Label(round(dx, 1), round(dy + 4, 1), anchor), _text_box(x + dx, y + dy, wide, anchor))
        for dx, dy, anchor in options
    ]


def _text_box(x: float, y: float, wide: float, anchor: str) -> Box:
    left = {"start": x, "end": x - wide, "middle": x - wide / 2}[anchor]
    return Box(left, y - _LABEL_HEIGHT / 2, left + wide, y + _LABEL_HEIGHT / 2)
