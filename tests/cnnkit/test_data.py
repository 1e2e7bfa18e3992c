"""Data sets from wherever they are, and folders of pictures."""

import gzip
import hashlib
import http.server
import io
import pickle
import struct
import tarfile
import threading
import zipfile

import numpy as np
import pytest
from PIL import Image

from cnnkit import data
from cnnkit.data import catalogue
from cnnkit.data.catalogue import COLLECTIONS, Collection, load
from cnnkit.data.formats import parse_idx, unpickle_arrays

RNG = np.random.default_rng(0)


def idx(array):
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.mark.parametrize(("name", "side", "count"), [("digits", 8, 1797), ("mnist5k", 28, 5000)])
def test_two_data_sets_are_always_there_in_two_parts_that_share_nothing(name, side, count):
    train, test = load(name), load(name, "test")
    assert train.images.shape[1:] == (1, side, side)
    assert len(train) + len(test) == count
    assert train.images.max() == 255
    assert train.classes == tuple("0123456789")
    assert abs(len(test) - count / 5) < 5
    assert test.counts.min() > 0.18 * count / 10
    same = {image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}
    assert len(same) < 3  # two students may have drawn the same digit of 8×8
    np.testing.assert_array_equal(load(name).images, train.images)


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A small collection in MNIST's place, a cache of its own, and no other place."""
    arrays = {
        "train-images-idx3-ubyte": RNG.integers(0, 256, (20, 4, 5), np.uint8),
        "train-labels-idx1-ubyte": np.arange(20, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte": RNG.integers(0, 256, (10, 4, 5), np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(10, dtype=np.uint8),
    }
    raw = {name: idx(array) for name, array in arrays.items()}
    md5 = [hashlib.md5(content).hexdigest() for content in raw.values()]
    small = Collection(
        *("MNIST/raw", tuple("0123456789"), catalogue._idx_files(*md5), ()),
        *("ask your teacher", catalogue._read_idx),
    )
    monkeypatch.setitem(COLLECTIONS, "mnist", small)
    monkeypatch.setattr(catalogue, "user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.delenv("CNNKIT_DATA", raising=False)
    return tmp_path, arrays, raw


def put(folder, raw, pack=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in raw.items():
        if pack:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("below", ["MNIST/raw", "."])
def test_files_are_found_below_a_root_packed_or_not(places, pack, below):
    folder, arrays, raw = places
    put(folder / "root" / below, raw, pack)
    found = load("mnist", root=folder / "root")
    np.testing.assert_array_equal(found.images[:, 0], arrays["train-images-idx3-ubyte"])
    np.testing.assert_array_equal(found.labels, arrays["train-labels-idx1-ubyte"])
    assert found.labels.dtype == np.int64
    assert str(folder / "root") in found.source
    assert len(load("mnist", "test", root=folder / "root")) == 10


def test_the_places_come_in_their_order(places, monkeypatch):
    folder, _, raw = places
    put(folder / "cache" / "MNIST" / "raw", raw)
    assert "cache" in load("mnist").source
    put(folder / "named", raw)
    monkeypatch.setenv("CNNKIT_DATA", str(folder / "named"))
    assert "named" in load("mnist").source
    put(folder / "root", raw)
    assert "root" in load("mnist", root=folder / "root").source


def test_a_broken_file_is_named_and_another_data_sets_is_passed_over(places):
    folder, _, raw = places
    cut = {name: content[:-1] for name, content in raw.items()}
    put(folder / "root" / "MNIST" / "raw", cut)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte is not the file that it should"):
        load("mnist", root=folder / "root")
    put(folder / "other", cut)  # as Fashion-MNIST's would be, which is called the same
    with pytest.raises(FileNotFoundError):
        load("mnist", root=folder / "other")
    put(folder / "packed" / "MNIST" / "raw", raw, pack=True)
    path = folder / "packed" / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"ubyte\.gz is broken or cut off"):
        load("mnist", root=folder / "packed")


def test_what_is_nowhere_says_every_way_to_have_it(places):
    folder, _, _ = places
    with pytest.raises(FileNotFoundError) as error:
        load("mnist", root=folder / "empty")
    for part in (
        "not on this machine",
        "empty/MNIST/raw",
        "cache",
        "ask your teacher",
        "CNNKIT_DATA",
    ):
        assert part in str(error.value)
    with pytest.raises(
        ValueError, match="there is no data set 'imagenet'; there are digits, mnist5k"
    ):
        load("imagenet")
    with pytest.raises(ValueError, match="split: expected 'train' or 'test', got 'valid'"):
        load("mnist", "valid")


@pytest.fixture
def server(places, monkeypatch):
    folder, _, _ = places
    (folder / "served").mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder / "served")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def use(name, *mirrors, **changes):
        old = COLLECTIONS[name]
        address = f"http://127.0.0.1:{server.server_port}/"
        options = {f: getattr(old, f) for f in old.__dataclass_fields__}
        options |= {"mirrors": tuple(address + mirror for mirror in mirrors)} | changes
        monkeypatch.setitem(COLLECTIONS, name, Collection(**options))

    yield use
    server.shutdown()
    server.server_close()


def test_the_second_mirror_helps_and_the_cache_keeps_what_came(places, server):
    folder, arrays, raw = places
    put(folder / "served" / "good", raw, pack=True)
    put(folder / "served" / "liar", dict.fromkeys(raw, b"lies"), pack=True)
    server("mnist", "missing/{name}.gz", "liar/{name}.gz", "good/{name}.gz")
    found = load("mnist")
    np.testing.assert_array_equal(found.images[:, 0], arrays["train-images-idx3-ubyte"])
    server("mnist", "missing/{name}.gz")
    assert len(load("mnist")) == 20
    with pytest.raises(FileNotFoundError, match=r"t10k-images-idx3-ubyte can't be downloaded"):
        load("mnist", "test")


def test_cifars_archive_is_unpacked_and_its_pickles_are_read_as_data(places, server):
    folder, _, _ = places
    batches = {}
    for name in COLLECTIONS["cifar10"].files:
        images = RNG.integers(0, 256, (10, 3072), np.uint8)
        batches[name] = {b"data": images, b"labels": list(range(10))}
    content = {name: pickle.dumps(batch, 3) for name, batch in batches.items()}
    with tarfile.open(folder / "served" / "c.tar.gz", "w:gz") as tar:
        for name, c in content.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(c)
            tar.addfile(info, io.BytesIO(c))
    md5 = {n: hashlib.md5(c).hexdigest() for n, c in content.items()}
    archive = hashlib.md5((folder / "served" / "c.tar.gz").read_bytes()).hexdigest()
    server("cifar10", "c.tar.gz", files=md5, archive=archive)
    found = load("cifar10")
    assert found.images.shape == (50, 3, 32, 32)
    np.testing.assert_array_equal(found.images[0].reshape(-1), batches["data_batch_1"][b"data"][0])
    assert load("cifar10", "test").classes[3] == "cat"
    assert not list((folder / "cache").glob("*.gz"))


def test_a_pickle_that_asks_for_more_than_arrays_runs_nothing(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "written"), "w"))

    with pytest.raises(ValueError, match=r"wants to use .*open, which no array needs"):
        unpickle_arrays(io.BytesIO(pickle.dumps(Hostile())))
    assert not (tmp_path / "written").exists()
    with pytest.raises(ValueError, match="no whole pickle"):
        unpickle_arrays(io.BytesIO(pickle.dumps([1, 2, 3])[:-3]))


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c + b"0", lambda c: b"x" + c[1:]])
def test_an_idx_file_whose_sizes_do_not_fit_is_refused(change):
    content = idx(np.zeros((3, 4, 5), np.uint8))
    assert parse_idx(content, "file").shape == (3, 4, 5)
    with pytest.raises(ValueError, match=r"file is (broken|no IDX)"):
        parse_idx(change(content), "file")


