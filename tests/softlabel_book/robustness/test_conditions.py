"""Conditions: their names, and what a name says."""

from softlabel_book.robustness import conditions, corruptions


def test_all_kinds_in_all_strengths_after_clean():
    names = conditions.names()
    assert names[:2] == ["clean", "noise-1"]
    assert names[-1] == "pgd-8"
    assert len(names) == len(set(names)) == 1 + 4 * 5 + 2 * 4
    assert conditions.names(["blur"], [2], [0.5]) == ["clean", "blur-2", "fgsm-0.5", "pgd-0.5"]


def test_a_name_says_kind_and_strength():
    found = [conditions.parts(name) for name in ("clean", "noise-5", "pgd-0.5")]
    assert found == [("clean", ""), ("noise", "5"), ("pgd", "0.5")]
    kinds = {conditions.parts(name)[0] for name in conditions.names()}
    assert kinds == {"clean", *corruptions.SEVERITIES, *conditions.ATTACKS}


def test_attacks_are_told_from_damage():
    attacks = {name for name in conditions.names() if conditions.is_attack(name)}
    assert attacks == {f"{kind}-{epsilon}" for kind in ("fgsm", "pgd") for epsilon in (1, 2, 4, 8)}


def test_the_strongest_is_the_last_of_its_kind():
    wanted = ["clean", "noise-5", "blur-5", "contrast-5", "jpeg-5", "fgsm-8", "pgd-8"]
    assert conditions.strongest(conditions.names()) == wanted
    assert conditions.strongest([]) == []
