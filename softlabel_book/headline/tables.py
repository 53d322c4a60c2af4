"""The headline as people read it: one table, and the sentences that belong below it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from softlabel_book import sets, tables
from softlabel_book.headline.analysis import ARM, Headline, Row, Within
from softlabel_book.summary import REFERENCE
from softlabel_core.data import entry, part_title

CHANGE = "change"
LOWEST_TO_HIGHEST = "lowest to highest of the sets"
# Heading -> what of a row or of the mean stands below it, and of which metric.
COLUMNS = {
    "KL, hard": (REFERENCE, "kl"),
    "KL, soft": (ARM, "kl"),
    "KL change": (CHANGE, "kl"),
    "KL difference": ("difference", "kl"),
    "KL floor": ("floor", "kl"),
    "KL − floor change": (CHANGE, "excess_kl"),
    "TV change": (CHANGE, "total_variation"),
    "JS change": (CHANGE, "js_distance"),
    "r(H), hard": (REFERENCE, "entropy_pearson"),
    "r(H), soft": (ARM, "entropy_pearson"),
    "r(H) change": (CHANGE, "entropy_pearson"),
    "r(H) difference": ("difference", "entropy_pearson"),
    "r(H) ceiling": ("ceiling", "entropy_pearson"),
    "ρ(H) change": (CHANGE, "entropy_spearman"),
    "ρ(H) ceiling": ("rank_ceiling", "entropy_spearman"),
    "accuracy difference": ("difference", "accuracy"),
}
METHOD = (
    "Change: (soft − hard) / hard, or the plain difference where hard's interval touches 0. KL(votes ‖ model) and its "
    "floor, which counts as known, in nats.",
    "95% intervals. On a set: paired bootstrap, conditional on the split. Mean over sets, which are independent: each set's "
    "interval arms added in squares (Zou & Donner 2008). It treats these sets as fixed and says nothing of another set: "
    "read it beside how far the sets lie apart. Ratio of means: normal, from the sets' intervals (delta method).",
)
# How arms were set, by criterion of tuning.
SETTINGS = {
    "": "Provisional: on a set one setting for all arms, not tuned.",
    "own": "Every arm tuned with the same number of trials, by cross-entropy with its own labels on the validation items.",
    "votes": "Every arm tuned with the same number of trials, by cross-entropy with the votes on the validation items.",
}


def table(headline: Headline) -> pd.DataFrame:
    """The headline as people read it: the primary sets, what they come to, the paper, and what stands beside.

    Parameters
    ----------
    headline : Headline

    Returns
    -------
    pandas.DataFrame of str
        A row a study or what several come to, a column an entry of `COLUMNS`.
    """
    paper = {
        heading: headline.paper.change(key) for heading, (what, key) in COLUMNS.items() if what == CHANGE
    }
    rows = {
        **{title(row): cells(row) for row in headline.primary},
        f"mean over {len(headline.primary)} of {len(sets.PRIMARY)} sets": _mean_cells(headline),
        LOWEST_TO_HIGHEST: {
            heading: spread(headline.means[key].spread)
            for heading, (what, key) in COLUMNS.items()
            if what == CHANGE
        },
        "ratio of means": {
            heading: tables.share(headline.means[key].ratio)
            for heading, (what, key) in COLUMNS.items()
            if what == CHANGE
        },
        "the paper: mean over its three": {
            heading: tables.percent(share) for heading, share in paper.items()
        },
        **{title(row): cells(row) for row in headline.beside},
        **{
            f"{entry(each.data).title} within its sources: {each.protocol}": _within(each)
            for each in headline.within
        },
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).fillna(tables.DASH)


def title(row: Row) -> str:
    """A row's name: data set, part, protocol, and which protocol it stands in for."""
    part = f", {part_title(row.data, row.part)} alone" if row.part else ""
    wanted = f", no {row.instead_of} yet" if row.instead_of else ""
    return f"{entry(row.data).title}{part}: {row.protocol}{wanted}"


def cells(row: Row) -> dict[str, str]:
    """What stands in a row below each heading."""
    return {heading: _cell(row, what, key) for heading, (what, key) in COLUMNS.items()}


