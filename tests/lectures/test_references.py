"""What a text points to is there: sections, lectures, and the table of those that are planned."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.lectures.notebooks import FOLDER, LECTURES, PLAN, sections, text_cells

ASSIGNMENTS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
TITLES = {lecture["number"]: lecture["title"] for lecture in PLAN}
FILES = {lecture["number"]: lecture["file"] for lecture in PLAN if "file" in lecture}
NUMBERS = r"(\d+(?:(?:, | and | or | to |–)\d+)*)"


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def wrong_references(path: Path, text: str) -> list[str]:
    """Every "section N" that is no heading of its notebook, every "lecture N" that is not planned.
    "lecture 6, section 13" is a section of that lecture; "(Goodfellow et al. 2016, section 9.1)" is
    none of ours."""
    wrong = []
    text = re.sub(r"\d{4}, (section|chapter) [\d.]+", "", text)
    for lecture, there in re.findall(rf"\b[Ll]ecture (\d+), sections? {NUMBERS}", text):
        file = FILES.get(int(lecture))
        found = sections(FOLDER / file) if file else set()
        wrong += [f"lecture {lecture}, section {n}" for n in numbers(there) if n not in found]
    text = re.sub(rf"(\b[Ll]ecture \d+), sections? {NUMBERS}", r"\1", text)
    for listed in re.findall(rf"\b[Ll]ectures? {NUMBERS}", text):
        wrong += [f"lecture {n}" for n in numbers(listed) if n not in TITLES]
    for listed in re.findall(rf"\b[Ss]ections? {NUMBERS}", text):
        wrong += [f"section {n}" for n in numbers(listed) if n not in sections(path)]
    return wrong


@pytest.mark.parametrize("path", [*LECTURES, *ASSIGNMENTS], ids=lambda path: path.stem)
def test_every_section_and_lecture_that_is_named_exists_or_is_planned(path):
    assert wrong_references(path, "\n".join(text_cells(path))) == []


def test_a_reference_that_leads_nowhere_is_found():
    path = FOLDER / "06-convolution.ipynb"
    text = "See section 99 and lectures 4 and 77; lecture 6, section 98; lecture 1, section 97."
    expected = ["lecture 6, section 98", "lecture 1, section 97", "lecture 77", "section 99"]
    assert wrong_references(path, text) == expected
    assert wrong_references(
        path, "Lecture 4, sections 97 and 98 (Lin et al. 2013, section 9.1)"
    ) == [*("lecture 4, section 97", "lecture 4, section 98")]


@pytest.mark.parametrize("path", [*LECTURES, *ASSIGNMENTS], ids=lambda path: path.stem)
def test_sections_are_numbered_from_1_without_a_gap(path):
    found = sections(path)
    assert found == set(range(1, len(found) + 1))


def test_the_table_of_lectures_has_every_lecture_once_with_the_title_that_it_has():
    assert list(TITLES) == list(range(1, len(PLAN) + 1))
    assert len(set(TITLES.values())) == len(PLAN)
    assert sorted(FILES.values()) == [path.name for path in LECTURES if path.name[:2] != "00"]
    for number, file in FILES.items():
        title = text_cells(FOLDER / file)[0].splitlines()[0]
        assert file.startswith(f"{number:02}-")
        assert title == f"# {number} · {TITLES[number]}"
