"""Figures of the fair trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softlabel_book import published, tables
from softlabel_book.figures import canvas, wording
from softlabel_book.figures.style import styled
from softlabel_book.palette import FONT, LINE, MARK, PAGE, colour, mark_colour, text_colour
from softlabel_book.summary import Change
from softlabel_core.arms import ARMS
from softlabel_core.arms import title as title_of
from softlabel_core.calibration import RULES
from softlabel_core.metrics import METRICS
from softlabel_core.statistics import Estimate

MAJORITIES, VOTES, CONTROLS, OTHERS = "taught by majorities", "taught by votes", "controls", "others"
HEADINGS = {"majorities": MAJORITIES, "votes": VOTES, "control": CONTROLS}
GROUPS = {
    heading: tuple(arm.name for arm in ARMS.values() if arm.taught_by == kind)
    for kind, heading in HEADINGS.items()
}
WITH_GOLD = "taught by majorities or gold"
MEANS = "class means"
TITLES = {MEANS: "class means, majority known"}
SUBJECTS = ("hard", "soft")  # in colour; everything else is a rival, in grey
TUNINGS = {"untuned": "not tuned", "own": "tuned by own labels", "votes": "tuned by the votes"}
LOOKS = {"untuned": ("o", "rival"), "own": ("o", "soft"), "votes": ("D", "human")}  # marker, colour
ENDS = ("value", "low", "high")
Changes = Mapping[str, Mapping[str, Change]]  # of a study, by tuning and metric


class Row(NamedTuple):
    """Where a row of `forest` lies, in CSS pixels below the top of its panel."""

    arm: str
    label: float  # middle of its name
    mark: float  # middle of its marks


def grouped(arms: Sequence[str]) -> dict[str, list[str]]:
    """Arms by what they were taught, in the house's order, rules after training right behind their arm.

    Parameters
    ----------
    arms : sequence of str
        Names as in `analysis.make`, such as "hard" and "hard/temperature".

    Returns
    -------
    dict of str to list of str
        Only groups that have an arm.
    """
    rules = ["", *RULES]

    def rank(arm: str) -> int:
        rule = arm.partition("/")[2]
        return rules.index(rule) if rule in rules else len(rules)

    known = [arm for group in GROUPS.values() for arm in group]
    places: dict[str, Sequence[str]] = {
        **GROUPS,
        OTHERS: list(dict.fromkeys(a.partition("/")[0] for a in arms)),
    }
    found = {}
    for title, members in places.items():
        own = [arm for arm in members if title != OTHERS or arm not in known]
        rows = [sorted((a for a in arms if a.partition("/")[0] == arm), key=rank) for arm in own]
        if flat := [arm for row in rows for arm in row]:
            found[WITH_GOLD if title == MAJORITIES and "gold" in flat else title] = flat
    return found


def _name(arm: str) -> str:
    return TITLES.get(arm) or title_of(arm)


def _paint(arm: str) -> str:
    return mark_colour(arm) if arm in SUBJECTS else colour("rival")


def _ink(arm: str) -> str:
    return text_colour(arm) if arm in SUBJECTS else colour("muted")


def _ends(estimate: Mapping[str, Any] | None) -> tuple[float, float, float]:
    """Value, low and high of an estimate; NaN for what does not exist, which a file holds as None."""
    found = [(estimate or {}).get(end) for end in ENDS]
    value, low, high = (np.nan if end is None else float(end) for end in found)
    return value, low, high


# ---------------------------------------------------------------- forest


@styled
def forest(
    studies: Mapping[str, Mapping[str, Any]],
    metrics: Sequence[str] = ("kl", "entropy_pearson"),
    *,
    width: float = PAGE,
) -> Figure:
    """Every arm's value with its interval, a row an arm, a column a measure, a block a data set.

    Arms stand by what they were taught. Thin lines carry the hard and the soft arm's value
    through all rows, so that a rival is read against both.

    Parameters
    ----------
    studies : mapping of title to mapping
        What `analysis.read` gives; used are `metrics`, `ceilings`, `floors`, `class_means`.
    metrics : sequence of str
        Keys of `metrics.METRICS`, in the order of the columns.
    width : float
        CSS pixels. Below a page's width, names stand above their marks and values are left out.

    Raises
    ------
    ValueError
        If there is no data set or no measure.
    """
    if not studies or not metrics:
        raise ValueError("no trial or no measure given; pass what `analysis.read` returns for each data set.")
    wide = width >= PAGE
    names = [_name(arm) for numbers in studies.values() for arm in (*numbers["metrics"], MEANS)]
    room = min(max(map(wording.width_of, names)), 0.4 * width) + 12 if wide else 0.0
    gap = 24.0 if wide else 20.0
    card = (width - room - (len(metrics) - 1) * gap) / len(metrics)
    titles = [_wrapped(METRICS[metric].title, card) for metric in metrics]
    head = 34.0 + 17 * max(map(len, titles)) + 38
    layouts = {title: _rows(numbers, wide) for title, numbers in studies.items()}
    talls = [head + height + 54 for _, _, height in layouts.values()]
    figure, top = canvas.blank(width, sum(talls) - 20), 0.0
    for (title, (rows, heads, height)), tall in zip(layouts.items(), talls, strict=True):
        canvas.write(figure, 0, top + 16, title, fontsize=FONT["title"], weight="bold")
        start = top + head
        for group, y in heads.items():
            canvas.note(figure, 0, start + y + 4.5, group, color=colour("ink"), weight="bold")
        for index, metric in enumerate(metrics):
            left = room + index * (card + gap)
            _measure(figure, left, top + 42, titles[index], metric)
            box = (left, start, card - 44, height) if wide else (left + 8, start, card - 16, height)
            _forest_panel(figure, box, studies[title], metric, rows, values=wide)
        for row in rows:
            shown = wording.shorten(_name(row.arm), room - 12 if wide else width)
            canvas.write(
                figure, 0, start + row.label + 4.5, shown, color=_ink(row.arm), fontsize=FONT["tick"]
            )
        top += tall
    return figure


def _wrapped(text: str, room: float) -> list[str]:
    """Words of a text on as few lines as a width allows."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and wording.width_of(longer, FONT["label"]) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _measure(figure: Figure, x: float, y: float, title: Sequence[str], metric: str) -> None:
    """A measure's name over its column, its unit and its better direction."""
    first = title[0][:1].upper() + title[0][1:]
    for index, line in enumerate([first, *title[1:]]):
        canvas.write(figure, x, y + 17 * index, line)
    _, unit, better = METRICS[metric].named
    said = ", ".join(filter(None, (unit, f"{better} is better" if better else "")))
    canvas.note(figure, x, y + 17 * len(title), said)


