"""The headline's numbers over data sets, on invented summaries whose outcome is known."""

import pytest
from invented_studies import first, record
from shared import sentence_of

from softlabel_book import sets, summary
from softlabel_book.headline import analysis
from softlabel_book.summary import Change
from softlabel_core.storage import RecordError


def names(rows):
    return [(row.data, row.part, row.protocol) for row in rows]


def test_the_mean_is_over_the_relative_changes_of_the_sets(three):
    numbers = analysis.make(three)
    assert [row.data for row in numbers.primary] == list(sets.PRIMARY)
    kl, r = numbers.means["kl"], numbers.means["entropy_pearson"]
    assert kl.relative.value == pytest.approx(-0.2)
    assert r.relative.value == pytest.approx(0.5)
    half = 0.05 * 3**0.5 / 3  # of independent sets with the same half width
    assert [kl.relative.low, kl.relative.high] == pytest.approx([-0.2 - half, -0.2 + half])
    assert kl.left_out == r.left_out == []
    assert numbers.missing == ["offensiveness"]
    assert kl.hard.value == pytest.approx(2 / 3)
    assert kl.difference.value == pytest.approx((-0.2 - 0.05 - 0.1) / 3)
    assert kl.ratio.value == pytest.approx((0.3 + 0.45 + 0.9) / 2 - 1)
    assert kl.ratio.low < kl.ratio.value < kl.ratio.high
    assert kl.spread == pytest.approx((-0.4, -0.1))
    assert r.spread == pytest.approx((0.2, 1.0))
    assert numbers.within == []


def test_nothing_has_no_spread():
    low, high = analysis.means([])["kl"].spread
    assert low != low
    assert high != high


def test_where_hard_touches_zero_the_set_is_left_out_of_the_mean_of_shares(three):
    record(three, "politeness", first("politeness"), r=2.0, hard_r=0.05, half_r=0.1)
    r = analysis.make(three).means["entropy_pearson"]
    assert r.relative.value == pytest.approx((1.0 + 0.3) / 2)
    assert r.left_out == ["politeness"]
    assert r.spread == pytest.approx((0.3, 1.0))
    assert r.difference.value == pytest.approx((0.3 + 0.1 + 0.09) / 3)  # all sets
    assert r.ratio.value == pytest.approx((0.6 + 0.15 + 0.39) / (0.3 + 0.05 + 0.3) - 1)  # all sets


def test_another_protocol_stands_in(three):
    record(three, "cifar10h", "small", seeds=3)
    both = analysis.make(three)
    assert (both.primary[2].protocol, both.primary[2].instead_of) == ("scratch", None)
    assert ("cifar10h", None, "small") in names(both.beside)
    summary.SUMMARY.path("cifar10h", "scratch", three).unlink()
    row = analysis.make(three).primary[2]
    assert (row.protocol, row.instead_of) == ("small", "scratch")


def test_parts_and_other_sets_and_protocols_stand_beside_and_change_no_mean(three):
    before = analysis.make(three)
    record(three, "offensiveness", first("offensiveness"), kl=3.0, raters_shared=True)
    record(three, "cifar10h", "pretrained", kl=3.0)
    record(three, "chaosnli", first("chaosnli", 1), parts={"snli": {}, "mnli": {}})
    record(three, "politeness", first("politeness"), kl=-0.1, r=0.2, parts={"enron": {}})
    numbers = analysis.make(three)
    assert names(numbers.beside) == [
        ("chaosnli", "snli", first("chaosnli")),
        ("chaosnli", "mnli", first("chaosnli")),
        ("chaosnli", None, first("chaosnli", 1)),
        ("cifar10h", None, "pretrained"),
        ("offensiveness", None, first("offensiveness")),
    ]
    assert numbers.means == before.means
    assert numbers.beside[0].changes["kl"].relative.value == pytest.approx(-0.5)
    assert (numbers.beside[0].n_test, numbers.primary[0].n_test) == (300, 600)


@pytest.mark.parametrize("kept", [[], ["politeness"], ["chaosnli", "cifar10h"]])
def test_any_subset_has_a_headline_that_names_what_is_missing(tmp_path, kept):
    for data in kept:
        record(tmp_path, data, first(data))
    assert analysis.make(tmp_path).missing == [data for data in sets.EVERY if data not in kept]


def test_a_study_without_both_arms_is_no_row(tmp_path):
    record(tmp_path, "cifar10h", "scratch")
    path = summary.SUMMARY.path("cifar10h", "scratch", tmp_path)
    path.write_text(path.read_text().replace('"soft"', '"gold"'))
    assert "cifar10h" in analysis.make(tmp_path).missing


