"""Training: the same for a NumPy net and a PyTorch module, resumable, and honest about failure."""

import math
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

import cnnkit
from cnnkit import data, train
from cnnkit.data.augment import Augment
from cnnkit.data.dataset import Dataset
from cnnkit.layers import BatchNorm1d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential
from cnnkit.train import TrainingDiverged, evaluate, fit, search
from cnnkit.train.checkpoint import Checkpoint
from cnnkit.train.history import History
from cnnkit.train.search import Trial, _folds

TRAIN, TEST = data.load("digits"), data.load("digits", "test")
FEW = TRAIN.take(range(200))


def build(dropout=0.0, hidden=32, seed=0):
    cnnkit.manual_seed(seed)
    net = Sequential(
        *(Conv2d(1, 8, 3, padding=1), ReLU(), Flatten(), Linear(8 * 64, hidden)),
        *(BatchNorm1d(hidden), ReLU(), Dropout(dropout), Linear(hidden, 10)),
    )
    return train.standardized(net, TRAIN)


OPTIMIZERS = [("sgd", 0.05), ("rmsprop", 1e-3), ("adam", 1e-3), ("adamw", 1e-3)]


@pytest.mark.parametrize(("optimizer", "lr"), OPTIMIZERS)
def test_a_net_and_its_module_are_trained_to_the_same_weights(optimizer, lr):
    options = {"epochs": 2, "optimizer": optimizer, "lr": lr, "clip": 1.0, "progress": False}
    options |= {"validation": 0.2, "schedule": train.cosine, "weight_decay": 1e-3, "batch_size": 32}
    net = build()
    module = net.to_torch()
    ours = fit(net, FEW, **options)
    theirs = fit(module, FEW, device="cpu", **options)
    assert np.allclose(ours.loss, theirs.loss, rtol=1e-3)
    assert np.allclose(ours.validation_loss, theirs.validation_loss, rtol=1e-2)
    assert ours.lr == theirs.lr
    state = module.state_dict()
    for name, values in net.state_dict().items():
        np.testing.assert_allclose(values, state[name].numpy(), 0.05, 0.02, err_msg=name)


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
    from sklearn.metrics import precision_recall_fscore_support

    confusion = np.array([[5, 1, 0], [2, 3, 1], [0, 0, 4]])
    result = train.Evaluation(("a", "b", "c"), confusion, 0.5, 1.0, np.array([]))
    true = np.repeat([0, 1, 2], confusion.sum(axis=1))
    guessed = np.concatenate([np.repeat(range(3), row) for row in confusion])
    precision, recall, f1, _ = precision_recall_fscore_support(true, guessed)
    np.testing.assert_allclose(result.precision, precision)
    np.testing.assert_allclose(result.recall, recall)
    np.testing.assert_allclose(result.f1, f1)
    assert "75.00%" in str(result)


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_training_that_was_interrupted_ends_as_one_that_was_not(tmp_path, engine, optimizer):
    def model():
        net = build(dropout=0.3)
        return net if engine == "numpy" else net.to_torch()

    options = {"epochs": 4, "validation": 0.2, "optimizer": optimizer, "batch_size": 32}
    options |= {"augment": Augment(shift=1, flip=0.5), "schedule": train.warm_cosine}
    options |= {"lr": 0.01, "progress": False}
    whole = model()
    expected = fit(whole, FEW, **options)

    class Stop(Exception):
        pass

    def stopping(images, rng):
        stopping.calls += 1
        if stopping.calls > 12:  # 5 batches an epoch: in the third
            raise Stop
        return options["augment"](images, rng)

    stopping.calls = 0
    path = tmp_path / "new" / "c.npz"
    with pytest.raises(Stop):
        fit(model(), FEW, **options | {"augment": stopping}, checkpoint=path)
    assert len(Checkpoint.load(path).history) == 2
    resumed = model()
    history = fit(resumed, FEW, **options, checkpoint=path)
    assert history.loss == expected.loss
    assert history.validation_loss == expected.validation_loss
    first, second = whole.state_dict(), resumed.state_dict()
    for name in first:
        np.testing.assert_array_equal(np.asarray(first[name]), np.asarray(second[name]))


