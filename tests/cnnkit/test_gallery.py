"""The gallery makes again what has changed, and its captions are sentences."""

import re

import pytest

from cnnkit import explorers
from gallery import kept, makers
from gallery.__main__ import title_of


def test_what_has_not_changed_is_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    source, made = tmp_path / "source.py", []

    def make():
        made.append(source.read_text())
        (tmp_path / "a.png").write_bytes(b"drawn")
        return len(made)

    def get():
        return kept.Kept(tmp_path).get("a", kept.key([source]), ["a.png"], make)

    source.write_text("one")
    assert [get(), get()] == [1, 1]
    source.write_text("two")
    assert [get(), get()] == [2, 2]
    (tmp_path / "a.png").unlink()
    assert [get(), get()] == [3, 3]
    assert made == ["one", "two", "two"]


def test_a_pictures_sources_are_the_library_but_not_the_explorers():
    names = {path.relative_to(kept.ROOT / "cnnkit").as_posix() for path in kept.sources(kept.TOP)}
    assert {"viz/style.py", "viz/picture.css", "models/facts.py"} <= names
    assert any(name.startswith("weights/") for name in names)
    assert not any(name.startswith("explorers/") for name in names)


@pytest.mark.parametrize("make", [*makers().values(), *explorers.ALL.values()])
def test_captions_are_for_readers(make):
    title = make.__doc__ if make in makers().values() else title_of(make())
    assert "\n" not in title
    assert not re.search(r"`|\(H, W\)|\.$", title), title
