"""The theme's icons as drawings in the page, so that no page loads the 1.5 MB that hold all of them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

STYLES = {"fa", "fas", "far", "fab", "fa-solid", "fa-regular", "fa-brands"}
SIZES = {"fa-lg", "fa-sm", "fa-xs", "fa-fw"}
PLACE = re.compile(r"<(i|span) class=\"([^\"]*\bfa[brs]?\b[^\"]*)\"([^>]*)></\1>")


def draw(html: str) -> str:
    """Put the drawing into each place that the theme left for an icon.

    Raises
    ------
    ValueError
        If an icon is not among the theme's.
    """
    return PLACE.sub(_drawn, html)


def _drawn(place: re.Match[str]) -> str:
    classes, rest = place[2].split(), place[3]
    name = next(word for word in classes if word.startswith("fa-") and word not in STYLES | SIZES)
    others = [word for word in classes if word not in STYLES and word != name]
    width, height, path = outline(name.removeprefix("fa-"))
    # The button that holds it has the name; a title in here would be read as well.
    rest = re.sub(r'\s+title="[^"]*"', "", rest)
    return (
        f'<svg class="{" ".join(["sl-icon", *others])}"{rest} viewBox="0 0 {width} {height}" aria-hidden="true">'
        f'<path d="{path}"/></svg>'
    )


@cache
def outline(name: str) -> tuple[int, int, str]:
    """Width, height and path of an icon of Font Awesome, as the theme ships it.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    found = re.findall(
        rf'[{{,]"?{re.escape(name)}"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]', _shipped()
    )
    if not found:
        raise ValueError(
            f"the theme ships no icon named {name!r}; draw it in the page, or name one that it has."
        )
    width, height, path = found[-1]  # where there is an outlined and a solid one, the solid one is last
    return int(width), int(height), path


@cache
def _shipped() -> str:
    place = files("pydata_sphinx_theme") / "theme/pydata_sphinx_theme/static/scripts/fontawesome.js"
    return place.read_text(encoding="utf-8")
