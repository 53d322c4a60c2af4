"""Out in the wild: arms on damaged and attacked images, and what they pay where they may pass."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn
from tqdm import tqdm

from softlabel_book import tables
from softlabel_book.robustness import abstaining as selective
from softlabel_book.robustness import attacks, corruptions
from softlabel_core import (
    calibration,
    metrics,
    models,
    statistics,
    storage,
    study,
    training,
    votes,
    weighting,
)
from softlabel_core.data import Dataset, sources
from softlabel_core.statistics import MIN_SEEDS, Bootstrap
from softlabel_core.storage import Aggregate, RecordError
from softlabel_core.study import Run, Study, fitting, protocols, provenance
from softlabel_core.study.inputs import weights_hash
from softlabel_core.study.protocols import Protocol
from softlabel_core.votes import Floats
from softlabel_core.weighting import Values, Weighting

ROBUSTNESS = Aggregate("wild.json", "softlabel robustness {data} --protocol {protocol}")
ARMS = ("hard", "soft")
LEVELS = (1, 2, 3, 4, 5)
EPSILONS = (1.0, 2.0, 4.0, 8.0)  # grey levels of 255
ATTACKS = ("fgsm", "pgd")
MEASURES = ("kl", "accuracy", "entropy_bias", "entropy_pearson")
SELECTIVE_ON = "noise-5"  # named before any result was seen: the strongest of the first corruption
COVERAGE = np.round(np.arange(0.05, 1.001, 0.05), 2)
PARTS = ("total", "aleatoric", "epistemic")
MIN_MEMBERS = 3  # fewer say too little about where members differ

Measure = Callable[[Floats, Floats, Floats], dict[str, Floats]]  # of confidence, cost and weights
Predictions = dict[str, NDArray[np.float32]]  # condition -> log-probabilities [n_test, n_classes]


def conditions(
    kinds: Sequence[str] = tuple(corruptions.SEVERITIES),
    levels: Sequence[int] = LEVELS,
    epsilons: Sequence[float] = EPSILONS,
) -> list[str]:
    """Names of what the test images go through: clean, noise-1 to jpeg-5, fgsm-1 to pgd-8."""
    damaged = [f"{kind}-{level}" for kind in kinds for level in levels]
    return ["clean", *damaged, *(f"{kind}-{epsilon:g}" for kind in ATTACKS for epsilon in epsilons)]


def make(
    protocol: Protocol,
    dataset: Dataset,
    seeds: Sequence[int] | None = None,
    *,
    names: Sequence[str] | None = None,
    selective_on: str | None = SELECTIVE_ON,
    n_resamples: int = statistics.N_RESAMPLES,
    device: str | None = None,
    folder: Path | None = None,
    keep: bool = True,
    progress: bool = True,
) -> dict[str, Any]:
    """Train the hard and the soft arm on the fixed split and measure both out in the wild.

    Predictions on altered images are held against the votes of the clean ones: nobody voted on the others.

    Parameters
    ----------
    protocol : Protocol
        Of images. Settings, split and seeds are those of its study.
    dataset : Dataset
    seeds : sequence of int, optional
        By default the protocol's.
    names : sequence of str, optional
        What to measure on, see `conditions`; "clean" first. By default all.
    selective_on : str or None
        The altered condition on which passing is measured too.
    n_resamples : int
        Of the bootstrap.
    device : str, optional
        By default a GPU where there is one.
    folder : pathlib.Path, optional
        Where recorded studies lie; the parts of entropy come from the record of this protocol, if it has
        three seeds.
    keep : bool
        Whether weights and predictions are kept in the cache, so that a killed run goes on.
    progress : bool
        Whether to show a bar on standard error.

    Returns
    -------
    dict
        `conditions` by name: `metrics` by arm with value, low, high and per_seed; `differences` soft less
        hard; `relative`, that of KL as a share; `moved`, the difference less the one on clean images.
        `selective` and `parts`, see `passing` and `decompose`; `facts`.

    Raises
    ------
    ValueError
        If the protocol does not read images, or "clean" is not measured.
    RecordError
        If training diverged, or a file in the cache is broken or of other settings.
    """
    _check_images(protocol, dataset)
    names = conditions() if names is None else list(names)
    if "clean" not in names:
        raise ValueError("names leaves out clean, which all else is held against; put it first.")
    seeds = list(range(protocol.seeds)) if seeds is None else list(seeds)
    test = dataset.take(study.split_of(dataset, protocol, 0).test)
    found: dict[str, list[Predictions]] = {arm: [] for arm in ARMS}
    runs = [Run(protocol, arm, 0, seed) for seed in seeds for arm in ARMS]
    for run in tqdm(runs, desc="wild", unit="model", disable=not progress, file=sys.stderr):
        found[run.arm].append(_measured(run, dataset, test, names, device, keep))
    log_p = {
        name: {arm: np.stack([one[name] for one in members]) for arm, members in found.items()}
        for name in names
    }
    recorded = _recorded(protocol, folder)
    chosen = ["clean"] + ([selective_on] if selective_on in names else [])
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "facts": _facts(protocol, dataset, test, seeds, n_resamples)
        | {"device": _device_name(device), "beside_record": _beside(recorded, log_p["clean"], seeds, test)},
        "conditions": _compared(log_p, test, n_resamples),
        "selective": {name: passing(log_p[name], test.counts, test.groups, n_resamples) for name in chosen},
        "parts": _parts(recorded, dataset, log_p["clean"], test, n_resamples),
    }


def from_records(
    recorded: Study, dataset: Dataset, n_resamples: int = statistics.N_RESAMPLES
) -> dict[str, Any]:
    """What needs no new training, of any study: passing on clean items, and the parts of entropy.

    Parameters
    ----------
    recorded : Study
        With the arms hard and soft.
    dataset : Dataset
        The votes that it was recorded with.
    n_resamples : int

    Returns
    -------
    dict
        As of `make`, without conditions.
    """
    test, protocol = recorded.test_part(dataset), recorded.protocol
    log_p = {arm: recorded.log_p(arm) for arm in ARMS}
    return {
        "data": protocol.data,
        "protocol": protocol.name,
        "facts": _facts(protocol, dataset, test, recorded.seeds, n_resamples),
        "conditions": {},
        "selective": {"clean": passing(log_p, test.counts, test.groups, n_resamples)},
        "parts": _parts(recorded, dataset, log_p, test, n_resamples),
    }


def run(
    protocol: Protocol,
    dataset: Dataset,
    seeds: Sequence[int] | None = None,
    *,
    device: str | None = None,
    folder: Path | None = None,
) -> Path:
    """Measure all that the data set allows, write it, and say where it lies: what `softlabel robustness` does.

    Raises
    ------
    RecordError
        If a text study is not recorded yet, or as `make` does.
    """
    if dataset.is_text:
        found = from_records(study.load(protocol, folder), dataset)
    else:
        found = make(protocol, dataset, seeds, device=device, folder=folder)
    return ROBUSTNESS.write(found, protocol.data, protocol.name, folder)


# ---------------------------------------------------------------- models and what they predict


def _check_images(protocol: Protocol, dataset: Dataset) -> None:
    if dataset.is_text or protocol.encoder or protocol.frozen:
        raise ValueError(
            f"{protocol.data} {protocol.name} has no model that reads images, so there is nothing to corrupt or attack; "
            "choose a protocol that trains a network on images."
        )


def _measured(
    run: Run, dataset: Dataset, test: Dataset, names: Sequence[str], device: str | None, keep: bool
) -> Predictions:
    """Predictions of one model under every condition, from the cache where they are whole."""
    path = _cached(run, dataset)
    weights = path.with_suffix(".weights.pt")
    if keep and weights.exists():
        state, digest = _read_state(weights, run, dataset)
        model = models.build(run.protocol.model, training.to_tensor(test.items[:2], torch.device("cpu")),
                             dataset.n_classes, run.seed)  # fmt: skip
        model.load_state_dict(state)
    else:
        fitted = fitting.fitted(run, dataset, device)
        model = fitted.model
        state = {key: value.cpu() for key, value in model.state_dict().items()}
        digest = weights_hash(state)
        if keep:
            facts = {**_who(run, dataset), "sha256": digest}
            _save(weights, {"state": state, "facts": facts})
    done = _read_predictions(path, digest) if keep else {}
    missing = [name for name in names if name not in done]
    if missing:
        done |= predict(model, test, missing, run.seed, device)
        if keep:
            _save_predictions(path, digest, done)
    return {name: done[name] for name in names}


def predict(
    model: nn.Module, test: Dataset, names: Sequence[str], seed: int = 0, device: str | None = None
) -> Predictions:
    """What a model predicts for the test items under each condition.

    Parameters
    ----------
    model : torch.nn.Module
        Maps raw images to logits.
    test : Dataset
    names : sequence of str
        See `conditions`.
    seed : int
        Seed of the attacks' random starts. Corrupted images are the same for every model.
    device : str, optional

    Returns
    -------
    dict of str to numpy.ndarray of float32, shape [n_test, n_classes]
        Natural-log probabilities.

    Raises
    ------
    ValueError
        If a name is of no corruption and no attack.
    """
    place = training.pick_device(device)
    model.to(place).eval()
    clean = training.to_tensor(test.items, place)
    target = attacks.majority_target(test.counts).to(place)
    found = {}
    for name in names:
        kind, _, strength = name.partition("-")
        if kind == "clean":
            shown = clean
        elif kind == "fgsm":
            shown = attacks.fgsm(model, clean, target, float(strength))
        elif kind == "pgd":
            shown = attacks.pgd(model, clean, target, float(strength), seed=seed)
        else:
            shown = training.to_tensor(corruptions.corrupt(test.items, kind, int(strength or -1)), place)
        found[name] = training.predict(model, shown, attacks.BATCH)
    return found


def _cached(run: Run, dataset: Dataset) -> Path:
    """Where a model's predictions lie in the cache; its weights lie beside them."""
    kind = "lossless" if dataset.provenance.startswith("lossless") else "other"
    file = f"{run.protocol.data}-{run.protocol.name}-{run.arm}-seed{run.seed}-{kind}-{dataset.hash[:8]}.pt"
    return sources.cache_folder() / "wild" / file


