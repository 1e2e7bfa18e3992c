"""The networks that come with the course are as good as their cards say."""

import json
import re
import runpy

import numpy as np
import pytest
import torch

from cnnkit import models
from cnnkit.data import load
from cnnkit.models.shipped import FOLDER, card_path, weights_path
from cnnkit.train import evaluate
from tests.conftest import LONG, ROOT

NAMES = models.trained_names()
BEST = {"lenet5-mnist": 0.99, "fashion_convnet-fashion": 0.93}
SMALLEST = 3 * 2**20


def test_those_that_the_lectures_need_are_there():
    assert set(BEST) <= set(NAMES)
    assert {path.stem for path in FOLDER.glob("*.npz")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_small_and_its_card_says_how_it_was_made(name):
    assert weights_path(name).stat().st_size < SMALLEST
    card = json.loads(card_path(name).read_text())
    for key in ("script", "seed", "data", "hardware", "accuracy", "epochs", "seconds", "versions"):
        assert card[key] or card[key] == 0, key
    script, run = card["script"].split()
    assert (ROOT / script).exists()
    assert run == name
    trained = models.trained(name)
    assert card["parameters"] == sum(p.size for p in trained.net.parameters())
    assert not trained.net.training
    assert f"accuracy: {card['accuracy']}" in str(trained)


@pytest.fixture(scope="module")
def runs():
    """What the script trains."""
    return runpy.run_path(str(ROOT / "training" / "train.py"), run_name="training")["RUNS"]


@pytest.mark.parametrize("name", NAMES)
def test_the_script_would_train_it_again_as_the_card_says(runs, name):
    card, run = json.loads(card_path(name).read_text()), runs[name]
    assert card["network"] == f"models.{run.build.__name__}"
    assert card["options"] == json.loads(json.dumps(run.options))
    for key in ("data", "epochs", "padding", "pooled"):
        assert card[key] == getattr(run, key), key
    assert len(card["training_loss"]) == run.epochs


# The others take a quarter of a minute and more each.
QUICK = [name for name in NAMES if not re.search("56|without|convnet|residual20|alexnet", name)]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES if LONG else QUICK)
def test_its_accuracy_on_the_complete_test_set_is_the_cards(name):
    trained = models.trained(name)
    try:
        test = load(trained.card["data"], "test").pooled(trained.card["pooled"])
    except FileNotFoundError as error:
        pytest.skip(str(error))
    result = evaluate(trained.net.to_torch(), test, device="cpu")
    assert abs(result.accuracy - trained.card["accuracy"]) <= 0.0005
    assert result.accuracy >= BEST.get(name, 0)


def test_a_trained_network_is_the_same_in_both_engines():
    net = models.trained("lenet5-mnist").net
    x = load("mnist5k", "test").images[:100].astype(np.float32)
    with torch.no_grad():
        theirs = net.to_torch()(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(net(x), theirs, rtol=1e-4, atol=1e-4)
    assert (net(x).argmax(axis=1) == load("mnist5k", "test").labels[:100]).mean() > 0.95


def test_one_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no trained network 'vgg16-cifar10'; there are"):
        models.trained("vgg16-cifar10")


def test_the_degradation_and_the_ablation_can_be_read_from_the_cards():
    needed = {f"{kind}{depth}-fashion" for kind in ("plain", "residual") for depth in (20, 56)}
    removed = ("fc7", "fc6-fc7", "conv3-conv4", "conv3-conv4-fc6-fc7")
    needed |= {f"small_alexnet-without-{layers}-fashion" for layers in removed}
    needed |= {"small_alexnet-fashion"}
    assert needed <= set(NAMES)
    loss = {name: models.trained(name).card["training_loss"][-1] for name in needed}
    # Deeper is worse in training without shortcuts, and not with them (He et al., figure 1).
    assert loss["plain56-fashion"] > loss["plain20-fashion"]
    assert loss["residual56-fashion"] < loss["plain56-fashion"]