def test_a_killed_training_goes_on(tmp_path):
    code = f"""
        import cnnkit
        from cnnkit import data, models, train
        cnnkit.manual_seed(0)
        digits = data.load("digits")
        net = train.standardized(models.mlp(), digits, padding=10)
        history = train.fit(net, digits, epochs=30, checkpoint={str(tmp_path / "c.npz")!r},
                            progress=False, validation=0.1, optimizer="sgd", lr=0.01)
        print(history.to_json())
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command) as process:
        while process.poll() is None and not (tmp_path / "c.npz").exists():
            pass
        process.kill()
    before = Checkpoint.load(tmp_path / "c.npz").history
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    history = History.from_json(done.stdout)
    assert len(history) == 30
    assert history.loss[: len(before)] == before.loss
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]


def test_a_checkpoint_of_another_training_or_none_at_all_is_refused(tmp_path):
    path = tmp_path / "c.npz"
    fit(build(), FEW, epochs=1, checkpoint=path, progress=False)
    net = build()
    before = net.state_dict()
    with pytest.raises(ValueError, match=r"of another training: epochs was 1, is 2"):
        fit(net, FEW, epochs=2, checkpoint=path, progress=False)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="no whole checkpoint"):
        fit(net, FEW, epochs=1, checkpoint=path, progress=False)
    for name, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


def test_early_stopping_gives_back_the_best_weights():
    net = build()
    half = FEW.take(range(60))
    options = {"validation": TEST, "patience": 2, "progress": False, "lr": 0.05, "epochs": 60}
    history = fit(net, half, **options)
    assert len(history) < 60
    assert history.stopped == "stopped: no better for 2 epochs"
    assert history.best_epoch == len(history) - 3
    assert math.isclose(evaluate(net, TEST).loss, min(history.validation_loss), rel_tol=1e-5)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("torch_too", [False, True])
def test_a_loss_that_is_not_finite_stops_and_says_what_to_try(torch_too):
    net = build()
    model = net.to_torch() if torch_too else net
    with pytest.raises(TrainingDiverged, match=r"try a smaller learning rate \(now 1e\+20\), clip"):
        fit(model, FEW, optimizer="sgd", lr=1e20, progress=False, epochs=3)


def test_the_gradient_is_never_longer_than_clip():
    net = build()
    optimizer = cnnkit.optim.SGD(net.parameters(), lr=1.0)
    before = net.state_dict()
    options = {"optimizer": optimizer, "lr": 1.0, "clip": 0.01, "epochs": 1, "progress": False}
    fit(net, FEW, batch_size=200, **options)
    moved = [net.state_dict()[name] - before[name] for name, _ in net.named_parameters()]
    length = math.sqrt(sum(float((m.astype(float) ** 2).sum()) for m in moved))
    assert math.isclose(length, 0.01, rel_tol=1e-3)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"epochs": 0}, "epochs: expected at least 1"),
        ({"batch_size": 0}, "batch_size: expected at least 1"),
        ({"lr": 0}, "lr and clip: expected numbers above 0"),
        ({"clip": -1}, "lr and clip"),
        ({"patience": 2}, "patience: needs validation data"),
        ({"optimizer": "adagrad"}, "optimizer: expected one of sgd, rmsprop, adam, adamw"),
        ({"precision": "float16"}, "precision: expected one of float32, bfloat16"),
        ({"precision": "bfloat16"}, "a NumPy net runs on the CPU in float32"),
        ({"device": "cuda"}, "a NumPy net runs on the CPU"),
        ({"validation": 1.5}, "a part between 0 and 1"),
        ({"validation": data.load("mnist5k", "test")}, r"validation: expected images \(1, 8, 8\)"),
    ],
)
def test_options_that_cannot_be_are_refused_before_training(options, complaint):
    net = build()
    before = net.state_dict()
    with pytest.raises(ValueError, match=complaint):
        fit(net, FEW, progress=False, **options)
    for name, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


def test_data_that_cannot_be_trained_with_are_refused_before_training():
    no_nines = FEW.take(np.flatnonzero(FEW.labels != 9))
    with pytest.raises(ValueError, match="no image of the classes 9"):
        fit(build(), no_nines, progress=False)
    with pytest.raises(TypeError, match=r"expected a cnnkit.data.Dataset, got tuple"):
        fit(build(), (FEW.images, FEW.labels))
    with pytest.raises(TypeError, match=r"expected a layer of cnnkit or a PyTorch module, got str"):
        fit("lenet5", FEW)
    with pytest.raises(ValueError, match="gives scores"):
        evaluate(Sequential(Flatten(), Linear(64, 3)), FEW)


def test_evaluating_leaves_the_model_in_its_mode():
    net = build(dropout=0.5)
    module = net.to_torch()
    for model in (net, module):
        evaluate(model, TEST)
        assert model.training
        evaluate(model.eval(), TEST)
        assert not model.training


def test_a_module_trains_in_bfloat16():
    module = build().to_torch()
    options = {"epochs": 5, "lr": 3e-3, "precision": "bfloat16", "device": "cpu"}
    fit(module, TRAIN, progress=False, **options)
    assert evaluate(module, TEST, device="cpu").accuracy > 0.9
    assert {p.dtype for p in module.parameters()} == {torch.float32}


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
    from cnnkit.viz.training import augmentation_sheet

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
        Dataset(images / np.float32(np.nan), labels, names)
    with pytest.raises(TypeError, match="labels: expected whole numbers"):
        Dataset(images, labels.astype(float), names)
    with pytest.raises(ValueError, match="images: expected the shape"):
        Dataset(images[:, 0], labels, names)
    with pytest.raises(ValueError, match="images: expected the shape"):
        Dataset(images[:0], labels[:0], names)
    with pytest.raises(ValueError, match="has one image: it can't be split"):
        FEW.take([0]).split(0.5)
