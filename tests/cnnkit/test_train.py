"""Training: the same for a NumPy net and a PyTorch module, resumable, and honest about failure."""

import math
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from small_training import FEW, TEST, TRAIN, build

import cnnkit
from cnnkit import data, train
from cnnkit.data.augment import Augment
from cnnkit.data.dataset import Dataset
from cnnkit.layers import Flatten, Linear, Sequential
from cnnkit.train import TrainingDiverged, evaluate, fit
from cnnkit.train.checkpoint import Checkpoint
from cnnkit.train.history import History

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

    def warm_cosine(done):  # 5 batches an epoch: it stops in the third
        if done > 0.6:
            raise Stop
        return train.warm_cosine(done)

    path = tmp_path / "new" / "c.npz"
    with pytest.raises(Stop):
        fit(model(), FEW, **options | {"schedule": warm_cosine}, checkpoint=path)
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
    options = {"optimizer": optimizer, "clip": 0.01, "epochs": 1, "progress": False}
    fit(net, FEW, batch_size=200, **options)
    moved = [net.state_dict()[name] - before[name] for name, _ in net.named_parameters()]
    length = math.sqrt(sum(float((m.astype(float) ** 2).sum()) for m in moved))
    assert math.isclose(length, 0.01, rel_tol=1e-3)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"epochs": 0}, "epochs: expected at least 1"),
        ({"batch_size": 0}, "batch_size: expected at least 1"),
        ({"lr": 0}, "lr: expected a number above 0"),
        ({"lr": math.nan}, "lr: expected a number above 0"),
        ({"clip": -1}, "clip: expected a number above 0"),
        ({"optimizer": cnnkit.optim.SGD(build().parameters())}, "parameters of another model"),
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


def test_a_module_trains_in_bfloat16():
    module = build().to_torch()
    options = {"epochs": 5, "lr": 3e-3, "precision": "bfloat16", "device": "cpu"}
    fit(module, TRAIN, progress=False, **options)
    assert evaluate(module, TEST, device="cpu").accuracy > 0.9
    assert {p.dtype for p in module.parameters()} == {torch.float32}


def test_a_constructed_optimizer_keeps_its_own_rates():
    net = build()
    optimizer = cnnkit.optim.SGD(net.parameters(), lr=0.05)
    history = fit(net, FEW, optimizer=optimizer, epochs=2, schedule=train.cosine, progress=False)
    assert 0 < history.lr[1] < history.lr[0] < 0.05
    module = build().to_torch()
    groups = [{"params": [p], "lr": 0.1 ** (1 + i % 2)} for i, p in enumerate(module.parameters())]
    theirs = torch.optim.SGD(groups)
    fit(module, FEW, optimizer=theirs, epochs=1, device="cpu", progress=False)
    assert {group["lr"] for group in theirs.param_groups} == {0.1, 0.1**2}
    with pytest.raises(ValueError, match="has its own"):
        fit(net, FEW, optimizer=optimizer, lr=0.1)


OTHERS = [
    {"weight_decay": 0.5},
    {"schedule": train.cosine},
    {"clip": 1.0},
    {"augment": Augment(flip=0.5)},
    {"validation": None, "patience": None},
    {"patience": 3},
    {"optimizer": "sgd"},
    {"seed": 1},
]


@pytest.mark.parametrize("change", OTHERS, ids=str)
def test_a_training_does_not_go_on_with_other_settings(tmp_path, change):
    options = {"epochs": 2, "validation": 0.2, "patience": 5, "progress": False}
    options["checkpoint"] = tmp_path / "c.npz"
    fit(build(), FEW, **options)
    with pytest.raises(ValueError, match="is of another training"):
        fit(build(), FEW, **options | change)
    with pytest.raises(ValueError, match="data was"):
        fit(build(), TRAIN.take(range(1, 201)), **options)
    with pytest.raises(ValueError, match="backend was numpy, is torch"):
        fit(build().to_torch(), FEW, **options)
    with pytest.raises(ValueError, match="of another network"):
        fit(build(hidden=16), FEW, **options)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("torch_too", [False, True])
def test_a_diverged_training_leaves_the_weights_from_before_the_epoch(torch_too):
    net = build()
    model = net.to_torch() if torch_too else net
    before = {name: np.asarray(v).copy() for name, v in model.state_dict().items()}
    with pytest.raises(TrainingDiverged):
        fit(model, FEW, optimizer="sgd", lr=1e20, progress=False, epochs=1, batch_size=10)
    for name, values in model.state_dict().items():
        np.testing.assert_array_equal(np.asarray(values), before[name], err_msg=name)


def test_a_model_with_another_number_of_classes_is_refused_unchanged():
    few = FEW.take(np.flatnonzero(FEW.labels < 3))
    three = Dataset(few.images, few.labels, ("0", "1", "2"))
    for model in (build(), build().to_torch()):
        before = {name: np.asarray(v).copy() for name, v in model.state_dict().items()}
        with pytest.raises(ValueError, match=r"gives scores \(2, 10\) for 2 images of 3 classes"):
            fit(model, three, progress=False)
        for name, values in model.state_dict().items():
            np.testing.assert_array_equal(np.asarray(values), before[name])
