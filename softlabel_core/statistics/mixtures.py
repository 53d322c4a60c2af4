"""Mixtures: what true distributions behind the votes may look like, several kinds of items at once.

One Dirichlet cannot hold both items that all agree on and items that divide everyone alike: fitted to both, it makes
items more equal than they are. A mixture of a few has clear and disputed kinds, each as frequent as the votes say.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import digamma, gammaln, logsumexp

from softlabel_core.votes import Counts, Floats, check_counts, distribution, entropy

MOST = 4  # kinds of items at most: more of them hardly fit better, and take long
ITEMS = 10  # for each parameter of a kind: with fewer, kinds would be single items
LEAST = 1e-200  # of a drawn probability: half of what is smaller may be zero
SMALLEST, LARGEST = 1e-6, 1e6  # a class that nobody chose would go to 0, identical items to infinity


class Mixture(NamedTuple):
    """A mixture of Dirichlets.

    Attributes
    ----------
    shares : numpy.ndarray, shape [n_kinds]
        How frequent each kind of item is.
    pseudo_votes : numpy.ndarray, shape [n_kinds, n_classes]
        Parameters of each kind's Dirichlet.
    log_likelihood : float
        Of the counts that it was fitted to, nats.
    """

    shares: Floats
    pseudo_votes: Floats
    log_likelihood: float

    def bic(self, n_items: int) -> float:
        """Schwarz's criterion, lower is better: free parameters times log of the items, less twice the fit."""
        free = self.pseudo_votes.size + len(self.shares) - 1
        return free * float(np.log(n_items)) - 2 * self.log_likelihood

    def kinds(self, counts: Counts) -> Floats:
        """Chance of each kind given an item's votes, shape [n_items, n_kinds]."""
        joint = _Table(counts).fit(self.pseudo_votes) + np.log(self.shares)
        return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))

    def draw(self, counts: Counts, rng: np.random.Generator, kinds: Floats | None = None) -> Floats:
        """Draw each item's true distribution given its votes, shape [n_items, n_classes].

        Parameters
        ----------
        counts : numpy.ndarray, shape [n_items, n_classes]
        rng : numpy.random.Generator
        kinds : numpy.ndarray, shape [n_items, n_kinds], optional
            What `kinds` gives, where many draws are made.
        """
        posterior = np.broadcast_to(self.pseudo_votes[0], counts.shape)
        if len(self.shares) > 1:
            upto = np.cumsum(self.kinds(counts) if kinds is None else kinds, axis=1)
            kind = (rng.random((len(counts), 1)) * upto[:, -1:] > upto[:, :-1]).sum(axis=1)
            posterior = self.pseudo_votes[kind]
        gammas: Floats = np.maximum(rng.standard_gamma(counts + posterior), LEAST)
        return gammas / gammas.sum(axis=1, keepdims=True)


def one_kind(pseudo_votes: Floats) -> Mixture:
    """A single Dirichlet with these parameters, shape [n_classes], fitted to nothing."""
    return Mixture(np.ones(1), pseudo_votes[None], float("nan"))


class _Table:
    """Counts as the few numbers that occur in them, so that gamma functions are taken of these alone.

    Attributes
    ----------
    numbers : numpy.ndarray, shape [n_numbers]
        Each count that occurs in a class, for all classes, then each total number of votes.
    column : numpy.ndarray, shape [n_numbers]
        The class of a count; n_classes for a total.
    marked : scipy.sparse.csr_array, shape [n_rows, n_numbers]
    """

    def __init__(self, counts: Counts) -> None:
        table = np.column_stack([counts, counts.sum(axis=1)])
        n_rows, n_columns = table.shape
        base = int(table.max()) + 1
        codes, index = np.unique(table + base * np.arange(n_columns), return_inverse=True)
        self.numbers, self.column = codes % base, codes // base
        rows = np.repeat(np.arange(n_rows), n_columns)
        self.marked = csr_array((np.ones(table.size), (rows, index.ravel())), shape=(n_rows, len(codes)))

    def _parameters(self, pseudo_votes: Floats) -> tuple[Floats, Floats]:
        """Parameter of each number, and its sign in the likelihood; shape [n_numbers, n_kinds] and [n_numbers, 1]."""
        whole = np.column_stack([pseudo_votes, pseudo_votes.sum(axis=1)])
        sign = np.where(self.column == pseudo_votes.shape[1], -1.0, 1.0)[:, None]
        return whole.T[self.column], sign

    def fit(self, pseudo_votes: Floats) -> Floats:
        """Log-likelihood of each row under each kind, but for what hangs on the counts alone. Shape [n_rows, n_kinds]."""
        a, sign = self._parameters(pseudo_votes)
        return self.marked @ (sign * (gammaln(self.numbers[:, None] + a) - gammaln(a)))

    def slope(self, pseudo_votes: Floats, weights: Floats) -> Floats:
        """Derivative of the weighted sum of `fit` by each pseudo-vote; weights [n_rows, n_kinds]. Shape as they."""
        a, sign = self._parameters(pseudo_votes)
        each = sign * (digamma(self.numbers[:, None] + a) - digamma(a)) * (self.marked.T @ weights)
        n_classes = pseudo_votes.shape[1]
        by_column = np.stack([np.bincount(self.column, one, n_classes + 1) for one in each.T])
        return np.asarray(by_column[:, :-1] + by_column[:, -1:], dtype=np.float64)


