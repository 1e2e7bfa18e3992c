"""Pictures, archives, pickles and weights that are made to harm: nothing runs, nothing grows."""

import gzip
import io
import pickle
import struct
import tracemalloc
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from cnnkit import data, models
from cnnkit.data.formats import parse_idx, read_bytes, unpickle_arrays
from cnnkit.layers import Linear
from cnnkit.npz import read_npz

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


@contextmanager
def little_memory():
    """What is done takes less than 30 MB."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30e6


def test_a_picture_that_is_a_program_starts_no_interpreter(tmp_path, monkeypatch):
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (tmp_path / "evil.png").write_bytes(POSTSCRIPT)
    with pytest.raises(ValueError, match=r"evil\.png is no picture"):
        data.read_picture(tmp_path / "evil.png")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("sizes", [(2**16,) * 4, (2**31, 2**31, 4), (2**32 - 1,)])
def test_sizes_whose_product_does_not_fit_into_64_bits_fit_no_bytes(sizes):
    header = b"\0\0\x08" + bytes([len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)
    with pytest.raises(ValueError, match="is broken or cut off: its sizes"):
        parse_idx(header, "images")


def test_a_pickle_cannot_make_pointers_of_bytes():
    for kind in (b"O", b"V8", b"S8", b"U2"):
        size = len(kind).to_bytes(4, "little")
        crafted = (
            b"\x80\x02cnumpy\nndarray\nK\x01\x85cnumpy\ndtype\nX" + size + kind + b"\x85RC\x08"
        )
        with pytest.raises(ValueError, match="array"):
            unpickle_arrays(io.BytesIO(crafted + b"A" * 8 + b"\x87R."))


@pytest.mark.parametrize("array", [np.array([object()]), np.array(["text"]), np.zeros(2, "i4,f8")])
def test_a_pickle_of_other_arrays_than_of_numbers_is_refused(array, tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"a": [array]}, 2))
    with open(tmp_path / "a.pkl", "rb") as file, pytest.raises(ValueError):  # noqa: PT011
        unpickle_arrays(file)


def test_a_packed_file_that_grows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnkit.data.formats.LIMIT", 10_000_000)
    (tmp_path / "train.gz").write_bytes(gzip.compress(b"\0" * 20_000_000))
    with little_memory(), pytest.raises(ValueError, match="unpacks to more than 9 MiB"):
        read_bytes(tmp_path / "train.gz")


def lying_zip(path, name, content):
    """A zip file whose headers say that the file is small."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    packed = path.read_bytes()
    path.write_bytes(packed.replace(struct.pack("<I", len(content)), struct.pack("<I", 1000)))


def test_an_archive_that_lies_about_sizes_is_read_no_further(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnkit.data.folders.FILE_LIMIT", 1_000_000)
    lying_zip(tmp_path / "z.zip", "cat/a.png", b"\0" * 200_000_000)
    with little_memory(), pytest.raises(ValueError, match=r"cat/a\.png"):
        data.image_folder(tmp_path / "z.zip")


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_packed_in_unusual_ways_are_refused(tmp_path, kind):
    with zipfile.ZipFile(tmp_path / "z.zip", "w", kind) as archive:
        archive.writestr("cat/a.png", b"\0" * 1_000_000)
    with pytest.raises(
        ValueError, match=r"cat/a\.png can't be unpacked: it is packed in an unusual"
    ):
        data.image_folder(tmp_path / "z.zip")


def test_what_systems_hide_in_folders_is_no_class(tmp_path):
    for folder in ("set/cat", "set/dog", "set/.ipynb_checkpoints"):
        (tmp_path / folder).mkdir(parents=True)
        Image.new("L", (5, 5)).save(tmp_path / folder / "a.png")
    (tmp_path / "set" / "cat" / "._a.png").write_bytes(b"resource")
    (tmp_path / "set" / "cat" / "b.png").mkdir()
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in sorted((tmp_path / "set").rglob("*.png")):
            archive.write(file, file.relative_to(tmp_path / "set"))
        archive.writestr("__MACOSX/cat/._a.png", b"resource")
    for path in (tmp_path / "set", tmp_path / "set.zip"):
        found = data.image_folder(path)
        assert (len(found), found.classes) == (2, ("cat", "dog"))


def test_an_archive_of_several_parts_asks_for_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("train/cat/a.png", b"")
        archive.writestr("test/cat/a.png", b"")
    with pytest.raises(ValueError, match="has classes below test, train: name one"):
        data.image_folder(tmp_path / "z.zip")


def test_a_weight_file_that_grows_is_refused_by_its_headers(tmp_path):
    net = Linear(2, 3)
    path = tmp_path / "w.npz"
    np.savez_compressed(path, **net.state_dict(), huge=np.zeros(100_000_000, np.int8))
    for load in (net.load, lambda path: models.load_weights(net, path)):
        with little_memory(), pytest.raises(ValueError, match=r"huge.*more than is expected"):
            load(path)


def test_an_array_that_is_longer_or_shorter_than_its_header_says_is_refused(tmp_path):
    np.savez(tmp_path / "w.npz", a=np.arange(10))
    whole = (tmp_path / "w.npz").read_bytes()
    (tmp_path / "w.npz").write_bytes(whole.replace(b"(10,)", b"(90,)"))
    with pytest.raises(ValueError, match=r"w\.npz is no whole \.npz file"):
        read_npz(tmp_path / "w.npz")


def test_numbers_only_and_all_of_them_or_none_are_loaded(tmp_path):
    net = Linear(2, 3)
    before = net.state_dict()
    for wrong in (np.array(["a", "b", "c"]), np.ones(3, complex)):
        with pytest.raises(ValueError, match="state: bias: expected numbers"):
            net.load_state_dict({"weight": np.ones((3, 2)), "bias": wrong})
    for name, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[name])
