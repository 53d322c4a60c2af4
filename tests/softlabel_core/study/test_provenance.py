"""Provenance: what a record says of where it was made."""

from dataclasses import replace

import pytest
import torch
from studies import QUICK

from softlabel_core import study, training
from softlabel_core.study import grid, provenance
from softlabel_core.study.record import read_record


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_a_record_says_which_precision_it_had_and_either_counts(
    digits, tmp_path, monkeypatch, native, precision
):
    monkeypatch.setattr(training, "_computes_bf16", lambda device: native)
    [run] = study.plan(replace(QUICK, epochs=1, precision="bf16"), ["soft"], [0])
    grid.run_study([run], digits, tmp_path, device="cpu", progress=False)
    meta = read_record(tmp_path / run.file).meta
    assert meta["precision"] == precision
    assert meta["settings"]["precision"] == "bf16"  # what the protocol asks for
    monkeypatch.setattr(training, "_computes_bf16", lambda device: not native)
    assert grid.run_study([run], digits, tmp_path, device="cpu", progress=False) == 0
    assert study.load(run.protocol, tmp_path, ["soft"]).seeds == [0]


def test_it_names_code_libraries_and_machine():
    found = provenance.where_it_ran(torch.device("cpu"))
    assert set(found) == {"code", "versions", "device", "threads"}
    assert set(found["code"]) == {"version", "commit"}
    assert found["device"].endswith("CPU")
    more = provenance.where_it_ran(torch.device("cpu"), text=True)["versions"]
    assert set(more) - set(found["versions"]) == {"transformers", "tokenizers"}


def test_only_texts_have_an_encoder(digits, sentences):
    pairs, protocol, _ = sentences
    assert provenance.encoder(QUICK, digits) == {}
    assert provenance.encoder(protocol, pairs)["encoder"]["from"] == "folder small-bert"


def test_peak_memory_is_this_process_on_a_cpu():
    provenance.reset_peak_memory(torch.device("cpu"))  # which has nothing to set
    assert provenance.peak_memory(torch.device("cpu")) > 1e7