def _who(run: Run, dataset: Dataset) -> dict[str, Any]:
    """What weights in the cache must have been trained as."""
    before = run.protocol.pretraining
    settings = {
        "run": run.protocol.settings(),
        "pretraining": protocols.pretraining(before).settings() if before else None,
    }
    return storage.plain(
        {
            **settings,
            "arm": run.arm,
            "seed": run.seed,
            "data_hash": dataset.hash,
            "provenance": dataset.provenance,
        }
    )


def _save(path: Path, content: dict[str, Any]) -> None:
    whole = io.BytesIO()
    torch.save(content, whole)
    storage.write_atomically(path, whole.getvalue())


def _read_state(path: Path, run: Run, dataset: Dataset) -> tuple[dict[str, torch.Tensor], str]:
    """Weights from the cache with their hash, if they are whole and were trained as this run is."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        state, facts = saved["state"], dict(saved["facts"])
        digest = facts.pop("sha256")
        if digest != weights_hash(state):
            raise ValueError("the weights do not match their hash")
    except Exception as error:  # a damaged file fails in a dozen ways
        raise RecordError(
            f"{path} is truncated or altered; delete it, and its model is trained again."
        ) from error
    if facts != _who(run, dataset):
        raise RecordError(
            f"{path} was trained with other settings; delete it, and its model is trained again."
        )
    return state, digest


def _save_predictions(path: Path, digest: str, predictions: Predictions) -> None:
    """Keep what weights of this hash predict, with a hash of its own."""
    kept = {name: torch.from_numpy(values) for name, values in predictions.items()}
    _save(path, {"of": digest, "log_p": kept, "sha256": _predictions_hash(kept)})


def _predictions_hash(log_p: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over predictions, their names, types and shapes."""
    described = {f"{name} {values.dtype} {tuple(values.shape)}": values for name, values in log_p.items()}
    return weights_hash(described)


