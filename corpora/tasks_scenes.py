"""Scenes: one or two things in a picture, as numbers, and a caption that says what is there.

In: a seed and sizes. Out: CSV with 14 numbers and a caption. Of each thing: corners (0 circle,
3 triangle, 4 square, 5 star; the numbers are noisy), size, red, green, blue, and the place of its
middle, x from the left and y from the bottom, all 0..1 but the corners. A scene of one thing has
zeros for the second. What is said (colour, size, side, above or beside) follows from the numbers,
none of which lies close to where the wording changes. There are no pictures.
"""

from collections.abc import Mapping

from miniworld_grammar import Dice
from tasks_grammar import parts

SIZES = {"train": 4_000, "valid": 500, "heldout": 500}
SHAPES = {"circle": 0, "triangle": 3, "square": 4, "star": 5}
COLOURS = {
    "red": (0.9, 0.1, 0.1),
    "green": (0.1, 0.7, 0.2),
    "blue": (0.1, 0.2, 0.9),
    "yellow": (0.9, 0.9, 0.1),
    "black": (0.1, 0.1, 0.1),
    "white": (0.9, 0.9, 0.9),
    "purple": (0.6, 0.1, 0.8),
}
EXTENTS = {"small": (0.05, 0.12), "large": (0.2, 0.3)}
SIDES = {"left": (0.05, 0.3), "": (0.38, 0.62), "right": (0.7, 0.95)}
HEIGHTS = {"bottom": (0.05, 0.3), "": (0.38, 0.62), "top": (0.7, 0.95)}
NAMES = ("corners", "size", "r", "g", "b", "x", "y")
CORNER_NOISE, COLOUR_NOISE = 0.3, 0.08  # at most, to either side
ALONE_SHARE, TWIN_SHARE = 0.06, 0.05
CLEARLY = 0.1  # by how much one distance is larger than the other
HEADER = ",".join([*(f"{name}{number}" for number in (1, 2) for name in NAMES), "caption"])
Thing = tuple[str, str, str]  # size, colour, shape
Scene = tuple[list[float], str]


def between(low: float, high: float, dice: Dice) -> float:
    return low + (high - low) * dice.below(1000) / 1000


def noisy(value: float, noise: float, dice: Dice) -> float:
    return between(value - noise, value + noise, dice)


def thing(dice: Dice) -> Thing:
    return dice.one(list(EXTENTS)), dice.one(list(COLOURS)), dice.one(list(SHAPES))


def numbers(what: Thing, x: float, y: float, dice: Dice) -> list[float]:
    """The seven features of a thing."""
    size, colour, shape = what
    light = [noisy(value, COLOUR_NOISE, dice) for value in COLOURS[colour]]
    corners = noisy(SHAPES[shape], CORNER_NOISE, dice)
    return [corners, between(*EXTENTS[size], dice), *light, x, y]


def alone(dice: Dice) -> Scene:
    """a small red star in the top left corner"""
    what = thing(dice)
    side, height = dice.one(list(SIDES)), dice.one(list(HEIGHTS))
    if side and height:
        where = f"in the {height} {side} corner"
    elif side:
        where = f"on the {side}"
    else:
        where = f"at the {height}" if height else "in the middle"
    x, y = between(*SIDES[side], dice), between(*HEIGHTS[height], dice)
    return [*numbers(what, x, y, dice), *([0.0] * len(NAMES))], f"a {' '.join(what)} {where}"


def together(dice: Dice) -> Scene:
    """a large red circle above a small blue square on the left"""
    first = thing(dice)
    second = first if dice.chance(TWIN_SHARE) else thing(dice)
    side = dice.one(list(SIDES))
    middle = between(*SIDES[side], dice)
    while True:  # until both are in the picture and one distance is clearly the larger
        across, up = between(-0.8, 0.8, dice), between(-0.8, 0.8, dice)
        x1, x2 = middle - across / 2, middle + across / 2
        y1 = between(0.05, 0.95, dice)
        y2 = y1 + up
        inside = all(0.02 <= place <= 0.98 for place in (x1, x2, y1, y2))
        if inside and abs(abs(across) - abs(up)) > CLEARLY:
            break
    if abs(up) > abs(across):
        how = "below" if up > 0 else "above"
    else:
        how = "left of" if across > 0 else "right of"
    where = f"on the {side}" if side else "in the middle"
    pair = [*numbers(first, x1, y1, dice), *numbers(second, x2, y2, dice)]
    if first == second:
        order = "one above the other" if how in ("above", "below") else "side by side"
        return pair, f"two {' '.join(first)}s {order} {where}"
    return pair, f"a {' '.join(first)} {how} a {' '.join(second)} {where}"


def generate(seed: int, sizes: Mapping[str, int] = SIZES) -> dict[str, str]:
    """File name -> text."""
    dice = Dice(seed)

    def scene() -> Scene:
        return alone(dice) if dice.chance(ALONE_SHARE) else together(dice)

    return {
        f"scenes.{part}.csv.gz": "\n".join([HEADER, *map(row, scenes)]) + "\n"
        for part, scenes in parts(scene, lambda scene: scene[1], sizes).items()
    }


def row(scene: Scene) -> str:
    features, caption = scene
    return ",".join([*(f"{feature:.2f}" for feature in features), caption])
