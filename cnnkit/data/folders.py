"""Pictures in folders, one folder for each class: the usual layout, as it is or in a zip file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath

import numpy as np

from cnnkit.data.dataset import Dataset
from cnnkit.data.pictures import crop_and_resize, read_picture

ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
FILE_LIMIT = 64 << 20  # bytes of one picture in a zip file, unpacked


def image_folder(
    path: str | Path, split: str | None = None, size: int | None = None, grey: bool = False
) -> Dataset:
    """The pictures of `path/CLASS/FILE` (with `split`: of `path/SPLIT/CLASS/FILE`), classes and
    files in the order of their names; `path` is a folder or a zip file.

    With `size` each picture's middle square is made (size, size); without, all must be of one size.
    `grey` makes one channel of three. ValueError: no pictures, one that can't be read, or sizes
    that differ; it names the file. Other files are left out.
    """
    path = Path(path)
    files = list(_in_zip(path, split) if path.is_file() else _in_folder(path, split))
    if not files:
        where = f"{path}/{split}" if split else f"{path}"
        raise ValueError(f"{where}: expected pictures in folders, one for each class; found none")
    classes = tuple(sorted({name for name, _, _ in files}))
    images: list[np.ndarray] = []
    for _, name, read in files:
        image = read_picture(BytesIO(read()), f"{path}: {name}")
        if size:
            image = crop_and_resize(image, size)
        elif images and image.shape[1:] != images[0].shape[1:]:
            raise ValueError(
                f"{path}: {name} has {image.shape[1]}×{image.shape[2]} pixels, others "
                f"{images[0].shape[1]}×{images[0].shape[2]}: give a size, as size=64"
            )
        images.append(_luma(image) if grey else image)
    labels = np.array([classes.index(name) for name, _, _ in files])
    return Dataset(np.stack(images), labels, classes, str(path))


def _luma(image: np.ndarray) -> np.ndarray:
    """0.299 R + 0.587 G + 0.114 B (ITU-R BT.601): (1, H, W)."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.rint(np.tensordot(weights, image, axes=1)).astype(np.uint8)[None]


Entry = tuple[str, str, Callable[[], bytes]]  # class, name, and what reads it


def _in_folder(path: Path, split: str | None) -> Iterator[Entry]:
    root = path / split if split else path
    if not root.is_dir():
        raise FileNotFoundError(f"{root} is no folder and no zip file")
    for file in sorted(root.glob("*/*")):
        if _is_picture(file.relative_to(path)) and file.is_file():
            yield file.parent.name, str(file.relative_to(path)), file.read_bytes


def _in_zip(path: Path, split: str | None) -> Iterator[Entry]:
    """Read in memory; nothing is unpacked to the disk. ValueError: no zip file, or, without
    `split`, folders of classes at several places."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise ValueError(f"{path} is no folder and no whole zip file") from None
    places = {}
    for info in archive.infolist():
        place = PurePosixPath(info.filename)
        parents = place.parts[:-1]
        fits = parents[-2:-1] == (split,) if split else bool(parents)
        if fits and _is_picture(place) and not info.is_dir():
            places[place] = info
    roots = sorted({str(place.parent.parent) for place in places})
    if len(roots) > 1:
        raise ValueError(f"{path} has classes below {', '.join(roots)}: name one, as split='train'")
    for place, info in sorted(places.items()):
        yield place.parent.name, str(place), partial(_unpack, archive, info)


def _is_picture(place: PurePath) -> bool:
    """By its name; what systems hide (.ipynb_checkpoints, __MACOSX, ._picture.png) is none."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in place.parts)
    return not hidden and place.suffix.lower() in ENDINGS


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """At most FILE_LIMIT bytes, whatever the archive says of itself."""
    name = f"{archive.filename}: {info.filename}"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} can't be unpacked: it is packed in an unusual way")
    try:
        with archive.open(info) as file:
            content = file.read(FILE_LIMIT + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise ValueError(f"{name} can't be unpacked: {error}") from None
    if len(content) > FILE_LIMIT:
        raise ValueError(f"{name} is larger than {FILE_LIMIT >> 20} MiB")
    return content
