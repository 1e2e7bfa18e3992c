"""All networks in a table, a picture, and at the command line."""

import pytest

from cnnkit import models
from cnnkit.cli import main
from cnnkit.models.facts import FACTS


def test_the_table_has_every_network_and_its_published_error():
    table = models.table()
    assert len(table.rows) == len(FACTS)
    text = str(table)
    for part in ("LeNet-5", "138,357,544", "15.3 %", "ILSVRC 2015, first", "1998"):
        assert part in text
    assert table._repr_html_().count("<tr>") == len(FACTS) + 1
    assert [row.fact.year for row in table.rows] == sorted(fact.year for fact in FACTS)


def test_the_picture_draws_accuracy_over_work_with_parameters_as_area():
    [axes] = models.table().picture().axes
    labels = [text.get_text() for text in axes.texts]
    assert {"VGG-16, 2014", "MobileNet V2, 2018", "ResNet-50, 2015"} <= set(labels)
    radius = {(line.get_xdata()[0], line.get_ydata()[0]): line.get_markersize()
              for line in axes.lines if line.get_alpha()}  # fmt: skip
    facts = {fact.title: fact for fact in FACTS}
    areas = []
    for title in ("VGG-19", "ResNet-50", "MobileNet V2"):
        fact = facts[title]
        areas.append(radius[fact.macs, fact.top1] ** 2 / fact.parameters)
    assert max(areas) < 1.001 * min(areas)


def test_every_published_accuracy_has_its_source():
    table = str(models.table())
    for fact in FACTS:
        assert bool(fact.top1) == bool(fact.top1_of), fact.title
        if fact.top1:
            assert fact.input_shape == (3, 224, 224)
            assert 50 < fact.top1 < 80
            assert f"{fact.top1:.1f} %" in table


def test_a_summary_at_the_command_line(capsys):
    assert main(["summary", "vgg16"]) == 0
    assert "138,357,544" in capsys.readouterr().out
    assert main(["summary", "alexnet"]) == 0  # as `models.alexnet()` builds it
    assert "61,100,840" in capsys.readouterr().out
    assert main(["summary", "lenet5", "--input", "1,36,36"]) == 2
    assert "Linear: expected" in capsys.readouterr().err
    assert main(["summary", "resnet18", "--input", "3,64,64"]) == 0
    assert "512×2×2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["summary", "resnet19"], "there is no resnet19; there are alexnet"),
        (["summary", "vgg16", "--input", "large"], "expected sizes as in 3,224,224"),
    ],
)
def test_wrong_use_is_explained(capsys, arguments, complaint):
    assert main(arguments) == 2
    assert complaint in capsys.readouterr().err


def test_the_table_at_the_command_line(capsys, tmp_path):
    assert main(["table", "--picture", str(tmp_path / "t.png")]) == 0
    assert "GoogLeNet" in capsys.readouterr().out
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