def _read_predictions(path: Path, digest: str) -> Predictions:
    """Predictions from the cache that these very weights made; nothing where there are none.

    A file without a hash of its own, as they once were, counts as none.
    """
    if not path.exists():
        return {}
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        if saved["of"] != digest or "sha256" not in saved:
            return {}
        if saved["sha256"] != _predictions_hash(saved["log_p"]):  # torch.load does not look
            raise ValueError("the predictions do not match their hash")
        return {name: values.numpy() for name, values in saved["log_p"].items()}
    except Exception as error:  # a damaged file fails in a dozen ways
        raise RecordError(f"{path} is truncated or altered; delete it, and it is made again.") from error


# ---------------------------------------------------------------- numbers


def _compared(
    log_p: Mapping[str, Mapping[str, ArrayLike]], test: Dataset, n_resamples: int
) -> dict[str, Any]:
    """Metrics of both arms under each condition, their difference, and how it moved from clean images."""
    boots = {
        name: statistics.bootstrap(arms, test.counts, test.groups, n_resamples=n_resamples)
        for name, arms in log_p.items()
    }

    def moved(boot: Bootstrap, key: str) -> statistics.Estimate:
        return statistics.difference_of_differences((boot, key), (boots["clean"], key), "soft", "hard")

    return {
        name: {
            "metrics": {
                arm: {
                    key: boot.interval(arm, key).plain() | {"per_seed": boot.per_seed[arm][key].tolist()}
                    for key in MEASURES
                }
                for arm in ARMS
            },
            "differences": {key: boot.difference(key, "soft", "hard").plain() for key in MEASURES},
            "relative": {"kl": boot.relative_change("kl", "soft", "hard").plain()},
            "moved": {key: moved(boot, key).plain() for key in MEASURES},
        }
        for name, boot in boots.items()
    }


