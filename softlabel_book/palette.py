"""The study's palette: the colours, fonts, sizes, names and order of ``palette.json``, for whatever draws.

Colours are those of the light page, which a page swaps for its own. One unit of a size is one CSS pixel.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Literal

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, Theme] = ("light", "dark")

PALETTE: dict[str, Any] = json.loads(files(__package__).joinpath("palette.json").read_text(encoding="utf-8"))
COLOURS: dict[str, dict[Theme, str]] = PALETTE["colours"]
FONT, LINE, MARK = PALETTE["font"], PALETTE["line"], PALETTE["mark"]
PAGE: float = PALETTE["width"]["page"]
PHONE: float = PALETTE["width"]["phone"]
FAMILY: str = FONT["family"]
LETTERS: dict[str, float] = {name: size for name, size in FONT.items() if name != "family"}


def colour(token: str) -> str:
    """The light-page colour of a token of ``palette.json``, as #rrggbb; pages swap it for a CSS variable.

    Raises
    ------
    ValueError
        If there is no such token.
    """
    try:
        return COLOURS[token]["light"]
    except KeyError:
        known = ", ".join(COLOURS)
        raise ValueError(f"palette.json has no colour {token!r}; use one of {known}.") from None


def token_of(value: str) -> str | None:
    """The first token that is this colour, #rrggbb, on a light page; None for a colour of no token."""
    return next((token for token, steps in COLOURS.items() if steps["light"] == value), None)


def css_variables(theme: Theme) -> str:
    """Every colour of a theme as CSS declarations, ``--sl-hard:#d55e00;...``."""
    return "".join(f"--sl-{token}:{steps[theme]};" for token, steps in COLOURS.items())


def name_of(arm: str) -> str:
    """What a figure calls an arm: its name in ``palette.json``, or the key in plain words."""
    return PALETTE["names"].get(arm, arm.replace("_", " "))


def mark_token(arm: str) -> str:
    """Token of an arm's marks; arms without a colour of their own are rivals, in grey."""
    return arm if arm in PALETTE["names"] else "rival"


def mark_colour(arm: str) -> str:
    """Colour of an arm's marks."""
    return colour(mark_token(arm))


def text_colour(arm: str) -> str:
    """Colour of an arm's name: a step of its hue that is dark enough to read."""
    if arm == "human":
        return colour("ink")
    return colour(f"{arm}-text" if arm in PALETTE["names"] else "muted")


def ordered(arms: Iterable[str]) -> list[str]:
    """Arms in the order of every figure: human, hard, gold, soft, then rivals as they come."""
    given, order = list(arms), PALETTE["order"]
    return [arm for arm in order if arm in given] + [arm for arm in given if arm not in order]
