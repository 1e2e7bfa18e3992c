"""`small_alexnet` without some of its layers: nothing else changes."""

import json
import runpy

import numpy as np
import pytest

import cnnkit
from cnnkit.models import small_alexnet
from cnnkit.models.shipped import card_path
from cnnkit.models.small import REMOVABLE
from tests.conftest import ROOT

INPUT = (1, 28, 28)


@pytest.fixture(scope="module")
def script():
    """What stands in the script that trains what is shipped."""
    return runpy.run_path(str(ROOT / "training" / "train.py"), run_name="training")


@pytest.fixture(scope="module")
def cards(script):
    """The cards of the five networks by what was removed."""
    runs = {n: run for n, run in script["RUNS"].items() if n.startswith("small_alexnet")}
    return {run.options["removed"]: json.loads(card_path(n).read_text()) for n, run in runs.items()}


@pytest.mark.parametrize("removed", [(name,) for name in REMOVABLE] + [REMOVABLE], ids=str)
def test_what_is_removed_is_gone_and_every_other_layer_stays(removed):
    whole, net = dict(small_alexnet().named_layers()), small_alexnet(removed=removed)
    gone = {f"{kind}{name[-1]}" for name in removed for kind in ("relu", "drop")} | set(removed)
    assert [name for name in whole if name not in gone] == list(dict(net.named_layers()))
    assert net.output_shape(INPUT) == (10,)


def test_a_layer_that_cannot_be_removed_is_named():
    with pytest.raises(ValueError, match=r"removed: expected some of .*'fc7'.*, got \['conv5'\]"):
        small_alexnet(removed=("conv5", "fc6"))


def test_without_dropout_training_computes_what_use_computes():
    x = np.random.default_rng(0).normal(size=(4, *INPUT)).astype(np.float32)
    for dropout, same in ((0.5, False), (0.0, True)):
        net = small_alexnet(dropout=dropout)
        in_training = net(x)
        assert np.array_equal(in_training, net.eval()(x)) == same, dropout


def test_the_signal_reaches_the_scores_as_the_script_begins_and_not_as_pytorch_does(script):
    """PyTorch's weights have a sixth of the variance that keeps it through a ReLU: after eight
    layers the scores of two pictures differ by next to nothing."""
    x = np.random.default_rng(0).normal(size=(64, *INPUT)).astype(np.float32)
    cnnkit.manual_seed(0)
    net = small_alexnet(dropout=0.0)
    assert net(x).std(axis=0).mean() < 0.005
    script["as_he"](net)
    assert net(x).std(axis=0).mean() > 0.1


def test_the_five_differ_in_nothing_but_the_layers_that_were_removed(cards):
    assert set(cards) == {(), ("fc7",), ("fc6", "fc7"), ("conv3", "conv4"), REMOVABLE}
    for removed, card in cards.items():
        assert card["options"] == {"removed": list(removed), "dropout": 0.0}
        for key in ("network", "data", "epochs", "seed", "padding", "pooled"):
            assert card[key] == cards[()][key], (removed, key)


def test_what_is_told_of_the_five_is_what_their_cards_say(cards):
    told = (ROOT / "training" / "ablation.md").read_text(encoding="utf-8")
    for removed, card in cards.items():
        figures = f"{card['accuracy']:.2%} | {card['training_loss'][-1]:.4f} |"
        name = f"without {', '.join(removed)}" if removed else "whole"
        assert f"| {name} | {card['parameters']:,} | {figures}" in told


def test_one_pair_less_costs_nothing_that_can_be_seen_and_both_pairs_do(cards):
    """Two shares p of 10,000 pictures differ by chance by √(2 p (1 − p) / 10,000), 0.42 points."""
    least = cards[REMOVABLE]
    rest = [card["accuracy"] for card in cards.values() if card is not least]
    assert max(rest) - min(rest) < 0.0042 < min(rest) - least["accuracy"]
    # The deepest is behind at first, and ahead in the end.
    whole, smallest = cards[()]["training_loss"], least["training_loss"]
    assert whole[0] > smallest[0]
    assert whole[-1] < smallest[-1]