def passing(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    n_resamples: int = statistics.N_RESAMPLES,
) -> dict[str, Any]:
    """Selective prediction of both arms: areas under risk-coverage curves, and the curves.

    Parameters
    ----------
    log_p : mapping of arm to array_like, shape [n_seeds, n_items, n_classes]
        Natural-log probabilities.
    counts : array_like, shape [n_items, n_classes]
        Votes.
    groups : array_like, shape [n_items]
    n_resamples : int

    Returns
    -------
    dict
        `areas`: confidence -> risk -> `arms` (arm -> field of `selective.Area` -> value, low, high) and
        `differences` (soft less hard). `coverage`, shape [n_points], and `curves`: risk -> arm -> `risk`
        [n_points, 3] with value, low, high, and `best` [n_points], for the probability as confidence.
    """
    known = {arm: np.asarray(values) for arm, values in log_p.items()}
    costs = {arm: [selective.risks(one, counts) for one in seeds] for arm, seeds in known.items()}
    sure = {
        kind: {arm: [selective.confidence(one, kind) for one in seeds] for arm, seeds in known.items()}
        for kind in selective.CONFIDENCES
    }

    def measured(kind: str, risk: str, measure: Measure) -> Bootstrap:
        cost = {arm: [getattr(one, risk) for one in each] for arm, each in costs.items()}
        draws = _draws(groups, len(next(iter(known.values()))), n_resamples)
        return statistics.resample(lambda weights: _of_seeds(measure, sure[kind], cost, weights), draws)

    def best(risk: str, arm: str) -> list[float]:
        each = [getattr(one, risk) for one in costs[arm]]
        return np.mean([selective.curve(-cost, cost, COVERAGE)[:, 0] for cost in each], axis=0).tolist()

    areas = {
        kind: {risk: _areas(measured(kind, risk, _area)) for risk in selective.Risks._fields}
        for kind in selective.CONFIDENCES
    }
    curves = {risk: measured("probability", risk, _points) for risk in selective.Risks._fields}
    return {
        "areas": areas,
        "coverage": COVERAGE.tolist(),
        "curves": {
            risk: {arm: {"risk": _ends(boot, arm), "best": best(risk, arm)} for arm in known}
            for risk, boot in curves.items()
        },
    }


def _draws(groups: ArrayLike, n_seeds: int, n_resamples: int) -> statistics.Draws:
    """Groups, and from five on seeds, from the stream of random numbers that the record was drawn with."""
    return statistics.draw_groups(groups, n_seeds, n_resamples, drawing=statistics.by_number)


