"""`cnnkit train`: what is left behind, going on, and being refused."""

import json
import resource

import numpy as np
import pytest
from PIL import Image

import cnnkit
from cnnkit import train
from cnnkit.cli import STOPPED, main
from cnnkit.data import load, synthetic
from cnnkit.layers import Linear, Sequential, Tanh
from cnnkit.models import small_alexnet
from cnnkit.train.checkpoint import Checkpoint


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_it_leaves_weights_curves_and_figures(tmp_path, capsys, backend):
    out = tmp_path / "run"
    arguments = ["train", "softmax_regression", "--backend", backend, "--out", str(out)]
    arguments += ["--epochs", "3", "--lr", "0.003", "--device", "cpu"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "accuracy 8" in printed
    names = {path.name for path in out.iterdir()}
    assert names == {"checkpoint.npz", "weights.npz", "history.json", "curves.png", "confusion.png"}
    assert len(json.loads((out / "history.json").read_text())["loss"]) == 3
    assert main(arguments) == 0  # all is done: it only says so
    assert capsys.readouterr().out == printed


def test_it_takes_a_folder_of_pictures(tmp_path, capsys):
    digits = load("digits")
    for split, count in (("train", 30), ("test", 5)):
        for label in range(3):
            folder = tmp_path / "set" / split / f"digit {label}"
            folder.mkdir(parents=True)
            for number, image in enumerate(digits.images[digits.labels == label][:count]):
                Image.fromarray(image[0]).resize((40, 30)).save(folder / f"{number}.png")
    arguments = ["train", "mnist_convnet", "--data", str(tmp_path / "set"), "--epochs", "3"]
    assert main([*arguments, "--out", str(tmp_path / "run"), "--batch-size", "16"]) == 0
    assert "digit 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["lenet6"], "there is no lenet6; there are alexnet"),
        (["lenet5", "--backend", "jax"], "backend: expected numpy or torch, got 'jax'"),
        (["resnet20"], r"resnet20 takes images (3, 32, 32); the data's, (1, 28, 28), do not fit"),
        (["lenet5", "--data", "imagenet"], "there is no data set 'imagenet'"),
        (["lenet5", "--epochs", "0"], "epochs: expected at least 1"),
        (["mlp", "--lr", "1e30", "--optimizer", "sgd"], "try a smaller learning rate"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_cannot_be_trained_is_refused_and_nothing_is_written(
    tmp_path, capsys, arguments, complaint
):
    assert main(["train", *arguments, "--out", str(tmp_path / "run")]) == 2
    assert complaint in capsys.readouterr().err
    assert not list((tmp_path / "run").glob("*"))


def test_stopped_by_the_keyboard_it_says_so(monkeypatch, capsys, tmp_path):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnkit.cli.train.standardized", stop)
    assert main(["train", "mlp", "--out", str(tmp_path / "run")]) == STOPPED
    assert "stopped" in capsys.readouterr().err


def test_learning_gives_the_same_gradients_as_going_all_the_way_back():
    net = train.standardized(small_alexnet(), load("mnist5k", "test")).eval()
    x = load("mnist5k", "test").images[:4].astype(np.float32)
    dy = np.random.default_rng(0).standard_normal((4, 10)).astype(np.float32)
    net(x)
    net.backward(dy)
    expected = {name: p.grad for name, p in net.named_parameters()}
    net.zero_grad()
    net(x)
    net.learn(dy)
    for name, parameter in net.named_parameters():
        np.testing.assert_array_equal(parameter.grad, expected[name])


def test_points_are_learned_as_images_are():
    cnnkit.manual_seed(0)
    net = Sequential(Linear(2, 16), Tanh(), Linear(16, 2))
    options = {"epochs": 30, "lr": 0.03, "batch_size": 16, "progress": False}
    train.fit(net, synthetic.xor(200), **options)
    assert train.evaluate(net, synthetic.xor(200, seed=1)).accuracy > 0.97


def test_on_a_full_disk_the_last_checkpoint_stays_whole(tmp_path):
    path = tmp_path / "c.npz"
    points = synthetic.xor(50)
    options = {"epochs": 2, "progress": False, "checkpoint": path}

    def net():
        cnnkit.manual_seed(0)
        return Sequential(Linear(2, 400), Tanh(), Linear(400, 2))

    def steady(done):
        if path.exists():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        return 1.0

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(OSError, match="File too large"):
            train.fit(net(), points, schedule=steady, **options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]
    assert len(Checkpoint.load(path).history) == 1


def test_classes_that_differ_between_training_and_test_are_refused(tmp_path, capsys):
    for split, names in (("train", "ab"), ("test", "bc")):
        for name in names:
            folder = tmp_path / "set" / split / name
            folder.mkdir(parents=True)
            Image.new("L", (28, 28)).save(folder / "1.png")
    assert main(["train", "mlp", "--data", str(tmp_path / "set")]) == 2
    assert "the classes a, b, the test data b, c" in capsys.readouterr().err


@pytest.mark.parametrize("device", ["nonsense", "cuda:99"])
def test_a_device_that_is_not_there_is_named(device, capsys, tmp_path):
    arguments = ["train", "mlp", "--backend", "torch", "--device", device, "--out", str(tmp_path)]
    assert main(arguments) == 2
    assert f"device: '{device}' can't be had" in capsys.readouterr().err