@pytest.fixture
def pictures(tmp_path):
    for split, count in (("train", 3), ("test", 2)):
        for i, name in enumerate(("cat", "dog")):
            folder = tmp_path / "set" / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                Image.new("RGB", (12, 10), (100 * i + 10 * number, 0, 0)).save(
                    folder / f"{number}.png"
                )
            (folder / "notes.txt").write_text("no picture")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in (tmp_path / "set").rglob("*.*"):
            archive.write(file, file.relative_to(tmp_path / "set"))
    return tmp_path


@pytest.mark.parametrize("kind", ["set", "set.zip"])
def test_folders_of_pictures_are_a_data_set_zipped_or_not(pictures, kind):
    train = data.image_folder(pictures / kind, "train")
    assert train.images.shape == (6, 3, 10, 12)
    assert train.classes == ("cat", "dog")
    assert train.images[:, 0, 0, 0].tolist() == [0, 10, 20, 100, 110, 120]
    assert train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.image_folder(pictures / kind, "test", size=8).images.shape == (4, 3, 8, 8)
    grey = data.image_folder(pictures / kind, "train", grey=True)
    assert grey.images[:, 0, 0, 0].tolist() == [
        round(0.299 * v) for v in (0, 10, 20, 100, 110, 120)
    ]


def test_folders_that_cannot_be_a_data_set_say_why(pictures):
    with pytest.raises(ValueError, match="found none"):
        data.image_folder(pictures / "set.zip", "valid")
    with pytest.raises(FileNotFoundError, match="is no folder and no zip file"):
        data.image_folder(pictures / "missing")
    odd = pictures / "set" / "train" / "dog" / "9.png"
    Image.new("RGB", (5, 5)).save(odd)
    with pytest.raises(ValueError, match=r"9\.png has 5×5 pixels, others 10×12: give a size"):
        data.image_folder(pictures / "set", "train")
    odd.write_bytes(odd.read_bytes()[:30])
    with pytest.raises(ValueError, match=r"dog/9\.png is (no|a broken) picture"):
        data.image_folder(pictures / "set", "train")
    packed = pictures / "set.zip"
    packed.write_bytes(packed.read_bytes()[:200])
    with pytest.raises(ValueError, match="no whole zip file"):
        data.image_folder(packed)


def test_a_zip_file_with_a_picture_that_unpacks_to_gigabytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnkit.data.folders.FILE_LIMIT", 1 << 20)
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/bomb.png", b"\0" * (2 << 20))
    with pytest.raises(ValueError, match=r"cat/bomb\.png is larger than 1 MiB"):
        data.image_folder(tmp_path / "z.zip")
    assert {p.name for p in tmp_path.iterdir()} == {"z.zip"}
