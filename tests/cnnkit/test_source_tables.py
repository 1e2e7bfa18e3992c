"""Tables of layers as papers and slides print them: every row recomputed, wrong ones explained."""

import pytest

from cnnkit import models
from cnnkit.cli import main
from cnnkit.models.comparison import _agree
from cnnkit.models.sources import SOURCES

WRONG = {
    "alexnet": ["INPUT", "CONV1 11×11, stride 4", "NORM1", "NORM2"],
    "vgg16": ["total"],
    "facenet_nn2": ["inception (4a)"],
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_row_agrees_or_says_why_not(name):
    rows = models.source_table(name).rows
    wrong = [row.line.label for row in rows if not all(row.agrees)]
    assert wrong == WRONG.get(name, [])
    assert wrong == [row.line.label for row in rows if row.line.note]


def test_vggs_activations_are_15_million_and_not_24():
    [total] = models.source_table("vgg16").rows[-1:]
    assert total.line.printed == ("", "24M", "138M")
    assert total.computed == ("", "15,237,608", "138,344,128")


def test_lenet5_has_as_many_connections_as_its_paper_says():
    assert models.source_table("lenet5").rows[-1].computed == ("", "60,000", "340,908")


@pytest.mark.parametrize(
    ("printed", "computed", "rough", "agrees"),
    [
        ("545K", 545_536, 0, False),
        ("546K", 545_536, 0, True),
        ("1.6M", 1_588_464, 0, True),
        ("1.5M", 1_588_464, 0, False),
        ("800K", 802_816, 0, False),
        ("800K", 802_816, 0.01, True),
        ("800K", 820_000, 0.01, False),
        ("1,516", 1516, 0, True),
        ("1,516", 1517, 0, False),
        ("5×5×16", "5×5×16", 0, True),
        ("5×5×16", "5×5×6", 0, False),
    ],
)
def test_a_figure_agrees_if_it_rounds_to_what_is_printed(printed, computed, rough, agrees):
    assert _agree(printed, computed, rough) is agrees


def test_the_tables_print_and_are_html(capsys):
    assert main(["table", "alexnet"]) == 0
    text = capsys.readouterr().out
    assert "✗  CONV1" in text
    assert "253,440 is 55×48×96" in text
    html = models.source_table("vgg16")._repr_html_()
    assert html.count("<tr>") == 24
    assert "61 MB in float32" in html
    assert main(["table", "resnet18"]) == 2
    assert "no source's table of resnet18; there are lenet5" in capsys.readouterr().err