def _rows(numbers: Mapping[str, Any], wide: bool) -> tuple[list[Row], dict[str, float], float]:
    """Rows of a block, middles of the names of its groups, and its height, in CSS pixels."""
    groups = grouped(list(numbers["metrics"]))
    if numbers.get("class_means"):
        groups[CONTROLS] = [*groups.get(CONTROLS, []), MEANS]
    rows, heads, y = [], {}, 0.0
    for group, arms in groups.items():
        heads[group] = y + 12
        y += 26
        for arm in arms:
            rows.append(Row(arm, y + 10, y + (10 if wide else 26)))
            y += 21 if wide else 38
        y += 12
    return rows, heads, y - 4


def _forest_panel(
    figure: Figure,
    box: canvas.Box,
    numbers: Mapping[str, Any],
    metric: str,
    rows: Sequence[Row],
    values: bool,
) -> None:
    """Marks of one measure on one data set; vertical data coordinates are CSS pixels from the panel's top."""
    left, top, w, height = box
    axes = canvas.axes(figure, box)
    means = {"value": (numbers.get("class_means") or {}).get(metric)}
    cells = {
        row.arm: _ends(means if row.arm == MEANS else numbers["metrics"][row.arm].get(metric)) for row in rows
    }
    bests = {
        name: float(value)
        for name, kind in (("ceiling", "ceilings"), ("floor", "floors"))
        if (value := (numbers.get(kind) or {}).get(metric)) is not None and np.isfinite(value)
    }
    trained = [end for arm, cell in cells.items() if arm != MEANS for end in cell]
    axes.set(xlim=_held(trained, [*bests.values(), *cells.get(MEANS, ())[:1]]))
    axes.set(ylim=(height, 0), yticks=[])
    bands = [(0.0, height)] if values else [(row.mark - 10, row.mark + 10) for row in rows]
    _grid(axes, bands)
    for name, best in bests.items():
        _best(axes, name, best, bands)
    for arm in SUBJECTS:
        if np.isfinite(cells.get(arm, (np.nan,))[0]):
            look = {"color": _paint(arm), "linewidth": LINE["rule"], "alpha": 0.6, "zorder": 1.6}
            axes.plot(*_upright(cells[arm][0], bands), **look)
    for row in rows:
        value, low, high = cells[row.arm]
        if np.isfinite([low, high]).all():
            axes.plot([low, high], [row.mark] * 2, color=_paint(row.arm), linewidth=LINE["interval"])
        if np.isfinite(value):
            at, beyond = _inside(axes, value)
            axes.plot(at, row.mark, **(_mark(row.arm) | ({"marker": beyond} if beyond else {})))
            if beyond and not values:
                side = 1 if beyond == "<" else -1
                x = at + side * 0.07 * np.ptp(axes.get_xlim())
                canvas.label(axes, x, row.mark, wording.number(value), ha="left" if side > 0 else "right")
        if values:
            baseline = top + row.mark + 4.5
            said = wording.number(value, 3)
            canvas.note(figure, left + w + 44, baseline, said, ha="right", color=_ink(row.arm))


