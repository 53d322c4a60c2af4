"""Tables of robustness: a row for each kind of condition, in plain words."""

import pytest

from softlabel_book import tables as shared_tables
from softlabel_book.robustness import tables


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("clean", "clean"),
        ("noise-5", "Gaussian noise, severity 5"),
        ("jpeg-1", "JPEG compression, severity 1"),
        ("pgd-8", "PGD, 8 of 255"),
    ],
)
def test_a_condition_in_plain_words(name, words):
    assert tables.title(name) == words


def test_a_table_has_a_row_for_clean_and_for_the_strongest_of_each_kind(numbers):
    found = tables.compared(numbers)
    assert list(found.index) == [
        "clean", "Gaussian noise, severity 5", "Gaussian blur, severity 5", "FGSM, 8 of 255", "PGD, 8 of 255",
    ]  # fmt: skip
    assert list(found.columns[:3]) == ["KL, hard", "KL, soft", "KL, soft − hard"]
    difference = numbers["conditions"]["blur-5"]["differences"]["kl"]
    assert found.loc["Gaussian blur, severity 5", "KL, soft − hard"] == shared_tables.interval(difference)