def test_a_broken_summary_is_one_sentence(three):
    path = summary.SUMMARY.path("cifar10h", "scratch", three)
    path.write_text(path.read_text()[:100])
    with pytest.raises(RecordError, match="truncated") as error:
        analysis.make(three)
    assert str(path) in sentence_of(error)


def test_the_recorded_headline_is_made_of_recorded_studies():
    numbers = analysis.make()
    for row in numbers.primary + numbers.beside:
        stored = summary.SUMMARY.read(row.data, row.protocol)
        held = stored["parts"][row.part] if row.part else stored
        assert row.changes["kl"] == Change.of(held["changes"]["soft"]["kl"])
    recorded = {row.data for row in numbers.primary + numbers.beside}
    assert recorded | set(numbers.missing) == set(sets.EVERY)
    assert "cifar10h" in recorded


# With tuning


def test_the_tuned_headline_takes_tuned_studies_only(tuned):
    numbers = analysis.make(tuned, "own")
    rows = [(row.data, row.protocol) for row in numbers.primary]
    assert rows == [("chaosnli", first("chaosnli")), ("politeness", first("politeness", 1))]
    assert numbers.missing == ["cifar10h", "offensiveness"]
    assert numbers.means["kl"].relative.value == pytest.approx(-0.04)
    assert analysis.make(tuned).means["kl"].relative.value == pytest.approx(-0.2)


def test_one_protocol_can_be_asked_for(tuned):
    numbers = analysis.make(tuned, only={"politeness": first("politeness", 1)})
    assert [row.protocol for row in numbers.primary] == [
        first("chaosnli"), first("politeness", 1), "scratch",
    ]  # fmt: skip
    assert numbers.primary[1].changes["kl"].relative.value == pytest.approx(-0.5)


def test_studies_with_and_without_tuning_stand_side_by_side(tuned):
    rows = analysis.with_and_without_tuning(tuned)
    assert [(row.data, row.protocol, sorted(row.changes)) for row in rows] == [
        ("chaosnli", first("chaosnli"), ["", "own", "votes"]),
        ("politeness", first("politeness", 1), ["", "own"]),
    ]
    assert rows[0].changes["votes"]["kl"].relative.value == pytest.approx(-0.02)


def test_what_is_alike_is_over_the_studies_that_were_tuned_every_way(every):
    record(every, "cifar10h", "pretrained", kl=-0.9)
    record(every, "politeness", first("politeness", 1), kl=-0.9)
    found = analysis.alike(every)
    assert list(found) == list(summary.SUMMARIES)
    studies = [[(row.data, row.protocol) for row in headline.primary] for headline in found.values()]
    assert studies[0] == studies[1] == studies[2] == [(data, first(data)) for data in sets.PRIMARY]
    assert [headline.means["kl"].relative.value for headline in found.values()] == pytest.approx(
        [-0.2, -0.1, -0.05]
    )
    summary.SUMMARIES["votes"].path("politeness", first("politeness"), every).unlink()
    found = analysis.alike(every)
    for headline in found.values():
        assert {row.data for row in headline.primary + headline.beside} == set(sets.EVERY) - {"politeness"}
    assert found[""].means["kl"].relative.value == pytest.approx(-0.2)  # of 10% and 30%
    assert found["own"].means["kl"].spread == pytest.approx((-0.15, -0.05))


def test_a_later_protocol_stands_for_its_set_where_only_that_was_tuned(three):
    for criterion in ("own", "votes"):
        record(three, "cifar10h", "small", criterion=criterion)
    record(three, "cifar10h", "small", kl=-0.3)
    found = analysis.alike(three)
    assert [(row.data, row.protocol) for row in found[""].primary] == [("cifar10h", "small")]
    assert found[""].means["kl"].relative.value == pytest.approx(-0.3)


def test_a_row_may_be_of_a_rule_or_of_the_ambiguous_half(every):
    numbers = summary.SUMMARY.read("chaosnli", first("chaosnli"), every)
    ruled = analysis.Row.of(numbers, arm="hard/temperature-votes")
    assert ruled.arm == "hard/temperature-votes"
    assert ruled.changes["kl"].relative.value == pytest.approx(-0.2)
    assert ruled.hard == analysis.Row.of(numbers).hard
    half = analysis.Row.of(numbers, analysis.AMBIGUOUS)
    assert (half.n_test, half.changes["kl"].relative.value) == (300, pytest.approx(-0.4))


def test_what_holds_within_the_parts_of_a_set_stands_beside(every):
    (found,) = analysis.make(every).within
    assert (found.data, found.protocol) == ("chaosnli", first("chaosnli"))
    assert found.change.relative.value == pytest.approx(0.2)
    assert found.soft.value == pytest.approx(0.3 * 1.2)
