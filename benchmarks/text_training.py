"""Benchmark: the one loop on texts, against transformers' Trainer with its defaults.

Same data (ChaosNLI's fixed split), same network with the same first weights, batch size, number of
steps and learning rate, in one run. Prints items per second and test KL over seeds; exits 1 when the
loop is less than twice as fast (three times on a GPU) or its test KL lies further from the Trainer's
than seeds lie from one another.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from softlabel_core import data, metrics, training
from softlabel_core.data import Dataset, Split
from softlabel_core.models import texts as text_models
from softlabel_core.study import protocols
from softlabel_core.study.features import model_inputs
from softlabel_core.study.protocols import Protocol

TIMES = {"cpu": 2.0, "cuda": 3.0}


def main() -> int:
    """Train both, seed by seed in turn; 0 if within the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--items", type=int, help="training items (default: all of the split)")
    options = parser.parse_args()
    dataset = data.load("chaosnli")
    # The Trainer's rate, so that both take the same steps; everything else is the protocol's.
    protocol = replace(protocols.get("chaosnli", "minilm"), epochs=options.epochs, learning_rate=5e-5)
    split = data.split(dataset)
    split = replace(split, train=split.train[: options.items])
    found: dict[str, list[tuple[float, float]]] = {"the loop": [], "Trainer": []}
    for seed in range(options.seeds):
        for name, train in (("the loop", ours), ("Trainer", theirs)):
            rate, log_p = train(dataset, split, protocol, seed)
            kl = metrics.evaluate(None, dataset.counts[split.test], log_p=log_p)["kl"]
            found[name].append((rate, kl))
            print(f"{name:10} seed {seed}: {rate:7.1f} items/s, test KL {kl:.4f}", flush=True)
    return judge(found)


def judge(found: dict[str, list[tuple[float, float]]]) -> int:
    """Print both sides and whether the loop is fast enough and as good."""
    speed = {name: float(np.median([rate for rate, _ in runs])) for name, runs in found.items()}
    kl = {name: np.array([value for _, value in runs]) for name, runs in found.items()}
    device = training.pick_device()
    times = speed["the loop"] / speed["Trainer"]
    apart = abs(kl["the loop"].mean() - kl["Trainer"].mean())
    # Three standard errors of a difference of means, each side with its own spread over seeds.
    noise = 3 * float(np.sqrt(sum(values.var(ddof=1) / len(values) for values in kl.values())))
    print(f"on {device.type}: {times:.1f} times the items per second; wanted {TIMES[device.type]:.0f}")
    print(
        f"test KL {kl['the loop'].mean():.4f} and {kl['Trainer'].mean():.4f}, {apart:.4f} apart; seeds allow {noise:.4f}"
    )
    return int(times < TIMES[device.type] or apart > noise)


def ours(dataset: Dataset, split: Split, protocol: Protocol, seed: int) -> tuple[float, np.ndarray]:
    """Items per second and test log-probabilities of the one loop."""
    tokens = model_inputs(dataset, protocol).items
    shown = tokens[torch.from_numpy(split.train)]
    model, epochs = training.teach("soft", dataset, split.train, shown, protocol, seed)
    start = time.perf_counter()
    list(epochs)
    rate = protocol.epochs * len(split.train) / (time.perf_counter() - start)
    return rate, training.predict(model, tokens[torch.from_numpy(split.test)])


def theirs(dataset: Dataset, split: Split, protocol: Protocol, seed: int) -> tuple[float, np.ndarray]:
    """Items per second and test log-probabilities of the Trainer, all at its defaults but what is shared."""
    from transformers import DataCollatorWithPadding, Trainer, TrainingArguments

    tokens = model_inputs(dataset, protocol, "cpu").items
    model = training.network("soft", tokens, dataset.n_classes, protocol, seed)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder, per_device_train_batch_size=protocol.batch_size, num_train_epochs=protocol.epochs,
            learning_rate=protocol.learning_rate, seed=seed, save_strategy="no", report_to="none", disable_tqdm=True,
            label_names=["labels"],
        )  # fmt: skip
        trainer = Trainer(
            model=model.network,
            args=arguments,
            train_dataset=Rows(dataset, split.train, protocol),
            data_collator=DataCollatorWithPadding(text_models._tokenizer(protocol.model)),
            compute_loss_func=soft_loss,
        )
        start = time.perf_counter()
        trainer.train()
        rate = protocol.epochs * len(split.train) / (time.perf_counter() - start)
    device = training.pick_device()
    return rate, training.predict(model.to(device), tokens.to(device)[torch.from_numpy(split.test)])


class Rows(torch.utils.data.Dataset):
    """Training items as the Trainer takes them: unpadded ids, segments, and the annotation distribution."""

    def __init__(self, dataset: Dataset, rows: np.ndarray, protocol: Protocol) -> None:
        tokenizer = text_models._tokenizer(protocol.model)
        columns = [list(column) for column in dataset.items[rows].T]
        self.encoded = tokenizer(*columns, truncation=True, max_length=protocol.max_length)
        self.p_human = dataset.p_human[rows].astype(np.float32)

    def __len__(self) -> int:
        return len(self.p_human)

    def __getitem__(self, row: int) -> dict[str, Any]:
        return {key: values[row] for key, values in self.encoded.items()} | {"labels": self.p_human[row]}


def soft_loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
    """The soft cross-entropy that the loop uses."""
    return nn.functional.cross_entropy(outputs.logits, labels)


if __name__ == "__main__":
    sys.exit(main())
