"""Claims are held against the numbers."""

import numpy as np
import pytest

from softlabel_book import chapter


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
