"""Records: written whole or not at all, read back within float16, refused when anything is off."""

import errno
import os
import subprocess
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax

from softlabel_core import data, storage
from softlabel_core.data import Split
from softlabel_core.storage import RecordError
from softlabel_core.study.record import ARRAYS, Record, read_record, verify_record, write_record

quick = settings(max_examples=30, deadline=None, database=None)
PARTS = ("validation", "test")


def random_log_p(n_items, seed=0, spread=3.0):
    logits = np.random.default_rng(seed).normal(size=(n_items, 10)) * spread
    return log_softmax(logits, axis=1).astype(np.float32)


def some_record(seed=0, n_items=40, **meta):
    return Record(
        ids_validation=np.array([f"v-{i:03d}" for i in range(n_items // 2)]),
        log_p_validation=random_log_p(n_items // 2, seed),
        ids_test=np.array([f"t-{i:03d}" for i in range(n_items)]),
        log_p_test=random_log_p(n_items, seed + 100),
        meta={"arm": "soft", "seed": seed, "data_hash": "0" * 64, **meta},
    )


def like(one, other):
    """Whether two records hold the same, to the last bit."""
    names = [f"{kind}_{part}" for kind in ("ids", "log_p") for part in PARTS]
    return one.meta == other.meta and all(np.array_equal(getattr(one, n), getattr(other, n)) for n in names)


def sentence(path, act, *given):
    """The message of a RecordError: on one line, ending in a full stop, naming the file."""
    with pytest.raises(RecordError) as error:
        act(*given)
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert path.name in message
    return message


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cifar10h" / "small" / "soft-fold0-seed0.npz"


@pytest.fixture
def written(path):
    write_record(some_record(), path)
    return path


def test_a_record_comes_back(path):
    record = some_record(provenance="here", history=[{"epoch": 1, "kl": 0.5}], pretraining=None)
    write_record(record, path)
    found = read_record(path)
    assert found.meta == record.meta
    for part in PARTS:
        np.testing.assert_array_equal(getattr(found, f"ids_{part}"), getattr(record, f"ids_{part}"))
        assert getattr(found, f"log_p_{part}").dtype == np.float32


@quick
@given(st.integers(0, 1000), st.floats(0.01, 30))
def test_what_float16_takes_away_is_bounded(tmp_path_factory, seed, spread):
    path = tmp_path_factory.mktemp("bounds") / "record.npz"
    exact = {f"log_p_{part}": random_log_p(30, seed + k, spread) for k, part in enumerate(PARTS)}
    ids = np.array([f"i-{i:02d}" for i in range(30)])
    write_record(replace(some_record(), ids_validation=ids, ids_test=ids, **exact), path)
    for name, log_p in exact.items():
        found = getattr(read_record(path), name).astype(np.float64)
        # Half a unit in the last of 11 bits; renormalising moves a row by its entropy's share of that at most.
        bound = 2.0**-11 * (np.abs(log_p) + np.log(10)) + 1e-6
        assert (np.abs(found - log_p) <= bound).all()
        np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, atol=1e-6)


def test_float16_is_what_lies_on_disk(written):
    with np.load(written, allow_pickle=False) as file:
        assert file["log_p_test"].dtype == np.float16
        assert set(file.files) == {*ARRAYS, "meta"}  # no votes, no items


def test_a_record_is_the_same_file_each_time(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_record(some_record(), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("quarter", range(4))
def test_a_truncated_record_is_refused(written, quarter):
    whole = written.read_bytes()
    written.write_bytes(whole[: len(whole) * quarter // 4])
    assert "truncated or altered; delete it and run" in sentence(written, read_record, written)


def test_a_record_without_its_last_byte_is_refused(written):
    written.write_bytes(written.read_bytes()[:-1])
    sentence(written, read_record, written)


@pytest.mark.parametrize("flip", [0x01, 0x20, 0xFF])
def test_one_flipped_byte_is_refused_or_changes_nothing(written, flip):
    whole, intact = written.read_bytes(), read_record(written)
    refused = []
    for position in np.linspace(0, len(whole) - 1, 60).astype(int):
        damaged = bytearray(whole)
        damaged[position] ^= flip
        written.write_bytes(damaged)
        try:
            found = read_record(written)
        except RecordError as error:
            refused.append(str(error))
        else:  # a time stamp, say, that nobody reads
            assert like(found, intact)
    assert len(refused) > 45
    assert all(written.name in message for message in refused)


def rewrite(path, change):
    """Write the file's arrays again, changed, in a sound zip."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    change(arrays)
    np.savez_compressed(path, **arrays)


def swap(one, other):
    def change(arrays):
        arrays[one], arrays[other] = arrays[other], arrays[one]

    return change


def one_probability(part):
    def change(arrays):
        arrays[f"log_p_{part}"][3, 2] -= np.float16(0.25)

    return change


def one_id(part):
    def change(arrays):
        arrays[f"ids_{part}"][3] = "t-999"

    return change


def one_item_less(arrays):
    arrays["ids_test"], arrays["log_p_test"] = arrays["ids_test"][:-1], arrays["log_p_test"][:-1]


@pytest.mark.parametrize(
    "change",
    [
        swap("log_p_validation", "log_p_test"),
        swap("ids_validation", "ids_test"),
        *map(one_probability, PARTS),
        *map(one_id, PARTS),
        one_item_less,
    ],
)
def test_altered_arrays_in_a_sound_zip_are_refused(written, change):
    rewrite(written, change)
    assert "does not match its own hash; delete it and run" in sentence(written, read_record, written)


def test_parts_swapped_whole_are_refused(written):
    def change(arrays):
        swap("log_p_validation", "log_p_test")(arrays)
        swap("ids_validation", "ids_test")(arrays)

    rewrite(written, change)
    sentence(written, read_record, written)


def test_an_array_left_out_is_refused(written):
    rewrite(written, lambda arrays: arrays.pop("log_p_validation"))
    sentence(written, read_record, written)


@pytest.mark.parametrize("content", [b"", b"votes", b"PK\x05\x06" + b"\0" * 18, b"\x93NUMPY"])
def test_another_kind_of_file_is_refused(written, content):
    written.write_bytes(content)
    sentence(written, read_record, written)


def test_an_array_alone_is_refused(written):
    with open(written, "wb") as file:
        np.save(file, np.arange(3))
    sentence(written, read_record, written)


def test_a_missing_record_is_named(path):
    assert "there is no record" in sentence(path, read_record, path)


def test_a_record_that_cannot_be_read_is_not_called_broken(path):
    path.mkdir(parents=True)
    assert "could not read" in sentence(path, read_record, path)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.5, -1e5])
def test_a_prediction_that_is_no_distribution_is_refused(path, part, value):
    record = some_record()
    getattr(record, f"log_p_{part}")[7, 3] = value
    message = sentence(path, write_record, record, path)
    assert f"{part} item {part[0]}-007 is not a distribution (1 such item(s))" in message
    assert not path.exists()


def test_predictions_without_items_are_refused(path):
    record = replace(some_record(), ids_test=np.array(["t-000"]))
    assert "1 test ids for predictions of shape (40, 10)" in sentence(path, write_record, record, path)


def test_a_refused_record_leaves_the_old_one(written):
    before = written.read_bytes()
    broken = some_record(seed=1)
    broken.log_p_test[:] = np.nan
    sentence(written, write_record, broken, written)
    assert written.read_bytes() == before


def full(*given):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_loses_nothing(written, monkeypatch, call):
    before = written.read_bytes()
    monkeypatch.setattr(os, call, full)
    message = sentence(written, write_record, some_record(seed=1), written)
    assert "No space left on device" in message
    assert "Free space" in message
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]


def test_a_full_disk_at_the_first_record_leaves_no_file(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    sentence(path, write_record, some_record(), path)
    assert list(path.parent.iterdir()) == []


@pytest.fixture
def tiny_disk(tmp_path):
    """A real file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a tiny disk needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"this machine mounts no tiny disk: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_is_really_full_loses_nothing(tiny_disk):
    path = tiny_disk / "record.npz"
    write_record(some_record(), path)
    storage.write_json(tiny_disk / "summary.json", {"kl": 1})
    before = {file: file.read_bytes() for file in tiny_disk.iterdir()}
    sentence(path, write_record, some_record(n_items=9000), path)
    sentence(
        tiny_disk / "summary.json",
        storage.write_json,
        tiny_disk / "summary.json",
        {"kl": list(range(50_000))},
    )
    assert {file: file.read_bytes() for file in tiny_disk.iterdir()} == before


def test_an_interrupt_while_writing_loses_nothing(written, monkeypatch):
    def interrupted(descriptor):
        raise KeyboardInterrupt

    before = written.read_bytes()
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_record(some_record(seed=1), written)
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "record.npz"
    assert "could not write" in sentence(path, write_record, some_record(), path)


def test_two_writers_at_once_leave_one_whole_record(path):
    both = [some_record(seed=seed, n_items=400) for seed in (1, 2)]
    start, failed = threading.Barrier(3), []

    def write(record):
        start.wait()
        for _ in range(8):
            write_record(record, path)

    def read():
        start.wait()
        for _ in range(30):
            if path.exists():
                try:
                    seen.append(read_record(path))
                except RecordError as error:
                    failed.append(error)

    seen = []
    threads = [threading.Thread(target=write, args=(record,)) for record in both] + [
        threading.Thread(target=read)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert read_record(path).meta in [record.meta for record in both]
    assert {record.meta["seed"] for record in seen} <= {1, 2}
    assert list(path.parent.iterdir()) == [path]


def test_others_may_read_a_record(written):
    assert written.stat().st_mode & 0o777 == 0o644


def test_nan_in_a_records_facts_becomes_none(path):
    write_record(some_record(history=[{"entropy_pearson": float("nan")}]), path)
    assert read_record(path).meta["history"] == [{"entropy_pearson": None}]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=500)


def record_of(dataset, split):
    return Record(
        ids_validation=dataset.ids[split.validation],
        log_p_validation=random_log_p(len(split.validation)),
        ids_test=dataset.ids[split.test],
        log_p_test=random_log_p(len(split.test)),
        meta={"data_hash": dataset.hash, "versions": {"scikit-learn": "1.8.0"}},
    )


def refusal(*given):
    with pytest.raises(RecordError) as error:
        verify_record(*given, "soft-fold0-seed0.npz")
    assert str(error.value).startswith("soft-fold0-seed0.npz was made for other ")
    return str(error.value)


def test_a_record_of_these_votes_and_this_split_is_accepted(digits):
    split = data.split(digits)
    verify_record(record_of(digits, split), digits, split, "record.npz")
    verify_record(record_of(digits, split), digits, None, "record.npz")


@pytest.mark.parametrize("with_split", [True, False])
def test_a_record_of_other_counts_is_refused(digits, with_split):
    split = data.split(digits)
    counts = digits.counts.copy()
    counts[5, 0] += 1
    message = refusal(record_of(digits, split), replace(digits, counts=counts), split if with_split else None)
    assert "other item ids or counts of digits (hash " in message


def test_a_record_of_other_ids_is_refused(digits):
    split = data.split(digits)
    ids = digits.ids.copy()
    ids[0], ids[1] = ids[1], ids[0]
    assert "other item ids or counts" in refusal(record_of(digits, split), replace(digits, ids=ids), split)


def test_a_record_of_another_split_is_refused(digits):
    message = refusal(record_of(digits, data.split(digits, 1)), digits, data.split(digits, 0))
    assert "other validation items than fold 0 has here; install scikit-learn 1.8.0, which" in message
    split = data.split(digits)
    fewer = Split(0, split.train, split.validation, split.test[:-1])
    assert "other test items" in refusal(record_of(digits, split), digits, fewer)
