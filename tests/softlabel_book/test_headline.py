"""The headline over data sets, on invented summaries whose outcome is known."""

import json

import pytest
from shared import sentence_of

from softlabel_book import headline, summary, tables
from softlabel_book.cli import main as cli
from softlabel_core import statistics
from softlabel_core.storage import RecordError
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
    bases = dict.fromkeys(headline.KEYS, (0.5, 0.1))
    bases |= {"kl": (hard_kl, 0.1), "entropy_pearson": (hard_r, half_r)}
    shares = dict.fromkeys(headline.KEYS, 0.1) | {"kl": kl, "entropy_pearson": r}
    return {
        "metrics": {
            "hard": {key: around(*base) for key, base in bases.items()},
            "soft": {key: around(base[0] * (1 + shares[key]), base[1]) for key, base in bases.items()},
        },
        "changes": {"soft": {key: change(shares[key], base=base) for key, base in bases.items()}},
        "floors": {"kl": 0.02},
        "ceilings": {"entropy_pearson": 0.9},
    }


def record(folder, data, name, seeds=5, raters_shared=False, parts=None, criterion="", **given):
    """Write an invented summary where a study's would lie."""
    facts = {
        "n_test": 600, "seeds": list(range(seeds)), "seeds_resampled": seeds >= 5, "raters_shared": raters_shared,
    }  # fmt: skip
    parts = {part: {"n_test": 300, **numbers_of(**each)} for part, each in (parts or {}).items()}
    whole = {"data": data, "protocol": name, "facts": facts, "parts": parts, **numbers_of(**given)}
    summary.SUMMARIES[criterion].write(whole, data, name, folder)


def first(data, place=0):
    """Name of a data set's first protocol, or of a later one."""
    return [name for where, name in protocols.PROTOCOLS if where == data][place]


@pytest.fixture
def three(tmp_path):
    """The three primary sets, each by its first protocol."""
    parts = {"snli": {"kl": -0.5, "r": 0.9}, "mnli": {"kl": -0.1}}
    record(tmp_path, "chaosnli", first("chaosnli"), kl=-0.4, r=1.0, parts=parts)
    record(tmp_path, "politeness", first("politeness"), kl=-0.1, r=0.2, raters_shared=True)
    record(tmp_path, "cifar10h", "scratch", kl=-0.1, r=0.3, hard_kl=1.0)
    return tmp_path


def test_the_mean_is_over_the_relative_changes_of_the_sets(three):
    numbers = headline.make(three)
    assert [row["data"] for row in numbers["primary"]] == list(headline.PRIMARY)
    kl, r = numbers["means"]["kl"], numbers["means"]["entropy_pearson"]
    assert kl["relative"]["value"] == pytest.approx(-0.2)
    assert r["relative"]["value"] == pytest.approx(0.5)
    half = 0.05 * 3**0.5 / 3  # of independent sets with the same half width
    assert [kl["relative"]["low"], kl["relative"]["high"]] == pytest.approx([-0.2 - half, -0.2 + half])
    assert kl["left_out"] == r["left_out"] == []
    assert numbers["missing"] == ["offensiveness"]
    assert kl["hard"]["value"] == pytest.approx(2 / 3)
    assert kl["difference"]["value"] == pytest.approx((-0.2 - 0.05 - 0.1) / 3)
    assert kl["ratio"]["value"] == pytest.approx((0.3 + 0.45 + 0.9) / 2 - 1)
    assert kl["ratio"]["low"] < kl["ratio"]["value"] < kl["ratio"]["high"]


def test_where_hard_touches_zero_the_difference_is_printed_and_the_set_left_out(three):
    record(three, "politeness", first("politeness"), r=2.0, hard_r=0.05, half_r=0.1)
    numbers = headline.make(three)
    table = headline.table(numbers)
    assert table.loc[f"Politeness: {first('politeness')}", "r(H) change"] == "0.100 [0.098, 0.102]"
    r = numbers["means"]["entropy_pearson"]
    assert r["relative"]["value"] == pytest.approx((1.0 + 0.3) / 2)
    assert r["left_out"] == ["politeness"]
    assert r["difference"]["value"] == pytest.approx((0.3 + 0.1 + 0.09) / 3)  # all sets
    assert r["ratio"]["value"] == pytest.approx((0.6 + 0.15 + 0.39) / (0.3 + 0.05 + 0.3) - 1)  # all sets
    assert table.loc["mean over 3 of 3 sets", "r(H) change"].startswith("+65% [")
    assert table.loc["mean over 3 of 3 sets", "r(H) change"].endswith(", 2 sets")
    assert table.loc["mean over 3 of 3 sets", "KL change"].endswith("]")
    assert any(note.startswith("r(H): Politeness left out") for note in headline.notes(numbers))
    assert not any(note.startswith("KL:") for note in headline.notes(numbers))