def fit_mixture(counts: ArrayLike, n_kinds: int | None = None) -> Mixture:
    """Mixture of Dirichlets that most probably gave rise to the items' counts.

    Maximum likelihood of a mixture of Dirichlet-multinomials, searched from several starts over the logarithms of
    all parameters; its slope is that of the EM algorithm's next step. Where the number of kinds is not given, one is
    added as long as Schwarz's criterion falls, up to `MOST` and no further than there are `ITEMS` items for each
    class of each kind; so few items have a single kind.

    Parameters
    ----------
    counts : array_like, shape [n_items, n_classes]
    n_kinds : int, optional

    Raises
    ------
    ValueError
        If the counts are not counts, or no kind is asked for.

    References
    ----------
    Minka (2000), "Estimating a Dirichlet distribution", section 3, for one kind. Holmes, Harris and Quince (2012),
    "Dirichlet multinomial mixtures", PLoS ONE 7(2), for several. Schwarz (1978), "Estimating the dimension of a
    model", Annals of Statistics 6(2).
    """
    checked = check_counts(counts)
    if n_kinds is not None and n_kinds < 1:
        raise ValueError(f"n_kinds is {n_kinds}; ask for at least one kind of items.")
    rows, repeats = np.unique(checked, axis=0, return_counts=True)
    table = _Table(rows)
    if n_kinds is not None:
        return _best(rows, repeats, table, n_kinds)
    found = _best(rows, repeats, table, 1)
    for n in range(2, min(MOST, checked.shape[0] // (ITEMS * checked.shape[1])) + 1):
        more = _best(rows, repeats, table, n)
        if more.bic(len(checked)) >= found.bic(len(checked)):
            break
        found = more
    return found


def _best(rows: Counts, repeats: NDArray[np.int64], table: _Table, n_kinds: int) -> Mixture:
    """The most probable mixture of so many kinds, of those found from every start."""
    found = [_searched(repeats, table, start) for start in _starts(rows, repeats, n_kinds)]
    return max(found, key=lambda mixture: mixture.log_likelihood)


def _starts(rows: Counts, repeats: NDArray[np.int64], n_kinds: int) -> list[Floats]:
    """Pseudo-votes to start from, shape [n_kinds, n_classes] each: kinds by entropy, and by lot."""
    p = distribution(rows)
    order = np.argsort(entropy(p), kind="stable")
    place = np.cumsum(repeats[order]) - repeats[order] / 2
    by_entropy = np.empty(len(rows), dtype=np.int64)
    by_entropy[order] = np.minimum(place * n_kinds // repeats.sum(), n_kinds - 1)
    rng = np.random.default_rng(0)
    lots = [] if n_kinds == 1 else [rng.integers(n_kinds, size=len(rows)) for _ in range(2)]
    shares = repeats @ p / repeats.sum()

    def mean_of(kind: NDArray[np.int64], k: int) -> Floats:
        weights = repeats * (kind == k)
        own = weights @ p / weights.sum() if weights.any() else shares
        return (own + 1e-3) * 4.0 ** (k - n_kinds / 2 + 0.5)

    return [np.stack([mean_of(kind, k) for k in range(n_kinds)]) for kind in (by_entropy, *lots)]


def _searched(repeats: NDArray[np.int64], table: _Table, start: Floats) -> Mixture:
    """The most probable mixture near a start."""
    n_kinds, n_classes = start.shape
    n_items = repeats.sum()

    def parts(x: Floats) -> tuple[Floats, Floats]:
        free = np.append(x[n_kinds * n_classes :], 0.0)
        return np.exp(x[: n_kinds * n_classes].reshape(n_kinds, n_classes)), free - logsumexp(free)

    def loss(x: Floats) -> tuple[float, Floats]:
        pseudo_votes, log_shares = parts(x)
        joint = table.fit(pseudo_votes) + log_shares
        total = logsumexp(joint, axis=1, keepdims=True)
        weights = np.exp(joint - total) * repeats[:, None]
        of_votes = table.slope(pseudo_votes, weights) * pseudo_votes
        of_shares = (weights.sum(axis=0) - n_items * np.exp(log_shares))[:-1]
        slope = np.concatenate([of_votes.ravel(), of_shares])
        return -float(repeats @ total[:, 0]) / n_items, -slope / n_items

    first = np.concatenate([np.log(start).ravel(), np.zeros(n_kinds - 1)])
    limits = [(np.log(SMALLEST), np.log(LARGEST))] * start.size + [(-10.0, 10.0)] * (n_kinds - 1)
    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 500})
    pseudo_votes, log_shares = parts(found.x)
    return Mixture(np.exp(log_shares), pseudo_votes, -float(found.fun) * float(n_items))
