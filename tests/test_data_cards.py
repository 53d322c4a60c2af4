"""The numbers that stand on the data cards, held to the data."""

from pathlib import Path

import numpy as np
from shared import cifar10h

from softlabel_core import data, votes

CARDS = (Path(__file__).parent.parent / "book" / "data-cards.md").read_text()


def bare(number, digits=3):
    """A number below one as the cards print it, without its zero."""
    return f"{number:.{digits}f}".lstrip("0")


def test_the_card_of_cifar10h():
    counts = cifar10h()
    entropy, n_votes = votes.entropy(votes.distribution(counts)), counts.sum(axis=1)
    reliability = votes.entropy_ceiling(counts)
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