def _upright(x: float, bands: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Ends of an upright line that is drawn in some bands only, so that it crosses no name on a phone."""
    return [x, x, np.nan] * len(bands), [end for band in bands for end in (*band, np.nan)]


def _grid(axes: Axes, bands: Sequence[tuple[float, float]]) -> None:
    """A grid line at every tick, in some bands only."""
    low, high = axes.get_xlim()
    for x in axes.get_xticks():
        if low <= x <= high:
            axes.plot(*_upright(x, bands), color=colour("rule"), linewidth=LINE["rule"], zorder=1)


def _best(axes: Axes, name: str, best: float, bands: Sequence[tuple[float, float]]) -> None:
    """A ceiling or floor: a dashed line with its name, or the name with an arrow where it lies beyond the axes."""
    _, beyond = _inside(axes, best)
    if beyond:
        low, high = axes.get_xlim()
        said = f"{name} {wording.number(best)}"
        text = f"\N{LEFTWARDS ARROW} {said}" if beyond == "<" else f"{said} \N{RIGHTWARDS ARROW}"
        canvas.label(axes, low if beyond == "<" else high, -8, text, ha="left" if beyond == "<" else "right")
        return
    canvas.dash(axes, *_upright(best, bands))
    side = "left" if best < np.mean(axes.get_xlim()) else "right"
    canvas.label(axes, best, -8, f"{name} {wording.number(best)}", ha=side)


def _inside(axes: Axes, value: float) -> tuple[float, str]:
    """A value, or the axes' end with the arrow that points to it."""
    low, high = axes.get_xlim()
    inset = 0.03 * (high - low)
    if value < low:
        return low + inset, "<"
    return (high - inset, ">") if value > high else (value, "")


def _held(trained: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis for all arms, and for what stands beside them unless it would squeeze them to less than half."""
    known = [end for end in trained if np.isfinite(end)]
    if not known:
        return _limits(others)
    span = max(known) - min(known)
    for other in sorted(others, key=lambda value: max(value - max(known), min(known) - value)):
        if np.isfinite(other) and max([*known, other]) - min([*known, other]) <= 2 * span:
            known.append(other)
    return _limits(known)


def _mark(arm: str) -> dict[str, Any]:
    """Dot of an arm; an open diamond for the class means, which no model was trained for."""
    if arm == MEANS:
        edge = {"color": colour("rival"), "markeredgewidth": LINE["interval"]}
        return {"marker": "D", "markerfacecolor": colour("paper"), "markersize": MARK["dot"] - 1} | edge
    size = MARK["dot"] if arm in SUBJECTS else MARK["dot"] - 1.5
    return {"marker": "o", "color": _paint(arm), "markersize": size, "markeredgewidth": 0, "zorder": 3}


def _limits(numbers: Sequence[float], space: float = 0.06) -> tuple[float, float]:
    """Ends of an axis that holds all finite numbers, with some space beside them."""
    finite = np.array([number for number in numbers if np.isfinite(number)] or [0.0, 1.0])
    low, high = float(finite.min()), float(finite.max())
    beside = space * (high - low) or 0.05 * abs(high) or 0.05
    return low - beside, high + beside


# ---------------------------------------------------------------- with and without tuning


@styled
def tuning_ratio(
    rows: Sequence[tuple[str, Changes]],
    metrics: Sequence[str] = ("kl", "entropy_pearson"),
    *,
    width: float = PAGE,
) -> Figure:
    """What soft labels change against hard ones, in percent, without tuning and with it; the paper's claim dashed.

    An interval that would dwarf all values is cut at the panel's edge and ends in an arrow. A change that has no
    percentage, because the hard arm's value may be 0, has no mark; its row says so.

    Parameters
    ----------
    rows : sequence of (title, mapping)
        For each study: "untuned", "own" and "votes", as far as recorded, each the soft arm's
        changes by metric.
    metrics : sequence of str
        Keys of `metrics.METRICS`.
    width : float
        CSS pixels. Below a page's width, panels stand below one another.

    Raises
    ------
    ValueError
        If there is no study.
    """
    if not rows:
        raise ValueError("no study given; pass a title and the changes of each, with and without tuning.")
    wide = width >= PAGE
    room, gap, line = (158.0 if wide else 0.0), 28.0, 18.0
    card = (width - room - (len(metrics) - 1) * gap) / len(metrics) if wide else width
    top = 14.0 + (0 if wide else 40)
    blocks, height = _study_blocks(rows, metrics, room - 14 if wide else width, wide, line)
    head, foot = 74.0, 44.0
    tall = head + height + foot
    figure = canvas.blank(width, top + tall * (1 if wide else len(metrics)) - 12)
    _tuning_key(figure, 14, wide, [kind for kind in TUNINGS if any(kind in changes for _, changes in rows)])
    for index, metric in enumerate(metrics):
        left = room + index * (card + gap) if wide else 0.0
        start = top + 18 + (0 if wide else index * tall)
        canvas.write(
            figure, left, start + 14, f"Change of {tables.SHORT.get(metric, metric)}, soft against hard"
        )
        better = METRICS[metric].better
        canvas.note(figure, left, start + 31, f"{better} is better" if better else "")
        inset = (
            0 if wide else 16
        )  # a phone's panel begins at the edge, where half of a tick's name would be lost
        box = (left + inset, start + head - 18, card - 52 - inset, height)
        _change_panel(figure, box, rows, metric, blocks, wide)
        if wide and index:
            continue
        for block in blocks:
            for shift, text in enumerate(block["title"]):
                baseline = box[1] + block["top"] + 13 + 16 * shift
                canvas.write(figure, 0, baseline, text, fontsize=FONT["tick"])
            for shift, text in enumerate(block["notes"], start=len(block["title"])):
                canvas.note(figure, 0, box[1] + block["top"] + 13 + 16 * shift, text)
    return figure


def _study_blocks(
    rows: Sequence[tuple[str, Changes]],
    metrics: Sequence[str],
    room: float,
    wide: bool,
    line: float,
) -> tuple[list[dict[str, Any]], float]:
    """For each study its words, its top and the middles of its marks, in CSS pixels; and the height of all."""
    blocks, y = [], 0.0
    for title, changes in rows:
        kinds = [kind for kind in TUNINGS if kind in changes]
        said = [
            f"{tables.SHORT.get(metric, metric)} {TUNINGS[kind]}: no percentage"
            for metric in metrics
            for kind in kinds
            if metric in changes[kind] and not _defined(changes[kind][metric])
        ]
        heading = _wrapped(title, room)
        notes = [part for text in said for part in _wrapped(text, room)]
        words = 16 * (len(heading) + len(notes)) + 4
        begin = 0 if wide else words + 2
        marks = {kind: y + begin + line * (index + 0.5) for index, kind in enumerate(kinds)}
        blocks.append({"title": heading, "notes": notes, "top": y, "marks": marks})
        tall = line * len(kinds)
        y += (max(words, tall) if wide else begin + tall) + 16
    return blocks, y - 8


def _defined(change: Change) -> bool:
    """Whether a change has a percentage worth printing, see `tables.share`."""
    return change.relative.defined and bool(np.isfinite(change.relative.value))


def _tuning_key(figure: Figure, y: float, wide: bool, kinds: Sequence[str]) -> None:
    """What the marks that are drawn stand for, beside one another or below."""
    x = 0.0
    for index, kind in enumerate(kinds):
        marker, token = LOOKS[kind]
        name = TUNINGS[kind]
        dot = {"o": "●", "D": "◆"}[marker]
        down = 0 if wide else 18 * index
        canvas.write(figure, x, y + down, dot, color=colour(token), fontsize=FONT["note"])
        canvas.note(figure, x + 14, y + down, name)
        x += 14 + wording.width_of(name, FONT["note"]) + 18 if wide else 0


def _span(share: Estimate) -> tuple[float, float, float]:
    return share.value, share.low, share.high


def _change_panel(
    figure: Figure,
    box: canvas.Box,
    rows: Sequence[tuple[str, Changes]],
    metric: str,
    blocks: Sequence[Mapping[str, Any]],
    wide: bool,
) -> None:
    """Marks of one measure's relative changes; vertical data coordinates are CSS pixels from the panel's top."""
    left, top, w, height = box
    axes = canvas.axes(figure, box)
    axes.xaxis.set_major_formatter(lambda share, _: tables.percent(share) if abs(share) > 1e-9 else "0%")
    shown = {
        (index, kind): _span(changes[kind][metric].relative)
        for index, (_, changes) in enumerate(rows)
        for kind in TUNINGS
        if kind in changes and metric in changes[kind] and _defined(changes[kind][metric])
    }
    claim = published.paper_claim().change(metric)
    axes.set(xlim=_cut([0.0, claim, *(cell[0] for cell in shown.values())], list(shown.values())))
    axes.set(ylim=(height, 0), yticks=[])
    ends = [list(block["marks"].values()) for block in blocks]
    bands = [(0.0, height)] if wide else [(min(ys) - 9, max(ys) + 9) for ys in ends if ys]
    _grid(axes, bands)
    axes.plot(*_upright(0, bands), color=colour("muted"), linewidth=LINE["ceiling"], zorder=1.7)
    if np.isfinite(claim):
        canvas.dash(axes, *_upright(claim, bands))
        side = "left" if claim < np.mean(axes.get_xlim()) else "right"
        canvas.label(axes, claim, -9, f"the paper {tables.percent(claim)}", ha=side)
    for (index, kind), cell in shown.items():
        y = blocks[index]["marks"][kind]
        _change(axes, y, cell, kind)
        canvas.note(figure, left + w + 52, top + y + 4.5, tables.percent(cell[0]), ha="right")
    for index, (_, changes) in enumerate(rows):
        for kind, y in blocks[index]["marks"].items():
            if (index, kind) not in shown and metric in changes[kind]:
                canvas.note(figure, left + w + 52, top + y + 4.5, tables.DASH, ha="right")


def _cut(values: Sequence[float], cells: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Ends of an axis with all values, and intervals up to a third of the values' range beyond them."""
    finite = [value for value in values if np.isfinite(value)]
    low, high = min(finite), max(finite)
    beyond = (high - low or 0.1) / 3
    ends = [float(np.clip(end, low - beyond, high + beyond)) for cell in cells for end in cell[1:]]
    return _limits([*finite, *ends])


def _change(axes: Axes, y: float, cell: tuple[float, float, float], kind: str) -> None:
    """One change with its interval; arrows where the interval goes on beyond the axes."""
    value, low, high = cell
    marker, token = LOOKS[kind]
    left, right = axes.get_xlim()
    inset = 0.025 * (right - left)
    if np.isfinite([low, high]).all():
        seen = np.clip([low, high], left + inset, right - inset)
        axes.plot(seen, [y, y], color=colour(token), linewidth=LINE["interval"])
        for end, beyond, arrow in ((0, low < left, "<"), (1, high > right, ">")):
            if beyond:
                look: dict[str, Any] = {"markersize": MARK["dot"] - 2, "markeredgewidth": 0}
                axes.plot(seen[end], y, arrow, color=colour(token), **look)
    size = MARK["dot"] - (1.5 if marker == "D" else 0)
    axes.plot(value, y, marker, color=colour(token), markersize=size, markeredgewidth=0, zorder=3)


# ---------------------------------------------------------------- two measures at once


@styled
def plane(
    numbers: Mapping[str, Any],
    metrics: tuple[str, str] = ("kl", "entropy_pearson"),
    *,
    width: float = PAGE,
) -> Figure:
    """Two measures against each other on one data set, every arm a dot with the cross of its intervals.

    Lines join the hard and the soft arm with what rules after training make of them.

    Parameters
    ----------
    numbers : mapping
        What `analysis.read` gives; used is `metrics`.
    metrics : (str, str)
        Keys of `metrics.METRICS`, of the horizontal and the vertical axis.
    width : float
        CSS pixels. Below a page's width, dots bear numbers and their names stand below.

    Raises
    ------
    ValueError
        If no arm has both measures.
    """
    order = [arm for arms in grouped(list(numbers["metrics"])).values() for arm in arms]
    found = {arm: tuple(_ends(numbers["metrics"][arm].get(metric)) for metric in metrics) for arm in order}
    cells = {arm: cell for arm, cell in found.items() if np.isfinite([cell[0][0], cell[1][0]]).all()}
    if not cells:
        raise ValueError(f"no arm has both {metrics[0]} and {metrics[1]}; pass what `analysis.read` returns.")
    absent = [arm for arm in found if arm not in cells]
    wide = width >= PAGE
    names = {arm: _name(arm) if wide else str(index) for index, arm in enumerate(cells, start=1)}
    box = (44.0, 46.0, width - 44 - 10, 430.0 if wide else 300.0)
    below = box[1] + box[3] + 50.0
    missing = f"Without a number here: {'; '.join(map(_name, absent))}" if absent else ""
    notes = _wrapped(missing, width) if missing else []
    keyed = 0 if wide else 19 * len(cells)
    figure = canvas.blank(width, below + keyed + 18 * len(notes) + (24 if keyed or notes else 0))
    axes = canvas.axes(figure, box, "both")
    for side, metric in enumerate(metrics):
        ends = _limits([end for cell in cells.values() for end in cell[side]], 0.04)
        axes.set(**{"xlim" if side == 0 else "ylim": ends})
        title = METRICS[metric].title
        text = ", ".join(filter(None, (title[:1].upper() + title[1:], METRICS[metric].unit)))
        place = (box[0] + box[2] / 2, below - 10) if side == 0 else (0.0, 16.0)
        canvas.write(figure, *place, text, ha="center" if side == 0 else "left")
    canvas.note(figure, 0, 33, _corner(metrics))
    _dots(axes, cells)
    for arm, text, at, far in _placed(axes, cells, names):
        x, y = axes.transData.inverted().transform(at)
        if far:
            start = (cells[arm][0][0], cells[arm][1][0])
            end = axes.transData.inverted().transform(far)
            look: dict[str, Any] = {"linewidth": LINE["rule"], "zorder": 2.2}
            axes.plot(*zip(start, end, strict=True), color=colour("muted"), **look)
        canvas.label(axes, x, y, text, color=_ink(arm), ha="center")
    if not wide:
        for index, (arm, number) in enumerate(names.items()):
            baseline = below + 20 + 19 * index
            canvas.write(figure, 20, baseline, number, color=_ink(arm), fontsize=FONT["tick"], ha="right")
            name = wording.shorten(_name(arm), width - 30)
            canvas.write(figure, 30, baseline, name, color=_ink(arm), fontsize=FONT["tick"])
    for index, text in enumerate(notes):
        canvas.note(figure, 0, below + keyed + 18 + 18 * index, text)
    return figure


def _corner(metrics: tuple[str, str]) -> str:
    """Where the better models lie."""
    sides = {"lower": ("left", "bottom"), "higher": ("right", "top")}
    better = [METRICS[metric].better for metric in metrics]
    if None in better:
        return ""
    across, up = (sides[str(side)][index] for index, side in enumerate(better))
    return f"better towards the {up} {across}"


def _dots(axes: Axes, cells: Mapping[str, tuple[Any, ...]]) -> None:
    """Crosses, lines from an arm to its rules, and dots of `plane`."""
    for arm, ((x, left, right), (y, low, high)) in cells.items():
        look: dict[str, Any] = {"color": _paint(arm), "linewidth": LINE["seed"], "zorder": 1.8}
        strength = 0.9 if arm in SUBJECTS else 0.3
        if np.isfinite([left, right]).all():
            axes.plot([left, right], [y, y], alpha=strength, **look)
        if np.isfinite([low, high]).all():
            axes.plot([x, x], [low, high], alpha=strength, **look)
        before, _, rule = arm.partition("/")
        if rule and before in cells:
            at = cells[before]
            path = ([at[0][0], x], [at[1][0], y])
            axes.plot(*path, color=_paint(before), linewidth=LINE["interval"], zorder=2.4)
        axes.plot(x, y, **_mark(arm))


def _placed(
    axes: Axes, cells: Mapping[str, tuple[Any, ...]], names: Mapping[str, str]
) -> Iterator[tuple[str, str, tuple[float, float], tuple[float, float] | None]]:
    """The nearest free place of each name: arm, name, its middle, and where a line to its dot ends, in CSS pixels.

    A place is free if it touches no dot, no line that matters and no name before it, and lies inside of the
    axes; the line to its dot crosses as few names as can be.
    """
    dots = {arm: axes.transData.transform((cell[0][0], cell[1][0])) for arm, cell in cells.items()}
    reach = MARK["dot"] / 2 + 1
    taken: list[tuple[float, ...]] = [(x - reach, y - reach, x + reach, y + reach) for x, y in dots.values()]
    taken += [speck for ends in _lines(axes, cells, dots) for speck in _specks(*ends)]
    named: list[tuple[float, ...]] = []
    for arm in sorted(cells, key=lambda arm: arm not in SUBJECTS):
        w, h = wording.width_of(names[arm], FONT["note"]) / 2 + 3, 8.5
        dot = (float(dots[arm][0]), float(dots[arm][1]))
        others = [place for other, place in dots.items() if other != arm]
        best: tuple[int, tuple[float, ...], tuple[float, float] | None] | None = None
        for x, y in _around(dot, w + reach, h + reach):
            box: tuple[float, ...] = (x - w, y - h, x + w, y + h)
            if not _lies_in(box, axes.bbox.extents) or any(_touch(box, other) for other in taken):
                continue
            near, away = _nearest(box, dot)
            unclear = any(_nearest(box, other)[1] < 2 * away + 4 for other in others)
            leader = near if away > 12 or unclear else None
            line = _specks(dot, near, step=3.0) if leader else []
            crossed = sum(any(_touch(speck, name) for speck in line) for name in named)
            if best is None or crossed < best[0]:
                best = (crossed, box, leader)
            if not crossed:
                break
        if best is None:
            raise ValueError(
                f"no room is left for the name {names[arm]!r}; draw fewer arms or a wider figure."
            )
        _, box, leader = best
        named.append(box)
        taken += [box, *(_specks(dot, leader, step=3.0) if leader else [])]
        yield arm, names[arm], ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), leader


def _around(dot: tuple[float, float], w: float, h: float) -> Iterator[tuple[float, float]]:
    """Middles of a name so wide and high around a dot, the nearest first."""
    for far in range(0, 420, 6):
        for angle in np.linspace(0, 2 * np.pi, 32, endpoint=False) + np.pi / 16:
            yield dot[0] + float(np.cos(angle)) * (w + far), dot[1] + float(np.sin(angle)) * (h + far)


def _lines(
    axes: Axes, cells: Mapping[str, tuple[Any, ...]], dots: Mapping[str, Any]
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Ends of lines that no name should cross: crosses of hard and soft, and lines to what rules make of them."""
    for arm, ((x, left, right), (y, low, high)) in cells.items():
        before, _, rule = arm.partition("/")
        if rule and before in dots:
            yield tuple(dots[before]), tuple(dots[arm])
        if arm in SUBJECTS:
            for one, other in (((left, y), (right, y)), ((x, low), (x, high))):
                if np.isfinite([one, other]).all():
                    yield tuple(axes.transData.transform(one)), tuple(axes.transData.transform(other))


def _specks(one: Any, other: Any, step: float = 6.0) -> list[tuple[float, ...]]:
    """Small boxes along a line, to be kept clear of."""
    n = int(np.hypot(other[0] - one[0], other[1] - one[1]) // step) + 2
    along = np.linspace(one, other, n)
    return [(x - 1.0, y - 1.0, x + 1.0, y + 1.0) for x, y in along]


def _nearest(box: tuple[float, ...], dot: Any) -> tuple[tuple[float, float], float]:
    """The point of a box that is nearest to a dot, and how far it is."""
    near = (float(np.clip(dot[0], box[0], box[2])), float(np.clip(dot[1], box[1], box[3])))
    return near, float(np.hypot(near[0] - dot[0], near[1] - dot[1]))


def _lies_in(box: tuple[float, ...], frame: Any) -> bool:
    return bool(frame[0] <= box[0] and frame[1] <= box[1] and box[2] <= frame[2] and box[3] <= frame[3])


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