def _of_seeds(
    measure: Measure,
    sure: Mapping[str, list[Floats]],
    costs: Mapping[str, list[Floats]],
    weights: Floats,
) -> dict[str, dict[str, Floats]]:
    """A measure of confidence and cost, seed by seed: arm -> measure -> [n_seeds, n_weightings]."""
    found = {}
    for arm, seeds in sure.items():
        each = [measure(one, cost, weights) for one, cost in zip(seeds, costs[arm], strict=True)]
        found[arm] = {key: np.stack([values[key] for values in each]) for key in each[0]}
    return found


def _area(sure: Floats, cost: Floats, weights: Floats) -> dict[str, Floats]:
    return selective.area(sure, cost, weights)._asdict()


def _points(sure: Floats, cost: Floats, weights: Floats) -> dict[str, Floats]:
    """Points of a risk-coverage curve by their number."""
    return {str(i): point for i, point in enumerate(selective.curve(sure, cost, COVERAGE, weights))}


def _areas(boot: Bootstrap) -> dict[str, Any]:
    """One risk's areas of every arm, and soft less hard."""
    fields = selective.Area._fields
    return {
        "arms": {
            arm: {field: boot.interval(arm, field).plain() for field in fields} for arm in boot.estimate
        },
        "differences": {field: boot.difference(field, "soft", "hard").plain() for field in fields},
    }


def _ends(boot: Bootstrap, arm: str) -> list[list[float]]:
    """Value, low and high of every measure of an arm."""
    found = [boot.interval(arm, key) for key in boot.estimate[arm]]
    return [[one.value, one.low, one.high] for one in found]


def decompose(
    log_p: Mapping[str, ArrayLike],
    counts: ArrayLike,
    groups: ArrayLike,
    n_resamples: int = statistics.N_RESAMPLES,
) -> dict[str, Any]:
    """How each part of an ensemble's entropy goes with human entropy, by arm.

    The members of an ensemble are an arm's seeds; they are not resampled.

    Parameters
    ----------
    log_p : mapping of arm to array_like, shape [n_members, n_items, n_classes]
        Natural-log probabilities.
    counts : array_like, shape [n_items, n_classes]
        Votes.
    groups : array_like, shape [n_items]
    n_resamples : int

    Returns
    -------
    dict
        `n_members`; `arms`: arm -> part -> `pearson` with human entropy and `mean` in nats, with value, low,
        high; `differences`: part -> the same, soft less hard; `apart`: how much more soft labels add to the
        aleatoric part's correlation than to the epistemic part's.
    """
    human = Values(votes.entropy(votes.distribution(counts)))
    amounts = {arm: _amounts(members) for arm, members in log_p.items()}

    def measure(weights: Floats) -> dict[str, dict[str, Floats]]:
        drawn = Weighting(weights)
        found: dict[str, dict[str, Floats]] = {arm: {} for arm in amounts}
        for arm, parts in amounts.items():
            for part, amount in parts.items():
                found[arm][f"{part} pearson"] = weighting.pearson(amount, human, drawn)[None]
                found[arm][f"{part} mean"] = drawn.mean(amount.values[:, None])
        return found

    boot = statistics.resample(measure, _draws(groups, 1, n_resamples))
    here, there = ((boot, f"{part} pearson") for part in ("aleatoric", "epistemic"))
    return {
        "n_members": int(np.shape(next(iter(log_p.values())))[0]),
        "arms": {arm: _by_part(lambda key, arm=arm: boot.interval(arm, key)) for arm in amounts},
        "differences": _by_part(lambda key: boot.difference(key, "soft", "hard")),
        "apart": statistics.difference_of_differences(here, there, "soft", "hard").plain(),
    }


def _amounts(members: ArrayLike) -> dict[str, Values]:
    """Each part of an ensemble's entropy by item, nats; what rounding alone leaves is nothing."""
    split = calibration.uncertainty(members)
    amounts = {part: getattr(split, part) for part in PARTS}
    return {part: Values(np.where(amount < 1e-12, 0.0, amount)) for part, amount in amounts.items()}


