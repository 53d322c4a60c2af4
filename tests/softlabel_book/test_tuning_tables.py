"""Tables of tuning: what was chosen, and where the best may lie beyond what was tried."""

import pytest
from studies import SEARCH, TUNED_ARMS

from softlabel_book import tuning_tables
from softlabel_core import data
from softlabel_core.study import trials


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """The folder of a tuning, and what it found."""
    folder, digits = tmp_path_factory.mktemp("tuned"), data.load("digits", n_items=400)
    return folder, trials.tune(SEARCH, TUNED_ARMS, digits, folder, device="cpu", progress=False)


def test_the_table_names_what_was_chosen_and_marks_edges(tuned):
    _, numbers = tuned
    table = tuning_tables.table(numbers)
    assert list(table.index) == ["hard (majority)", "soft (votes)", "label smoothing"]
    for (name, known), row in zip(numbers["arms"].items(), table.itertuples(index=False), strict=True):
        best = known["trials"][known["own"]["trial"]]["values"]
        for key, value in best.items():
            marked = "*" if value in (min(known["space"][key]), max(known["space"][key])) else ""
            assert f"{key.replace('_', ' ')} {value:g}{marked}" in row[1].split(", "), name
    assert "3 trials an arm over epochs 2, 3, 4; weight decay 0.0001, 0.01." in tuning_tables.text(numbers)
