"""Invented summaries whose headline is known."""

from softlabel_book import summary
from softlabel_book.headline.analysis import KEYS
from softlabel_core.study import protocols


def change(value, half=0.05, base=(0.5, 0.1)):
    """A difference and a relative change of a metric whose reference is `base`, value and half width."""
    sound = base[0] - base[1] > 0
    return {
        "difference": {"value": value * base[0], "low": (value - half) * base[0], "high": (value + half) * base[0]},
        "relative": {"value": value, "low": value - half, "high": value + half} | ({} if sound else {"defined": False}),
    }  # fmt: skip


def around(value, half):
    return {"value": value, "low": value - half, "high": value + half, "per_seed": [value]}


def numbers_of(kl=-0.2, r=0.5, hard_kl=0.5, hard_r=0.3, half_r=0.1):
    """The numbers of a study, or of a part of one, with the given relative changes."""
    bases = dict.fromkeys(KEYS, (0.5, 0.1))
    bases |= {"kl": (hard_kl, 0.1), "entropy_pearson": (hard_r, half_r)}
    shares = dict.fromkeys(KEYS, 0.1) | {"kl": kl, "entropy_pearson": r}
    return {
        "metrics": {
            "hard": {key: around(*base) for key, base in bases.items()},
            "soft": {key: around(base[0] * (1 + shares[key]), base[1]) for key, base in bases.items()},
        },
        "changes": {"soft": {key: change(shares[key], base=base) for key, base in bases.items()}},
        "floors": {"kl": 0.02, "entropy_bias": 0.1},
        "ceilings": {"entropy_pearson": 0.9, "entropy_spearman": 0.8},
    }


def ruled(kl=-0.1, r=0.1):
    """What one temperature makes of a hard arm: it changes KL and r by so much, and from votes by twice that."""
    arms = {"hard/temperature": (kl, r), "hard/temperature-votes": (2 * kl, 2 * r)}
    numbers = {arm: numbers_of(kl=by, r=gain) for arm, (by, gain) in arms.items()}
    return {
        "metrics": {
            arm: held["metrics"]["soft"] | {"entropy_bias": around(-0.2, 0.05)}
            for arm, held in numbers.items()
        },
        "changes": {arm: held["changes"]["soft"] for arm, held in numbers.items()},
        "shares": {
            arm: {"kl": {"value": 0.5, "low": 0.4, "high": 0.6}, "total_variation": change(1.0)["relative"]
                  | {"defined": False}}
            for arm in arms
        },
        "leads": {arm: {"kl": change(kl)} for arm in arms},
    }  # fmt: skip


def on_half(kl=-0.4, r=0.8, other_kl=-0.3):
    """The more ambiguous half of a study's items, and the check of it by other votes."""
    checked = {
        scope: {"changes": {"soft": numbers_of(kl=other_kl * times)["changes"]["soft"]}}
        for scope, times in (("all", 1), ("half", 1.1))
    }
    return {"n_test": 300, "least": 0.7, **numbers_of(kl=kl, r=r), "other_votes": checked}


def within_parts(r=0.2):
    """The correlation of entropies within parts."""
    held = numbers_of(r=r)
    key = "entropy_pearson"
    return {
        "metrics": {arm: {key: values[key]} for arm, values in held["metrics"].items()},
        "changes": {"soft": {key: held["changes"]["soft"][key]}},
    }


def record(folder, data, name, seeds=5, raters_shared=False, parts=None, criterion="", more=None, **given):
    """Write an invented summary where a study's would lie; `more` are entries of its own, as `rules`."""
    facts = {
        "n_test": 600, "seeds": list(range(seeds)), "seeds_resampled": seeds >= 5, "raters_shared": raters_shared,
    }  # fmt: skip
    parts = {part: {"n_test": 300, **numbers_of(**each)} for part, each in (parts or {}).items()}
    whole = {
        "data": data,
        "protocol": name,
        "facts": facts,
        "parts": parts,
        **numbers_of(**given),
        **(more or {}),
    }
    summary.SUMMARIES[criterion].write(whole, data, name, folder)


def first(data, place=0):
    """Name of a data set's first protocol, or of a later one."""
    return [name for where, name in protocols.PROTOCOLS if where == data][place]