def _cell(row: Row, what: str, key: str) -> str:
    if what == CHANGE:
        return tables.change(row.changes, key)
    if what == "difference":
        return tables.interval(row.changes[key].difference)
    held = getattr(row, what)
    return tables.number(held) if isinstance(held, float) else tables.interval(held[key])


def _mean_cells(headline: Headline) -> dict[str, str]:
    """What the primary rows come to on the mean; nothing below floors and ceilings."""
    found = {}
    for heading, (what, key) in COLUMNS.items():
        mean = headline.means[key]
        if what == CHANGE:
            left = len(headline.primary) - len(mean.left_out)
            few = f", {left} set{'s' * (left != 1)}" if mean.left_out and left else ""
            found[heading] = tables.share(mean.relative) + few
        elif what in (REFERENCE, ARM, "difference"):
            found[heading] = tables.interval(getattr(mean, what))
    return found


def spread(ends: tuple[float, float]) -> str:
    """Lowest and highest of the sets' relative changes, "−31% to −8%"; a dash where there is none."""
    low, high = map(tables.percent, ends)
    return low if low == high else f"{low} to {high}"


def _within(found: Within) -> dict[str, str]:
    """What stands in the row of a correlation within parts."""
    key = "entropy_pearson"
    return {
        "r(H), hard": tables.interval(found.hard),
        "r(H), soft": tables.interval(found.soft),
        "r(H) change": tables.change({key: found.change}, key),
        "r(H) difference": tables.interval(found.change.difference),
    }


def notes(headline: Headline) -> list[str]:
    """Sentences that belong below the table: what is missing, left out or stood in for, and how it was made."""
    paper = headline.paper
    return [
        *_on_what_is_missing(headline),
        *_on_what_is_left_out(headline),
        *_on_intervals(headline.primary + headline.beside),
        *METHOD,
        SETTINGS[headline.criterion],
        f"{paper.source}: {paper.note}",
    ]


def _on_what_is_missing(headline: Headline) -> Iterator[str]:
    for data in headline.missing:
        yield f"{entry(data).title} is not recorded, so it is in no number above; run: softlabel study {data}"
    rows = headline.primary + headline.beside
    waiting = [f"{entry(row.data).title} {row.instead_of}" for row in rows if row.instead_of]
    if waiting:
        yield f"No record yet of {', '.join(waiting)}: the next recorded protocol stands in its place."


def _on_what_is_left_out(headline: Headline) -> Iterator[str]:
    for key, mean in headline.means.items():
        if mean.left_out:
            left_out = ", ".join(entry(data).title for data in mean.left_out)
            yield (
                f"{tables.SHORT[key]}: {left_out} left out of the mean of percentages, because hard's interval touches 0 "
                "there or is not finite; kept in the mean difference and in the ratio of means."
            )


def _on_intervals(rows: list[Row]) -> Iterator[str]:
    """Where they vary with raters, and where they are of few seeds."""
    sharing = {row.data for row in rows if row.raters_shared}
    if sharing:
        yield f"{', '.join(entry(data).title for data in sets.EVERY if data in sharing)}: {tables.RATERS_SHARED}"
    few = {
        f"{entry(row.data).title} {row.protocol}": len(row.seeds) for row in rows if not row.seeds_resampled
    }
    if few:
        listed = ", ".join(f"{name} ({n})" for name, n in few.items())
        yield f"Fewer than 5 seeds, so intervals are of these seeds alone: {listed}."


def text(headline: Headline) -> str:
    """The headline for a terminal."""
    whole, first = table(headline), len(headline.primary) + 4  # the mean, its spread, the ratio, the paper
    lines = ["Soft labels against hard labels.", "", _upright(whole.iloc[:first])]
    if len(whole) > first:
        lines += ["", "Beside it:", _upright(whole.iloc[first:])]
    return "\n".join([*lines, "", *notes(headline)])


def _upright(rows: pd.DataFrame) -> str:
    """Rows as columns, their long names over two lines."""
    upright = rows.T
    upright.columns = pd.MultiIndex.from_tuples([name.partition(": ")[::2] for name in rows.index])
    return upright.to_string(sparsify=False)
