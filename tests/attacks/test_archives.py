"""Archives that students hand in: nothing comes out of them that is no small file of their own."""

import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.submission import MAX_TOTAL
from autograder.course.unpack import Account, of_a_class, unpack
from autograder.nbgrader_plugin import BoundedExtractor


def zipped(members, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info, target


HOSTILE = {
    "a bomb": [("zeros", bytes(30 * 2**20))],
    "many files": [(f"f{i}", "") for i in range(200)],
    "a way out": [("../../escaped", "x")],
    "a way out, in Windows' words": [("..\\..\\escaped", "x")],
    "an absolute place": [("/tmp/escaped-from-an-archive", "x")],
    "the same file twice": [("a", "x"), ("a", "y")],
    "a link, and a file through it": [link("out", ".."), ("out/escaped", "x")],
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_leaves_nothing_outside_and_nothing_large(tmp_path, name):
    archive = zipped([("good.ipynb", "{}"), *HOSTILE[name]], tmp_path / "a.zip")
    folder = tmp_path / "one" / "two" / "out"
    complaints = list(unpack(archive, folder, Account(100, 2**30)))
    assert complaints or "link" in name  # a link is no file, and is passed over
    assert (folder / "good.ipynb").read_text() == "{}"
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != archive]
    assert all(folder in path.parents and path.stat().st_size < 100 for path in files)
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))
    assert not os.path.exists("/tmp/escaped-from-an-archive")


def test_an_archive_of_a_students_has_a_submissions_limits(tmp_path):
    inner = zipped([(str(i), bytes(9 * 2**20)) for i in range(9)], tmp_path / "inner.zip")
    members = [("emmy.zip", inner.read_bytes()), ("olga.ipynb", "{}")]
    archive = zipped(members, tmp_path / "outer.zip")
    [complaint] = unpack(archive, tmp_path / "out", of_a_class())
    assert complaint == "emmy.zip: more in it than allowed; the rest was left out"
    size = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert size <= MAX_TOTAL
    assert (tmp_path / "out" / "olga.ipynb").exists()


@settings(max_examples=100)
@given(st.data())
def test_a_mangled_archive_is_unpacked_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("mangled")
    content = bytearray(zipped([("a", "x" * 50), ("b/c", "y")], folder / "a.zip").read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    (folder / "a.zip").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert all("a.zip" in line for line in unpack(folder / "a.zip", folder / "out", of_a_class()))


def test_one_students_bomb_does_not_keep_the_others_from_being_collected(tmp_path):
    (tmp_path / "archive").mkdir()
    bomb = [("emmy/bomb.ipynb", bytes(30 * 2**20)), ("olga/tiny.ipynb", "{}")]
    zipped(bomb, tmp_path / "archive" / "everybody.zip")
    (tmp_path / "archive" / "broken.zip").write_text("no archive")
    zipped([("tiny.ipynb", "{}")], tmp_path / "archive" / "emmy.zip")
    (tmp_path / "archive" / "olga.ipynb").write_text("{}")
    (tmp_path / "archive" / "link.ipynb").symlink_to("/etc/passwd")
    extractor = BoundedExtractor()
    extractor.extract(str(tmp_path / "archive"), str(tmp_path / "out"))
    out = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.ipynb"))
    assert out == ["emmy/tiny.ipynb", "everybody/olga/tiny.ipynb", "olga.ipynb"]
