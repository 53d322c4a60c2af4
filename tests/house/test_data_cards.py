"""The numbers that stand on the data cards, held to the data."""

from pathlib import Path

import numpy as np
import pytest
from shared import cifar10h, real

from softlabel_core import data, metrics, statistics, votes
from softlabel_core.data import chaosnli, nli_pairs, popquorn, sources
from softlabel_core.data.formats.lines import csv_rows, json_lines
from softlabel_core.data.sources import Source

REWRITES = Source(
    "popquorn/email_rewriting_raw_data.csv",
    "https://raw.githubusercontent.com/Jiaxin-Pei/Potato-Prolific-Dataset/"
    "dbb118c29b3d9bcce5aa172d8249ded9ece4df84/dataset/email_rewriting/raw_data.csv",
    "058f5e4bfaa0e80e2ca1a8c6ecd61635112c512bf06b7681f1fad4dca6f2ab90",
)
CARDS = (Path(__file__).parents[2] / "book" / "data-cards.md").read_text()


def bare(number, digits=3):
    """A number below one as the cards print it, without its zero."""
    return f"{number:.{digits}f}".lstrip("0")


def floor(counts, prior="mixture"):
    """Floor of KL, nats."""
    return statistics.floors(counts, prior)["kl"]


def reference(counts, name):
    """KL of a prediction that looks at no item, nats."""
    return metrics.per_item(statistics.reference_predictions(counts)[name], counts)["kl"].mean()


def test_the_card_of_cifar10h():
    counts = cifar10h()
    entropy, n_votes = votes.entropy(votes.distribution(counts)), counts.sum(axis=1)
    reliability = statistics.entropy_ceiling(counts)
    for row in (
        f"| items, votes | {len(counts):,} items, {n_votes.sum():,} votes |",
        f"| votes an item | mean {n_votes.mean():.1f}, from {n_votes.min()} to {n_votes.max()} |",
        f"| human entropy, nats | mean {bare(entropy.mean())}, standard deviation {bare(entropy.std())} |",
        f"| unanimous items | {(entropy == 0).mean():.1%}; {(entropy > 0.5).mean():.1%} have more than .5 nats |",
        f"| mean majority share | {bare(votes.majority_share(counts).mean())} |",
        f"| majority ties | {votes.ties(counts).sum()} items (.03%) |",
        f"| split-half correlation of the entropies | {bare(reliability.split_half)} |",
        f"| ceiling of the Pearson correlation | {bare(reliability.ceiling)} |",
    ):
        assert row in CARDS


def test_the_card_counts_disputes_and_twins():
    cifar10h()  # skips where there are no data
    images, train = data.load("cifar10h"), data.load("cifar10-train")
    disputed = images.majority != images.gold
    tied_with_gold = votes.tied(images.counts)[np.arange(images.n_items), images.gold] & disputed
    assert f"| {disputed.sum()} items ({tied_with_gold.sum()} of them ties that the label shares) |" in CARDS
    sizes = np.bincount(images.groups)
    assert f"{sizes[sizes > 1].sum()} images in {(sizes > 1).sum()} groups" in CARDS
    assert f"**{train.n_items:,}**" in CARDS


def test_the_card_of_digits():
    digits = data.load("digits")
    assert f"mean {bare(digits.entropy.mean())}; of the true" in CARDS
    assert f"of the true distributions {bare(votes.entropy(digits.p_true).mean())} |" in CARDS
    assert f"{(digits.entropy == 0).mean():.1%} |" in CARDS


def test_the_card_of_chaosnli():
    parts = [real(name, *chaosnli.FILES.values()) for name in ("chaosnli", "chaosnli-snli", "chaosnli-mnli")]
    counts = [part.counts for part in parts]
    reliability = [statistics.entropy_ceiling(part) for part in counts]
    sizes = [np.bincount(part.groups) for part in parts]
    disputed = [part.majority != part.gold for part in parts]
    shared = [votes.tied(part.counts)[np.arange(part.n_items), part.gold] for part in parts]
    for name, cells in {
        "items": [f"{part.n_items:,}" for part in parts],
        "votes": [f"{part.sum():,}" for part in counts],
        "human entropy, nats: mean": [bare(part.entropy.mean()) for part in parts],
        "human entropy, nats: standard deviation": [bare(part.entropy.std()) for part in parts],
        "unanimous items": [f"{(part.entropy == 0).sum()}" for part in parts],
        "mean majority share": [bare(votes.majority_share(part).mean()) for part in counts],
        "majority ties": [f"{votes.ties(part).sum()}" for part in counts],
        "split-half correlation of the entropies": [bare(found.split_half) for found in reliability],
        "ceiling of the Pearson correlation": [bare(found.ceiling) for found in reliability],
        "floor of KL, nats": [bare(floor(part)) for part in counts],
        "the same with other priors (Jeffreys; Perks)": [
            f"{bare(floor(part, 'jeffreys'))}; {bare(floor(part, 'perks'))}" for part in counts
        ],
        "majority differs from the original label": [f"{of.sum()} ({of.mean():.1%})" for of in disputed],
        "of these, ties that the label shares": [
            f"{(tie & of).sum()}" for tie, of in zip(shared, disputed, strict=True)
        ],
        "groups (the largest)": [f"{len(size):,} ({size.max()})" for size in sizes],
        "every class alike": [bare(reference(part, "uniform")) for part in counts],
        "the class shares": [bare(reference(part, "class_prior")) for part in counts],
        "each item's majority class with the best constant smoothing": [
            bare(reference(part, "oracle_smoothing")) for part in counts
        ],
    }.items():
        assert f"| {name} | {' | '.join(cells)} |" in CARDS
    few = votes.subsample(counts[0], 7, np.random.default_rng(0))
    mean = votes.entropy(votes.distribution(few)).mean()
    assert f"the mean is {bare(mean)} nats instead of {bare(parts[0].entropy.mean())}" in CARDS