def test_another_protocol_stands_in_and_says_so(three):
    scratch = summary.SUMMARY.path("cifar10h", "scratch", three)
    record(three, "cifar10h", "small", seeds=3)
    with_both = headline.make(three)
    assert headline.title(with_both["primary"][2]) == "CIFAR-10H: scratch"
    assert "CIFAR-10H: small" in [headline.title(row) for row in with_both["beside"]]
    scratch.unlink()
    numbers = headline.make(three)
    assert headline.title(numbers["primary"][2]) == "CIFAR-10H: small, no scratch yet"
    said = " ".join(headline.notes(numbers))
    assert "No record yet of CIFAR-10H scratch: the next recorded protocol stands in its place." in said
    assert "Fewer than 5 seeds, so intervals are of these seeds alone: CIFAR-10H small (3)." in said


def test_parts_and_other_sets_and_protocols_stand_beside_and_change_no_mean(three):
    before = headline.make(three)
    record(three, "offensiveness", first("offensiveness"), kl=3.0, raters_shared=True)
    record(three, "cifar10h", "pretrained", kl=3.0)
    record(three, "chaosnli", first("chaosnli", 1), parts={"snli": {}, "mnli": {}})
    numbers = headline.make(three)
    assert [headline.title(row) for row in numbers["beside"]] == [
        f"ChaosNLI, SNLI alone: {first('chaosnli')}",
        f"ChaosNLI, MNLI alone: {first('chaosnli')}",
        f"ChaosNLI: {first('chaosnli', 1)}",
        "CIFAR-10H: pretrained",
        f"Offensiveness: {first('offensiveness')}",
    ]
    assert numbers["means"] == before["means"]
    table = headline.table(numbers)
    assert table.loc[f"ChaosNLI, SNLI alone: {first('chaosnli')}", "KL change"] == "−50% [−55%, −45%]"


@pytest.mark.parametrize("kept", [[], ["politeness"], ["chaosnli", "cifar10h"]])
def test_any_subset_gives_a_table_that_names_what_is_missing(tmp_path, kept):
    for data in kept:
        record(tmp_path, data, first(data))
    numbers = headline.make(tmp_path)
    missing = [data for data in (*headline.PRIMARY, *headline.BESIDE) if data not in kept]
    assert numbers["missing"] == missing
    text = headline.text(numbers)
    assert f"mean over {len(kept)} of 3 sets" in text
    for data in missing:
        assert f"{headline.TITLES[data]} is not recorded" in text
        assert f"softlabel study {data}" in text
    assert "nan" not in text.lower()
    assert "−32%" in text
    assert "+61%" in text


def test_a_study_without_both_arms_is_no_row(tmp_path):
    record(tmp_path, "cifar10h", "scratch")
    path = summary.SUMMARY.path("cifar10h", "scratch", tmp_path)
    path.write_text(path.read_text().replace('"soft"', '"gold"'))
    assert "cifar10h" in headline.make(tmp_path)["missing"]


def test_a_broken_summary_is_one_sentence(three):
    path = summary.SUMMARY.path("cifar10h", "scratch", three)
    path.write_text(path.read_text()[:100])
    with pytest.raises(RecordError, match="truncated") as error:
        headline.make(three)
    assert str(path) in sentence_of(error)


def test_the_table_shows_values_ceilings_floors_and_the_paper(three):
    table = headline.table(headline.make(three))
    assert list(table) == list(headline.COLUMNS)
    row = table.loc["CIFAR-10H: scratch"]
    assert row["KL, hard"] == "1.000 [0.900, 1.100]"
    assert row["KL change"] == "−10% [−15%, −5%]"
    assert row["KL − floor change"] == row["ρ(H) change"] == "+10% [+5%, +15%]"
    assert row["KL floor"] == "0.020"
    assert row["r(H) ceiling"] == "0.900"
    assert row["accuracy difference"] == "0.050 [0.025, 0.075]"
    paper = table.loc["the paper: mean over its three"]
    assert (paper["KL change"], paper["r(H) change"]) == ("−32%", "+61%")
    assert table.loc["mean over 3 of 3 sets", "r(H) ceiling"] == tables.DASH
    page = tables.Shown(table.T)._repr_mimebundle_()["text/html"]
    assert '−10%<br><span class="sl-interval">[−15%, −5%]</span>' in page