def _by_part(estimate: Any) -> dict[str, dict[str, Any]]:
    """part -> measure -> plain estimate."""
    return {part: {key: estimate(f"{part} {key}").plain() for key in ("pearson", "mean")} for part in PARTS}


def _parts(
    recorded: Study | None,
    dataset: Dataset,
    log_p: Mapping[str, NDArray[Any]],
    test: Dataset,
    n_resamples: int,
) -> dict[str, Any]:
    """The parts of entropy from the record, or from the models at hand; empty where members are too few."""
    if recorded is not None and len(recorded.seeds) >= MIN_MEMBERS:
        log_p = {arm: recorded.log_p(arm) for arm in ARMS}
        test = recorded.test_part(dataset)
    if len(next(iter(log_p.values()))) < MIN_MEMBERS:
        return {}
    return decompose(log_p, test.counts, test.groups, n_resamples)


def _recorded(protocol: Protocol, folder: Path | None) -> Study | None:
    """The protocol's recorded study with both arms, if there is one."""
    try:
        found = study.load(protocol, folder)
    except RecordError:
        return None
    return found if set(ARMS) <= set(found.arms) else None


def _beside(
    recorded: Study | None, clean: Mapping[str, NDArray[Any]], seeds: Sequence[int], test: Dataset
) -> dict[str, Any] | None:
    """KL of the models trained here beside that of the recorded ones, seed by seed; None without a record."""
    if recorded is None or recorded.folds != [0] or not set(seeds) <= set(recorded.seeds):
        return None
    row = {name: i for i, name in enumerate(recorded.test_ids)}
    rows = [row[name] for name in test.ids]
    return {
        arm: {
            "here": [_kl(one, test) for one in clean[arm]],
            "record": [_kl(recorded.log_p(arm)[recorded.seeds.index(seed)][rows], test) for seed in seeds],
        }
        for arm in ARMS
    }


def _kl(log_p: NDArray[Any], test: Dataset) -> float:
    return float(metrics.per_item(log_p, test.counts)["kl"].mean())


def _facts(
    protocol: Protocol, dataset: Dataset, test: Dataset, seeds: Sequence[int], n_resamples: int
) -> dict[str, Any]:
    """What was measured, on what."""
    return {
        "arms": list(ARMS),
        "seeds": list(seeds),
        "seeds_resampled": len(seeds) >= MIN_SEEDS,
        "settings": protocol.settings(),
        "n_test": test.n_items,
        "n_groups": len(np.unique(test.groups)),
        "n_resamples": n_resamples,
        "human_entropy": float(test.entropy.mean()),
        "ceiling": statistics.entropy_ceiling(test.counts).ceiling,
        "data_hash": dataset.hash,
        "provenance": dataset.provenance,
        "raters_shared": test.ratings is not None,
        "pgd_steps": attacks.STEPS,
    }


def _device_name(device: str | None) -> str:
    return provenance.where_it_ran(training.pick_device(device))["device"]


# ---------------------------------------------------------------- for pages


def strongest(numbers: Mapping[str, Any]) -> list[str]:
    """Names of what was measured at its strongest: clean, then the last condition of each kind."""
    last = {name.partition("-")[0]: name for name in numbers["conditions"]}
    return list(last.values())


def title(name: str) -> str:
    """A condition in plain words: "Gaussian noise, severity 5" or "PGD, 8 of 255"."""
    kind, _, strength = name.partition("-")
    if kind in ATTACKS:
        return f"{kind.upper()}, {strength} of 255"
    return f"{corruptions.TITLES[kind]}, severity {strength}" if strength else name


def table(numbers: Mapping[str, Any], keys: Sequence[str] = ("kl", "accuracy")) -> pd.DataFrame:
    """Both arms and their difference, clean and at the strongest of each kind, as rows that people read."""
    rows = {}
    for name in strongest(numbers):
        found = numbers["conditions"][name]
        row = {}
        for key in keys:
            for arm in ARMS:
                row[f"{tables.SHORT[key]}, {arm}"] = tables.number(found["metrics"][arm][key]["value"], 2)
            row[f"{tables.SHORT[key]}, soft − hard"] = tables.interval(found["differences"][key])
        rows[title(name)] = row
    return pd.DataFrame(rows).T