def test_chaosnlis_pairs_were_chosen_for_disagreement():
    """Three of the original labels agree, never more: read from the files, as the loader leaves those labels."""
    real("chaosnli", *chaosnli.FILES.values())
    given = [
        record["old_labels"]
        for source in chaosnli.FILES.values()
        for _, record in json_lines(sources.at_hand(source))
    ]
    assert {max(map(labels.count, labels)) for labels in given} == {3}
    assert sorted({len(labels) for labels in given}) == [4, 5]
    assert sum(len(labels) == 4 for labels in given) == 7
    assert "(seven pairs have four), and ChaosNLI took pairs on which exactly three" in CARDS
    assert f"that holds for all {len(given):,}." in CARDS


@pytest.mark.parametrize(
    ("name", "file"), [("politeness", popquorn.POLITENESS_COPY), ("offensiveness", popquorn.OFFENSIVENESS)]
)
def test_the_cards_of_popquorn(name, file):
    found = real(name, file)
    card = CARDS.split(f"(card-{name})=")[1].split("\n(card-")[0]
    counts, n_votes = found.counts, found.counts.sum(axis=1)
    rated = (found.ratings >= 0).sum(axis=0)
    reliability, sizes = statistics.entropy_ceiling(counts), np.bincount(found.groups)
    shares = ", ".join(f"{share:.1%}" for share in counts.sum(axis=0) / n_votes.sum())
    raters = [given[given >= 0].mean() for given in found.ratings.T]
    what = "mail" if name == "politeness" else "comment"
    for row in (
        f"| items, votes | {found.n_items:,} items, {n_votes.sum():,} votes by {len(rated)} raters |",
        f"| votes an item | mean {n_votes.mean():.2f}, from {n_votes.min()} to {n_votes.max()} |",
        f"| shares of the steps 1 to 5 | {shares} |",
        f"| human entropy, nats | mean {bare(found.entropy.mean())}, standard deviation {bare(found.entropy.std())} |",
        f"| unanimous items | {(found.entropy == 0).mean():.1%} |",
        f"| mean majority share | {bare(votes.majority_share(counts).mean())} |",
        f"| majority ties | {votes.ties(counts).sum()} items ({votes.ties(counts).mean():.1%}) |",
        f"| split-half correlation of the entropies | {bare(reliability.split_half)} |",
        f"| ceiling of the Pearson correlation | {bare(reliability.ceiling)} |",
        f"| floor of KL, nats | {bare(floor(counts))} (Jeffreys {bare(floor(counts, 'jeffreys'))}, "
        f"Perks {bare(floor(counts, 'perks'))}) |",
        f"| groups | {len(sizes):,}, the largest of {sizes.max()}; {sizes[sizes > 1].sum():,} items share one |",
        f"every step alike {bare(reference(counts, 'uniform'))}; the shares of the steps "
        f"{bare(reference(counts, 'class_prior'))}; each item's majority step with the best constant smoothing "
        f"{bare(reference(counts, 'oracle_smoothing'))}.",
        f"{rated.min()} to {rated.max()} ratings a person and {n_votes.min()} to {n_votes.max()} a {what}",
        f"standard deviation of {bare(np.std(raters), 2)} steps",
    ):
        assert row in card


def test_the_card_of_politeness():
    found = real("politeness", popquorn.POLITENESS_COPY)
    mean = found.counts @ np.arange(1, 6) / found.counts.sum(axis=1)
    enron = found.part == "enron"
    oracle, bound = reference(found.counts, "oracle_smoothing"), floor(found.counts)
    tied, n_votes = votes.ties(found.counts).mean(), found.counts.sum(axis=1).mean()
    for part in (
        f"| mean rating | {mean[enron].mean():.2f} of Enron's mails, {mean[~enron].mean():.2f} of rewrites |",
        f"{enron.sum():,} from the mailboxes of the company Enron, and {(~enron).sum():,} rewrites",
        f"is only {bare(oracle - bound)} above the floor",
        f"of the {bare(oracle)} nats of the last predictor above, four fifths are floor",
        f"| items | 3,113 | {found.n_items:,} | 1,500 | 200,272 |",
        f"| {n_votes:.2f} (3–8) |",
    ):
        assert part in CARDS
    assert bound / oracle == pytest.approx(4 / 5, abs=0.03)
    assert tied == pytest.approx(1 / 5, abs=0.03)  # "one item in five has no single one"


