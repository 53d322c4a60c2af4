"""The glossary knows every arm and every measure."""

import re
from pathlib import Path

import pytest

from softlabel_core.arms import ARMS
from softlabel_core.metrics import METRICS

GLOSSARY = (Path(__file__).resolve().parents[2] / "book" / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_has_its_sentence(arm):
    assert re.search(rf"\b[Aa]rms? [^.]*`{arm}`", GLOSSARY)


@pytest.mark.parametrize(
    "metric", sorted(set(METRICS) - {"excess_kl"})
)  # whose entry names what tables print
def test_a_measure_has_its_line_and_its_entry(metric):
    line = re.search(rf"\| {{term}}`([^`]+)` \| `{metric}` \|", GLOSSARY)
    assert line is not None
    assert re.search(
        rf"\n{re.escape(line[1])}\n(?:\S.*\n)*  `{metric}`", GLOSSARY
    )  # other names may stand between
