"""What chapters share: the switch, studies in each mode, claims."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from shared import sentence_of, small_bert

from softlabel_book import chapter, summary
from softlabel_book.chapter import opening, prose, switch
from softlabel_core import data, study, training
from softlabel_core.data import Dataset, DataUnavailable
from softlabel_core.storage import RecordError
from softlabel_core.study import grid, protocols


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", n_items=400)


@pytest.fixture
def shown(monkeypatch):
    """Sentences that a chapter would show."""
    sentences: list[str] = []
    for module in (switch, prose):
        monkeypatch.setattr(module, "say", sentences.append)
    return sentences


@pytest.fixture
def recorded(digits, tmp_path, monkeypatch):
    """A small recorded study of the digits, in a results folder of its own."""
    monkeypatch.setenv("SOFTLABEL_RESULTS", str(tmp_path))
    protocol = protocols.get("digits", "small", epochs=2, seeds=1)
    monkeypatch.setitem(protocols.PROTOCOLS, ("digits", "small"), protocol)
    grid.run_study(study.plan(protocol, ["hard", "soft"], [0]), digits, tmp_path, progress=False)
    summary.SUMMARY.write(
        summary.make(study.load(protocol, tmp_path), digits, 20), protocol.data, protocol.name, tmp_path
    )
    return protocol


def test_mode_is_the_cells_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv("SOFTLABEL_RUN", raising=False)
    assert chapter.mode() == "recorded"
    assert chapter.mode("full") == "full"
    monkeypatch.setenv("SOFTLABEL_RUN", "quick")
    assert chapter.mode("full") == "quick"
    monkeypatch.setenv("SOFTLABEL_RUN", "fast")
    with pytest.raises(ValueError, match=r"'fast'.*recorded, quick, full"):
        chapter.mode()


def test_recorded_reads_and_trains_nothing(recorded, digits, monkeypatch):
    monkeypatch.setattr(grid, "run_study", lambda *a, **k: pytest.fail("trained"))
    opened = chapter.open_study("digits", "small", "recorded", digits)
    assert opened.run == "recorded"
    assert opened.test is not None
    assert list(opened.test.ids) == list(opened.study.test_ids)


def test_without_votes_the_record_still_opens_in_every_mode(recorded):
    for run in chapter.MODES:
        opened = chapter.open_study("digits", "small", run, None)
        assert opened.test is None
        assert opened.run == "recorded"
        assert set(opened.summary["metrics"]) == {"hard", "soft"}
        with pytest.raises(ValueError, match="votes are not at hand"):
            chapter.explore(opened, "nothing")


def test_quick_trains_a_head_on_some_texts(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    n = 700
    texts = Dataset(
        name="politeness", counts=rng.multinomial(7, np.full(5, 0.2), n), items=np.full((n, 1), "a b", dtype=object),
        class_names=tuple("12345"), ids=np.arange(n).astype(str), groups=np.arange(n), text_parts=("text",),
    )  # fmt: skip
    head = protocols.get("politeness", "head", encoder=small_bert(tmp_path / "small-bert"), epochs=1)
    monkeypatch.setitem(protocols.PROTOCOLS, ("politeness", "head"), head)
    monkeypatch.setattr(summary, "make", lambda *given, **more: {})
    opened = chapter.open_study("politeness", "minilm", "quick", texts)
    assert opened.run == "quick"
    assert opened.study.protocol == head
    assert opened.study.arms == ["hard", "soft"]  # no label of its own, so no gold arm
    meta = next(iter(opened.study.records.values())).meta
    assert opened.test is not None
    assert meta["n_train"] + len(opened.test.ids) < chapter.QUICK_TEXTS


def test_records_of_other_votes_are_refused(recorded):
    with pytest.raises(RecordError, match="other item ids or counts"):
        chapter.open_study("digits", "small", "recorded", data.load("digits", n_items=400, seed=3))


def test_quick_trains_but_leaves_the_record_alone(recorded, digits, tmp_path):
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    opened = chapter.open_study("digits", "small", "quick", digits)
    assert opened.run == "quick"
    assert opened.study.arms == ["hard", "gold", "soft"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.fixture
def clock(monkeypatch):
    """A clock that only training moves: so many seconds a step."""
    now = SimpleNamespace(seconds=0.0, a_step=0.0)
    loss = training.soft_cross_entropy

    def slow(*given):
        now.seconds += now.a_step
        return loss(*given)

    monkeypatch.setattr(training, "soft_cross_entropy", slow)
    for module in (opening, training):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now.seconds))
    return now


ARMS = ["hard", "gold", "soft"]


def epochs_of(opened):
    """Epochs that each run of a study trained."""
    return {len(record.meta["history"]) for record in opened.study.records.values()}


@pytest.mark.parametrize(
    ("a_step", "epochs", "said"),
    [
        (0.1, 8, None),
        (0.4, 8, None),
        (0.5, 7, "7 epochs instead of 8, to keep to a minute."),
        (1.0, 3, "3 epochs instead of 8, to keep to a minute."),
        (2.0, 1, "1 epoch instead of 8, to keep to a minute."),
        (99.0, 1, "1 epoch instead of 8, to keep to a minute."),
    ],
)
def test_a_quick_run_keeps_to_a_minute(clock, digits, shown, a_step, epochs, said):
    clock.a_step = a_step
    protocol = protocols.get("digits", "small", epochs=8, batch_size=64)
    opened = chapter.train_here(digits, protocol, ARMS, [0], "quick")
    assert opened.study.arms == ARMS
    assert epochs_of(opened) == {epochs}  # all arms alike
    assert shown == ([f"> **Note.** {said}"] if said else [])
    assert clock.seconds <= chapter.QUICK_SECONDS or epochs == 1


def test_a_minute_is_shared_by_all_runs(clock, digits, shown):
    clock.a_step = 0.5
    protocol = protocols.get("digits", "small", epochs=8, batch_size=64)
    opened = chapter.train_here(digits, protocol, ARMS, [0, 1], "quick")
    assert epochs_of(opened) == {3}
    assert shown == ["> **Note.** 3 epochs instead of 8, to keep to a minute."]
    assert clock.seconds <= chapter.QUICK_SECONDS


@pytest.mark.parametrize("run", ["recorded", "full"])
def test_only_a_quick_run_is_cut(clock, digits, shown, run):
    clock.a_step = 99.0
    protocol = protocols.get("digits", "small", epochs=2)
    assert epochs_of(chapter.train_here(digits, protocol, ["hard", "soft"], [0], run)) == {2}
    assert shown == []


def test_the_clock_changes_nothing_in_a_run_that_is_not_cut(digits):
    protocol = protocols.get("digits", "small", epochs=2)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    quick = chapter.train_here(digits, protocol, ["soft"], [0], "quick")
    assert torch.equal(before, torch.get_rng_state())
    plain = chapter.train_here(digits, protocol, ["soft"], [0], "recorded")
    np.testing.assert_array_equal(quick.study.log_p("soft"), plain.study.log_p("soft"))


@pytest.mark.parametrize(
    ("run", "static", "bar"),
    [("quick", "", True), ("quick", "1", False), ("recorded", "", False), ("full", "1", False)],
)
def test_progress_is_shown_in_a_notebook_and_not_on_a_page(digits, monkeypatch, capsys, run, static, bar):
    monkeypatch.setenv("EXPLORER_STATIC", static)
    chapter.train_here(digits, protocols.get("digits", "small", epochs=1), ["soft"], [0], run)
    printed = capsys.readouterr()
    assert ("soft seed 0 fold 0: 100%" in printed.err) is bar
    assert bar or printed.err == ""
    assert printed.out == ""


def test_full_goes_on_where_the_record_is(recorded, digits):
    opened = chapter.open_study("digits", "small", "full", digits)
    assert opened.study.arms == ["hard", "gold", "soft"]
    assert opened.run == "full"


def test_missing_votes_are_one_notice(monkeypatch, shown):
    def nowhere(name: str) -> None:
        raise DataUnavailable("votes.npy is not at hand; get it from its owner.")

    monkeypatch.setattr(data, "load", nowhere)
    assert chapter.dataset("cifar10h") is None
    assert len(shown) == 1
    assert "cifar10h" in shown[0]
    assert "get it from its owner" in shown[0]


@pytest.mark.parametrize("run", ["recorded", "full"])
def test_a_false_claim_fails_the_build(run):
    chapter.check(True, "two is two.", run)
    with pytest.raises(AssertionError, match=r"two is three\."):
        chapter.check(False, "two is three.", run)


def test_a_quick_run_only_prints(capsys):
    chapter.check(False, "two is three.", "quick")
    assert "does not hold" in capsys.readouterr().out


def test_numbers_as_claims():
    with pytest.raises(AssertionError):
        chapter.check(bool(np.float64(0.1) > 0.2), "small is large.", "recorded")


def test_the_explorer_holds_a_sample_of_the_test_items(recorded, digits):
    opened = chapter.open_study("digits", "small", "recorded", digits)
    page = chapter.explore(opened, "digits", n_items=20).to_html()
    assert "20 of 80" in page.replace("\\u00a0", " ")


def text_study(name: str, published: bool, n_parts: int = 1) -> chapter.Opened:
    """A text study as a chapter sees it: six items, two seeds."""
    parts = ("premise", "hypothesis")[:n_parts] if n_parts > 1 else ("text",)
    rng = np.random.default_rng(0)
    votes = Dataset(
        name=name,
        counts=rng.integers(1, 9, (6, 3)),
        items=np.array([[f"{part} {i}" for part in parts] for i in range(6)], dtype=object),
        class_names=("low", "middle", "high"),
        ids=np.array([f"item-{i}" for i in range(6)]),
        groups=np.arange(6),
        provenance="simulated",
        licence="Ratings: nobody's, no licence stated.",
        text_parts=parts,
        published=published,
    )
    answers = {arm: rng.dirichlet(np.ones(3), (2, 6)) for arm in ("hard", "soft")}
    predictions = SimpleNamespace(
        seeds=[0, 1],
        arms=["hard", "soft"],
        test_ids=votes.ids,
        protocol=SimpleNamespace(name="simulated"),
        log_p=lambda arm: np.log(answers[arm]),
        p_model=lambda arm: answers[arm].mean(axis=0),
    )
    return chapter.Opened(predictions, {}, votes, "recorded")


@pytest.mark.parametrize(
    ("published", "wish", "shows"),
    [(True, "", True), (False, "", False), (True, "all", True), (False, "all", True)],
)
def test_what_a_page_may_show(published, wish, shows, monkeypatch):
    monkeypatch.setenv("BOOK_ITEMS", wish)
    assert chapter.may_show(text_study("politeness", published).test) is shows
    assert chapter.may_show(None) is False


@pytest.mark.parametrize("wish", ["none", "ALL", " "])
def test_an_unknown_wish_about_items_is_refused(wish, monkeypatch):
    monkeypatch.setenv("BOOK_ITEMS", wish)
    for votes in (None, text_study("politeness", True).test):
        with pytest.raises(ValueError, match=f"BOOK_ITEMS is '{wish}'; set it to all") as error:
            chapter.may_show(votes)
        sentence_of(error)


def test_items_that_may_not_be_shown_are_one_notice(monkeypatch, shown):
    monkeypatch.delenv("BOOK_ITEMS", raising=False)
    closed = text_study("politeness", published=False)
    assert chapter.explore(closed, "Politeness") is None
    assert len(shown) == 1
    for said in ("`politeness`", "no licence stated.", "`BOOK_ITEMS=all`"):
        assert said in shown[0]
    assert not any(text in shown[0] for text in closed.test.items[:, 0])
    with pytest.raises(ValueError, match=r"ask chapter\.may_show first"):
        chapter.gallery(closed, [0])
    chapter.licence(closed.test)
    assert "Shown here: aggregates and model outputs only." in shown[-1]
    chapter.licence(text_study("chaosnli", published=True).test)
    assert "Shown here: simulated." in shown[-1]


def test_a_local_page_shows_them(monkeypatch, shown):
    monkeypatch.setenv("BOOK_ITEMS", "all")
    closed = text_study("politeness", published=False)
    payload = chapter.explore(closed, "Politeness").payload
    assert payload["texts"] == [f"text {i}" for i in range(6)]
    assert payload["warning"] == ""
    assert payload["note"].startswith("Predictions are means over 2 seeds, ")
    assert "text 3" in chapter.gallery(closed, [3]).text
    assert shown == []


def test_a_pair_has_its_headings():
    pairs = text_study("chaosnli", published=True, n_parts=2)
    payload = chapter.explore(pairs, "ChaosNLI").payload
    assert payload["texts"][4] == [["premise", "premise 4"], ["hypothesis", "hypothesis 4"]]
    few = chapter.explore(pairs, "ChaosNLI", n_items=2).payload
    for item, text in zip(few["ids"], few["texts"], strict=True):
        assert text[0][1] == item.replace("item-", "premise ")


def test_a_gallery_holds_the_chosen_rows_with_their_numbers():
    pairs = text_study("chaosnli", published=True, n_parts=2)
    text = chapter.gallery(pairs, [4, 1], ["first", "second"], arms=("soft",)).text
    first, second = text.split("\n\n")
    assert "premise: premise 4" in first
    assert "hypothesis: hypothesis 1" in second
    assert second.splitlines()[0] == f"{pairs.test.counts[1].sum()} votes, second"
    share = pairs.study.p_model("soft")[4, 2]
    assert first.splitlines()[-1].split() == ["high", str(pairs.test.counts[4, 2]), f"{100 * share:.0f}%"]


def test_offensive_texts_are_covered(monkeypatch):
    monkeypatch.setenv("BOOK_ITEMS", "all")
    offensive = text_study("offensiveness", published=False)
    assert chapter.explore(offensive, "Offensiveness").payload["warning"] == "May be offensive."
    assert "<summary>May be offensive." in chapter.gallery(offensive, [0]).html


def test_without_votes_there_is_no_gallery(recorded):
    with pytest.raises(ValueError, match=r"ask chapter\.may_show first"):
        chapter.gallery(chapter.open_study("digits", "small", "recorded", None), [0])