def test_shared_raters_are_said_of_the_sets_that_have_them(three):
    said = [note for note in headline.notes(headline.make(three)) if tables.RATERS_SHARED in note]
    assert said == [f"Politeness: {tables.RATERS_SHARED}"]


def test_a_share_of_what_may_be_nothing_is_a_dash():
    assert tables.share({"value": 0.5, "low": 0.4, "high": 0.6}) == "+50% [+40%, +60%]"
    assert tables.share(statistics.NO_ESTIMATE.plain()) == tables.DASH


def test_the_command_prints_words_or_numbers(three, capsys):
    assert cli.main(["table", "--all", "--results", str(three)]) == 0
    words = capsys.readouterr().out
    assert "mean over 3 of 3 sets" in words
    assert "Zou & Donner" in words
    assert cli.main(["table", "--all", "--json", "--results", str(three)]) == 0
    numbers = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert numbers["means"]["kl"]["relative"]["value"] == pytest.approx(-0.2)
    assert [row["data"] for row in numbers["primary"]] == list(headline.PRIMARY)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["table"], "--all"),
        (["table", "--json"], "no data set is named"),
        (["table", "cifar10h", "--all"], "leave out"),
        (["table", "--all", "--protocol", "scratch"], "leave out"),
    ],
)
def test_a_table_of_nothing_or_of_two_things_is_refused(arguments, named, capsys):
    assert cli.main(arguments) == 2
    message = capsys.readouterr().err
    assert named in message
    assert message.count("\n") == 1


def test_the_recorded_headline_is_made_of_recorded_studies():
    numbers = headline.make()
    for row in numbers["primary"] + numbers["beside"]:
        stored = summary.SUMMARY.read(row["data"], row["protocol"])
        held = stored["parts"][row["part"]] if row["part"] else stored
        assert row["changes"]["kl"] == held["changes"]["soft"]["kl"]
    recorded = {row["data"] for row in numbers["primary"] + numbers["beside"]}
    assert recorded | set(numbers["missing"]) == set(headline.TITLES)
    assert "cifar10h" in recorded


# With tuning


@pytest.fixture
def tuned(three):
    """Three sets without tuning, two of them also with it, one of those by the votes too."""
    record(three, "chaosnli", first("chaosnli"), kl=-0.05, r=0.1, criterion="own")
    record(three, "chaosnli", first("chaosnli"), kl=-0.02, r=0.2, criterion="votes")
    record(three, "politeness", first("politeness", 1), kl=-0.03, r=0.04, criterion="own")
    record(three, "politeness", first("politeness", 1), kl=-0.5, r=0.9)
    return three


def test_the_tuned_headline_takes_tuned_studies_only(tuned):
    numbers = headline.make(tuned, "own")
    rows = [(row["data"], row["protocol"]) for row in numbers["primary"]]
    assert rows == [("chaosnli", first("chaosnli")), ("politeness", first("politeness", 1))]
    assert numbers["missing"] == ["cifar10h", "offensiveness"]
    assert numbers["means"]["kl"]["relative"]["value"] == pytest.approx(-0.04)
    assert "tuned with the same number of trials, by cross-entropy with its own labels" in " ".join(
        headline.notes(numbers)
    )
    untuned = headline.make(tuned)
    assert "Provisional: on a set one setting for all arms" in " ".join(headline.notes(untuned))
    assert untuned["means"]["kl"]["relative"]["value"] == pytest.approx(-0.2)


def test_one_protocol_can_be_asked_for(tuned):
    asked = {"politeness": first("politeness", 1)}
    numbers = headline.make(tuned, only=asked)
    assert [row["protocol"] for row in numbers["primary"]] == [
        first("chaosnli"),
        first("politeness", 1),
        "scratch",
    ]
    assert numbers["primary"][1]["changes"]["kl"]["relative"]["value"] == pytest.approx(-0.5)


def test_studies_with_and_without_tuning_stand_side_by_side(tuned):
    rows = headline.with_and_without_tuning(tuned)
    assert [(row["data"], row["protocol"], sorted(row["changes"])) for row in rows] == [
        ("chaosnli", first("chaosnli"), ["", "own", "votes"]),
        ("politeness", first("politeness", 1), ["", "own"]),
    ]
    assert rows[0]["changes"]["votes"]["kl"]["relative"]["value"] == pytest.approx(-0.02)


def test_the_command_prints_the_tuned_headline(tuned, capsys):
    assert cli.main(["table", "--all", "--tuned", "--results", str(tuned)]) == 0
    assert "mean over 2 of 3 sets" in " ".join(capsys.readouterr().out.split())
