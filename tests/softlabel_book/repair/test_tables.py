"""The table of uses."""

from softlabel_book.repair import tables


def test_a_row_a_use_between_hard_and_soft(numbers):
    table = tables.uses(numbers)
    n_held = numbers["facts"]["n_held"]
    titles = (
        "one temperature",
        "a scale and a bias a class",
        "trained on",
        "one temperature, then trained on",
    )
    assert list(table.index) == [
        "hard labels",
        *(f"{title}, {n} items" for title in titles for n in (10, 30, n_held)),
        "soft labels",
    ]
    assert list(table.columns) == ["KL", "TV", "r(H)", "accuracy", "KL change"]
    kl = numbers["ways"]["vector"][0]["metrics"]["kl"]["value"]
    assert table.loc["a scale and a bias a class, 10 items", "KL"].startswith(f"{kl:.3f} [")
    assert table.loc["hard labels", "KL change"] == "–"
    assert "%" in table.loc["trained on, 10 items", "KL change"]
