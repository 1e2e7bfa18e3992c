"""Numbers, files and formats at the edge of what is allowed, in data and in training."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from small_training import FEW, TEST, build

from cnnkit import layers, models, optim, train
from cnnkit.data import Augment, Dataset, read_picture
from cnnkit.data.files import DownloadError
from cnnkit.models import pretrained
from cnnkit.models.weights import load_weights
from cnnkit.train import TrainingDiverged, fit
from cnnkit.train.torch_engine import TorchEngine


def test_a_picture_of_16_bits_in_pgm_keeps_its_range(tmp_path):
    values = np.array([[0, 32768, 65535]], ">u2").tobytes()
    (tmp_path / "p.pgm").write_bytes(b"P5\n3 1\n65535\n" + values)
    assert read_picture(tmp_path / "p.pgm")[0].tolist() == [[0, 128, 255]]


def test_a_picture_of_16_bits_in_png_is_rounded_to_8(tmp_path):
    Image.fromarray(np.array([[0, 256, 32768, 65535]], np.uint16)).save(tmp_path / "p.png")
    image = read_picture(tmp_path / "p.png")
    assert image.tolist() == [[[0, 1, 128, 255]]] * 3
    assert image.dtype == np.uint8


def test_a_square_that_is_cut_out_is_cut_off_at_every_border_alike():
    white = np.full((4000, 1, 9, 9), 255, np.uint8)
    dark = (Augment(cutout=5)(white, np.random.default_rng(0)) == 0).mean(axis=(0, 1))
    assert np.allclose(dark, dark[::-1, ::-1], atol=0.03)


def test_only_images_of_uint8_are_augmented_or_pooled():
    floating = Dataset(np.zeros((2, 1, 4, 4), np.float32), np.array([0, 0]), ("a",))
    with pytest.raises(TypeError, match=r"expected images .* of uint8"):
        Augment(flip=1)(floating.images, np.random.default_rng(0))
    with pytest.raises(TypeError, match="expected images of uint8"):
        floating.pooled(2)


def test_numbers_of_numpy_are_options_like_others(tmp_path):
    options = {"epochs": np.int64(1), "batch_size": np.int32(50), "lr": np.float32(0.01)}
    options |= {"weight_decay": np.float64(1e-4), "clip": np.float32(1), "patience": np.int64(2)}
    options |= {"validation": np.float32(0.2), "seed": np.int64(1)}
    fit(build(), FEW, **options, checkpoint=tmp_path / "c.npz", progress=False)
    with np.load(tmp_path / "c.npz") as saved:
        assert json.loads(str(saved["settings"]))["patience"] == 2


def test_what_an_optimizer_remembers_is_as_precise_as_its_parameters():
    net = build()
    for optimizer in (optim.Adam, optim.SGD):
        made = optimizer(net.parameters(), lr=np.float64(1e-3), weight_decay=np.float64(1e-2))
        fit(net, FEW, optimizer=made, epochs=1, progress=False)
        kinds = {v.dtype for name, v in made.state_dict().items() if v.dtype.kind == "f"}
        assert kinds <= {np.dtype(np.float32)}
    assert {p.data.dtype for p in net.parameters()} == {np.dtype(np.float32)}


def test_training_has_no_step_without_a_learning_rate():
    history = fit(
        build(), FEW, epochs=1, batch_size=200, schedule=train.warm_cosine, progress=False
    )
    assert history.lr[0] > 0


def test_batches_of_one_leave_no_image_out():
    seen = []

    def note(images, rng):
        seen.append(len(images))
        return images

    points = train.standardized(models.softmax_regression(), TEST, padding=10)
    fit(points, TEST.take(range(30)), batch_size=1, epochs=1, augment=note, progress=False)
    assert seen == [1] * 30


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_validation_scores_that_are_no_numbers_stop_the_training():
    class Late(torch.nn.Module):
        """Fine in training, NaN in use once it has learned."""

        def __init__(self):
            super().__init__()
            self.fc = torch.nn.Linear(64, 10)

        def forward(self, x):
            y = self.fc(x.flatten(1) / 255)
            return y if self.training else y * float("nan")

    with pytest.raises(TrainingDiverged, match="the validation loss is nan"):
        fit(Late(), FEW, validation=0.2, epochs=2, device="cpu", progress=False)


def test_weights_in_bfloat16_are_read_and_kept(tmp_path):
    net = models.lenet5()
    state = {name: value.bfloat16() for name, value in net.to_torch().state_dict().items()}
    torch.save(state, tmp_path / "w.pt")
    load_weights(net, tmp_path / "w.pt")
    np.testing.assert_array_equal(net.fc3.bias.data, state["fc3.bias"].float().numpy())
    engine = TorchEngine(torch.nn.Linear(2, 3).bfloat16(), None, "cpu", "float32")
    assert engine.model_state()["weight"].dtype == np.float32


def test_a_cache_that_cannot_be_written_names_the_other_ways(monkeypatch):
    monkeypatch.setenv("TORCH_HOME", "/dev/null/nowhere")
    with pytest.raises(DownloadError, match=r"To have it, put resnet18-f37072fd\.pth"):
        pretrained.IMAGENET["resnet18"].state()


def test_a_score_of_minus_infinity_has_probability_and_gradient_0():
    x, dy = np.array([[1.0, -np.inf, 2.0]]), np.array([[3.0, 5.0, -1.0]])
    for name in ("Softmax", "LogSoftmax"):
        their_x = torch.from_numpy(x.copy()).requires_grad_()
        theirs = getattr(torch.nn, name)(1)(their_x)
        theirs.backward(torch.from_numpy(dy))
        layer = getattr(layers, name)()
        with np.errstate(all="raise"):
            np.testing.assert_allclose(layer(x), theirs.detach().numpy(), rtol=1e-12)
            np.testing.assert_allclose(layer.backward(dy), their_x.grad.numpy(), rtol=1e-12)


def test_entropys_gradient_is_0_at_a_probability_of_0():
    softmax = layers.Softmax()
    p = softmax(np.array([[0.0, 0.0, -np.inf]]))
    with np.errstate(divide="ignore"):
        slope = -np.log(p) - 1  # ∞ at the third
    np.testing.assert_allclose(softmax.backward(slope), [[0, 0, 0]], atol=1e-15)


def test_silu_is_0_at_minus_infinity_and_has_slopes_0_and_1_at_the_ends():
    silu = layers.SiLU()
    assert silu(np.array([[-np.inf, np.inf]])).tolist() == [[0, np.inf]]
    assert silu.backward(np.array([[2.0, 2.0]])).tolist() == [[0, 2]]