def test_the_card_of_politeness_counts_rewrites_that_are_kept_together():
    """The owners' file of rewrites is no part of the data set: the card says how far it is from our groups."""
    path = sources.at_hand(REWRITES)
    if path is None:
        pytest.skip(f"needs {REWRITES.file} in the folder that SOFTLABEL_DATA names")
    found = real("politeness", popquorn.POLITENESS_COPY)
    row = {}
    for i, text in enumerate(found.items[:, 0]):
        row.setdefault(chaosnli.comparison_key(text), i)
    given = [
        [row.get(chaosnli.comparison_key(record[name])) for name in ("original email", "revised email")]
        for _, record in csv_rows(path, ("original email", "revised email"))
    ]
    pairs = [(mail, rewrite) for mail, rewrite in given if None not in (mail, rewrite) and mail != rewrite]
    kept = np.mean([found.groups[mail] == found.groups[rewrite] for mail, rewrite in pairs])
    assert f"our rule keeps {kept:.0%} of {len(pairs):,} pairs of mail and rewrite together" in CARDS


def test_the_card_of_offensiveness():
    found = real("offensiveness", popquorn.OFFENSIVENESS)
    mean = found.counts @ np.arange(1, 6) / found.counts.sum(axis=1)
    assert f"the majority of {(found.majority == 0).mean():.1%} of the comments" in CARDS
    assert f"(Pearson {bare(np.corrcoef(mean, found.entropy)[0, 1])})" in CARDS


def test_the_card_of_nli_pairs():
    found = real("nli-pairs", nli_pairs.BUNDLE, *chaosnli.FILES.values())
    voted = (found.counts.sum(axis=1) > 1).sum()
    labels, sizes = np.bincount(found.gold), np.bincount(found.groups)
    for part in (
        f"For {found.n_items - voted:,} of the {found.n_items:,} pairs, one label",
        f"For {voted:,} pairs the votes are there",
        f"{labels[0]:,} entailment, {labels[1]:,} neutral, {labels[2]:,} contradiction; {len(sizes):,} premises",
        f"the most used in {sizes.max()} pairs",
        f"| 1,500 | {found.n_items:,} |",
        f"Breaking NLI is {(found.gold[found.part == 'breaking_nli'] == 2).mean():.0%} contradiction",
        f"SICK is {(found.gold[found.part == 'sick'] == 1).mean():.0%} neutral",
    ):
        assert part in CARDS
    assert not (found.gold[found.part == "med"] == 2).any()
    assert (found.counts.sum(axis=1) == 5).sum() > 0.9 * voted  # "mostly five a pair"
    sources_of = [name.split("_")[0] for name in found.part]
    for name, families in {
        "LingNLI": ["lingnli"],
        "MNLI": ["mnli"],
        "New protocols (Bowman et al. 2020)": ["newprotocols"],
        "SNLI": ["snli"],
        "semi-automatic NLI, Wikipedia part": ["seminli"],
        "counterfactually revised SNLI": ["cad"],
        "SICK": ["sick"],
        "Breaking NLI": ["breaking"],
        "XNLI, English": ["xnli"],
        "ANLI": ["anli"],
        "MED": ["med"],
        "ConjNLI, Pavlick and Kwiatkowski, CommitmentBank": ["conjnli", "pavlick", "cb"],
    }.items():
        assert f"| {name} | {sum(map(sources_of.count, families)):,} |" in CARDS


def test_the_card_says_what_of_chaosnli_is_left_in_nli_pairs():
    found = real("nli-pairs", nli_pairs.BUNDLE, *chaosnli.FILES.values())
    pairs = nli_pairs.parse(sources.at_hand(nli_pairs.BUNDLE))
    long = sorted(len(pair.premise) for pair in pairs if len(pair.premise) > nli_pairs.MAX_CHARACTERS)
    assert len(long) == 3
    assert f"they are {long[0]:,} to {long[-1]:,} characters long" in CARDS
    keys = {chaosnli.comparison_key(text) for text in data.load("chaosnli").items[:, 0]}
    starts = {key[:40]: key for key in keys if len(key) >= 40}
    holding = 0
    for premise in set(map(chaosnli.comparison_key, found.items[:, 0])):
        within = (premise[i : i + 40] for i in range(len(premise) - 39))
        holding += any(premise.find(starts[start]) >= 0 for start in within if start in starts)
    assert f"{holding} premises that *contain* one of ChaosNLI's of 40 letters or more" in CARDS


@pytest.mark.parametrize(
    "source",
    [
        *chaosnli.FILES.values(),
        popquorn.POLITENESS,
        popquorn.POLITENESS_COPY,
        popquorn.OFFENSIVENESS,
        nli_pairs.BUNDLE,
        *(archive for archive, _ in nli_pairs.ARCHIVES.values()),
    ],
)
def test_the_cards_say_where_each_file_of_texts_is_from(source):
    (row,) = [line for line in CARDS.splitlines() if f"| `{source.file}` |" in line]
    assert f"SHA-256 `{source.sha256[:12]}…`" in row
    assert source.address is None or f"]({source.address})" in row
