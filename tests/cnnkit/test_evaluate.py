"""How good a model is, which settings are best, and the pictures of both."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_recall_fscore_support
from small_training import FEW, TEST, TRAIN, build

from cnnkit import train
from cnnkit.data.augment import Augment
from cnnkit.data.dataset import Dataset
from cnnkit.layers import AdaptiveAvgPool2d, Flatten, Linear, Sequential
from cnnkit.models.classify import Classifier
from cnnkit.models.pretrained import IMAGENET
from cnnkit.train import evaluate, fit, search
from cnnkit.train.engines import engine_for, optimize
from cnnkit.train.history import History
from cnnkit.train.search import Trial, _folds
from cnnkit.viz.training import augmentation_sheet


def test_digits_are_learned_and_the_evaluation_says_how_well():
    net = build()
    history = fit(net, TRAIN, epochs=6, lr=3e-3, validation=0.1, progress=False)
    result = evaluate(net, TEST)
    assert result.accuracy > 0.95
    assert history.loss[-1] < history.loss[0] / 3
    assert result.confusion.sum() == len(TEST)
    assert result.confusion.sum(axis=1).tolist() == TEST.counts.tolist()
    assert len(result.mistakes) == len(TEST) - np.trace(result.confusion)
    scores = net.eval()(TEST.images.astype(np.float32))
    assert (scores.argmax(axis=1) == TEST.labels).mean() == result.accuracy
    own = scores[np.arange(len(TEST)), TEST.labels]
    assert ((scores > own[:, None]).sum(axis=1) < 5).mean() == result.top5
    theirs = torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(TEST.labels))
    assert math.isclose(result.loss, theirs.item(), rel_tol=1e-5)


def test_figures_of_each_class_are_scikit_learns():
    confusion = np.array([[5, 1, 0], [2, 3, 1], [0, 0, 4]])
    result = train.Evaluation(("a", "b", "c"), confusion, 0.5, 1.0, np.array([]))
    true = np.repeat([0, 1, 2], confusion.sum(axis=1))
    guessed = np.concatenate([np.repeat(range(3), row) for row in confusion])
    precision, recall, f1, _ = precision_recall_fscore_support(true, guessed)
    np.testing.assert_allclose(result.precision, precision)
    np.testing.assert_allclose(result.recall, recall)
    np.testing.assert_allclose(result.f1, f1)
    assert "75.00%" in str(result)


def test_evaluating_leaves_the_model_in_its_mode():
    net = build(dropout=0.5)
    module = net.to_torch()
    for model in (net, module):
        evaluate(model, TEST)
        assert model.training
        evaluate(model.eval(), TEST)
        assert not model.training


def test_a_search_tries_all_in_folds_and_the_best_comes_first(capsys):
    def model(hidden):
        return build(hidden=hidden)

    grid = {"hidden": [2, 32], "lr": [1e-5, 1e-2]}
    found = search(model, FEW, grid, folds=3, epochs=3, progress=False, batch_size=32)
    assert len(found.trials) == 4
    assert found.best == {"hidden": 32, "lr": 1e-2}
    means = [trial.mean for trial in found.trials]
    assert means == sorted(means, reverse=True)
    assert all(len(trial.accuracies) == 3 for trial in found.trials)
    assert "hidden" in str(found)
    assert len(search(model, FEW, grid, folds=2, samples=2, epochs=1, progress=False).trials) == 2
    with pytest.raises(ValueError, match="grid"):
        search(model, FEW, {})
    with pytest.raises(ValueError, match=r"folds: expected 2 …"):
        search(model, FEW, grid, folds=100)


def test_folds_share_no_image_and_hold_every_class():
    parts = _folds(FEW, 5, 0)
    assert sorted(np.concatenate(parts)) == list(range(len(FEW)))
    assert all(set(FEW.labels[part]) == set(range(10)) for part in parts)


@pytest.mark.parametrize("per", ["channel", "image"])
def test_standardized_data_have_mean_zero_and_the_file_keeps_it(tmp_path, per):
    net = train.standardized(Flatten(), TRAIN, per=per, padding=2)
    y = net(TRAIN.images.astype(np.float32))
    assert y.shape == (len(TRAIN), 144)
    assert abs(y.mean()) < 1e-4
    if per == "image":
        assert np.abs(y.mean(axis=0)).max() < 1e-4
    else:
        assert abs(y.std() - 1) < 1e-3
    net.save(tmp_path / "n.npz")
    other = train.standardized(Flatten(), FEW, per=per, padding=2)
    other.load(tmp_path / "n.npz")
    x = FEW.images.astype(np.float32)
    np.testing.assert_array_equal(other(x), net(x))
    with torch.no_grad():
        theirs = net.to_torch()(torch.tensor(TRAIN.images[:5], dtype=torch.float32))
    np.testing.assert_allclose(theirs.numpy(), y[:5], rtol=1e-5, atol=1e-6)


def test_a_history_is_a_table_a_picture_and_json():
    history = History(
        [2.0, 1.0, 0.9], [0.2, 0.5, 0.6], [1.9, 1.2, 1.3], [0.2, 0.4, 0.4], [0.1] * 3, [1] * 3
    )
    assert history.best_epoch == 1
    assert History.from_json(history.to_json()) == history
    assert "validation loss" in str(history)
    assert history._repr_html_().count("<tr>") == 4
    assert history.picture().png().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="no epoch has ended"):
        _ = History().best_epoch


def test_pictures_of_evaluations_searches_and_augmentation_are_drawn():
    result = evaluate(build(), TEST)
    [axes] = result.picture().axes
    assert [label.get_text() for label in axes.get_xticklabels()] == list("0123456789")
    found = train.Search((Trial({"lr": 0.1}, (0.5, 0.6)),))
    assert found.picture().png().startswith(b"\x89PNG")
    sheet = augmentation_sheet(TRAIN.images[:3], Augment(rotate=10), columns=4)
    assert len(sheet.axes) == 15


def test_a_dataset_refuses_what_does_not_fit_together():
    images, labels, names = FEW.images, FEW.labels, FEW.classes
    with pytest.raises(ValueError, match=r"labels: expected one for each of 200 images"):
        Dataset(images, labels[:-1], names)
    with pytest.raises(
        ValueError, match=r"labels: expected 0 … 4, got \d at image \d+ and \d+ more"
    ):
        Dataset(images, labels, names[:5])
    with pytest.raises(TypeError, match="images: expected uint8"):
        Dataset(images.astype(int), labels, names)
    with pytest.raises(TypeError, match="labels: expected whole numbers"):
        Dataset(images, labels.astype(float), names)
    with pytest.raises(ValueError, match="images: expected the shape"):
        Dataset(images[:, 0], labels, names)
    with pytest.raises(ValueError, match="images: expected the shape"):
        Dataset(images[:0], labels[:0], names)
    with pytest.raises(ValueError, match="has one image: it can't be split"):
        FEW.take([0]).split(0.5)


ENGINES = pytest.mark.parametrize("engine", ["numpy", "torch"])


def always(scores, engine="numpy"):
    """A model that gives every image the same scores."""
    net = Sequential(Flatten(), Linear(64, len(scores)))
    net[1].weight.data = np.zeros((len(scores), 64))
    net[1].bias.data = scores
    return net if engine == "numpy" else net.to_torch()


SAME_OF_EACH = TEST.take(np.concatenate([np.flatnonzero(TEST.labels == c)[:20] for c in range(10)]))


@ENGINES
@pytest.mark.parametrize("score", [0.0, -3.5, -np.inf])
def test_of_equal_scores_the_smaller_class_number_is_the_better(engine, score):
    with np.errstate(invalid="ignore"):
        result = evaluate(always([score] * 10, engine), SAME_OF_EACH, "cpu")
    assert (result.accuracy, result.top5) == (0.1, 0.5)
    assert result.confusion[:, 0].tolist() == [20] * 10
    assert len(result.mistakes) == 180
    assert result.loss == pytest.approx(np.log(10)) or score == -np.inf


@ENGINES
def test_ties_at_the_fifth_place_go_to_the_smaller_class_number_too(engine):
    scores = [0, 1, 1, 2, 1, 1, 1, 0, -np.inf, 1]  # 3, then 1, 2, 4, 5 of six that are equal
    result = evaluate(always(scores, engine), SAME_OF_EACH, "cpu")
    assert (result.accuracy, result.top5) == (0.1, 0.5)
    assert result.confusion[:, 3].tolist() == [20] * 10
    right = [
        evaluate(always(scores), SAME_OF_EACH.take(SAME_OF_EACH.labels == c)).top5
        for c in range(10)
    ]
    assert right == [0, 1, 1, 1, 1, 1, 0, 0, 0, 0]


@ENGINES
def test_the_training_accuracy_counts_equal_scores_in_the_same_way(engine):
    model = always([0.0] * 10, engine)
    options = {"optimizer": "sgd", "lr": 1e-9, "epochs": 1, "batch_size": 200, "device": "cpu"}
    assert fit(model, SAME_OF_EACH, progress=False, **options).accuracy == [0.1]


@ENGINES
@pytest.mark.parametrize("numbers", [0, 1, 9])
def test_scores_that_are_no_numbers_are_never_right(engine, numbers):
    scores = np.where(np.arange(10) < numbers, 1.0, np.nan)
    result = evaluate(always(scores, engine), SAME_OF_EACH, "cpu")
    assert np.isnan(result.loss)
    assert result.accuracy == min(numbers, 1) / 10
    assert result.top5 == min(numbers, 5) / 10
    assert result.confusion.sum() == len(SAME_OF_EACH)


@ENGINES
def test_a_class_that_is_masked_is_no_divergence(engine):
    nine = TEST.take(np.flatnonzero(TEST.labels < 9))
    model = always([0.0] * 9 + [-np.inf], engine)
    assert evaluate(model, nine, "cpu").loss == pytest.approx(np.log(9))
    trainer = engine_for(model, None, "cpu", "float32")
    optimize(trainer, "sgd", 0.1, 0.0)
    x, labels = nine.images.astype(np.float32), nine.labels
    value, _ = trainer.step(x, labels, clip=1.0)
    assert value == pytest.approx(np.log(9))
    assert trainer.step(x, labels, clip=1.0)[0] < value
    state = trainer.model_state()
    assert state["1.bias"][9] == -np.inf
    assert np.isfinite(state["1.weight"]).all()
    with np.errstate(invalid="ignore"):
        assert trainer.step(x, np.full_like(labels, 9), clip=1.0) == (np.inf, 0)


@pytest.mark.parametrize("score", [np.nan, np.inf])
@ENGINES
def test_scores_beyond_numbers_are_a_divergence(engine, score):
    trainer = engine_for(always([0.0] * 9 + [score], engine), None, "cpu", "float32")
    optimize(trainer, "sgd", 0.1, 0.0)
    value, right = trainer.step(TEST.images.astype(np.float32), TEST.labels, clip=None)
    assert np.isnan(value)
    assert right == 0


def test_guesses_are_in_the_order_of_their_scores_equal_ones_by_their_number():
    classifier = Classifier.__new__(Classifier)  # whose weights would be another network's
    classifier.pretrained = IMAGENET["mobilenet_v2"]
    scores = np.zeros(1000)
    scores[[7, 3]], scores[500:] = 2000, -np.arange(500) - 200  # far apart: probabilities are 0
    layers = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(3, 1000))
    layers[2].weight.data, layers[2].bias.data = np.zeros((1000, 3)), scores
    for classifier.net in (layers, layers.to_torch()):
        guesses = classifier(np.zeros((3, 300, 300), np.uint8))
        order = [3, 7, *(i for i in range(500) if i not in (3, 7)), *range(500, 1000)]
        assert [guess.label for guess in guesses] == order
        assert [guess.probability for guess in guesses[:3]] == [0.5, 0.5, 0]


@pytest.mark.parametrize("options", [{"checkpoint": "c.npz"}, {"validation": TEST}])
def test_a_search_refuses_what_its_trials_would_share(options):
    with pytest.raises(ValueError, match="every trial and fold needs one of its own"):
        search(build, FEW, {"lr": [0.1]}, **options)


def test_layers_that_were_frozen_stay_frozen_when_a_model_is_evaluated():
    module = build().to_torch()
    module.net[4].eval()
    evaluate(module, TEST, device="cpu")
    assert module.training
    assert not module.net[4].training
