"""`autograder adopt`: other courses' assignments come to stand here, by its words
alone."""

import json
import re
import subprocess

import nbformat
import pytest

from autograder.authoring.autotests import NBGRADERS
from autograder.course.files import is_private
from tests.autograder.authoring.adopting import (
    DOUBLE,
    GUIDE,
    SPOILT,
    TEST,
    empty_course,
    everything,
    other,
    rows,
    run,
)
from tests.autograder.authoring.strangers import CLASSES, NUMERICS, PLOTS, Stranger

STRANGERS = {"numerics": NUMERICS, "classes": CLASSES, "plots": PLOTS}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course, in which the commands are called."""
    return empty_course(tmp_path / "course", monkeypatch)


# By its words


def follow(place, printed):
    """Do what was said, to the letter; whether there was anything to do."""
    path = next(place.glob("*.ipynb"))
    tree = json.loads(path.read_text())
    for grade_id, line, _, text in rows(printed):
        for words in re.findall(r"`(cp [^`]+)`", text):
            subprocess.run(words, shell=True, check=True)
        if "write assert before it" in text:
            edit(tree, grade_id, int(line), "assert {}")
        elif "take that out" in text:
            edit(tree, grade_id, int(line), "")
    path.write_text(json.dumps(tree))
    settings = place / "assignment.toml"
    if first := re.search(r"as its first line, .*:\n\n(.+?)\n\n", printed):
        settings.write_text(f"{first[1]}\n{settings.read_text()}")
    if last := re.search(r"at its end:\n\n(.+)\n\nwhen", printed, re.DOTALL):
        settings.write_text(f"{settings.read_text()}\n{last[1]}\n")


def edit(tree, grade_id, line, words):
    """Write a line of a cell otherwise."""
    for cell in tree["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            lines = "".join(cell["source"]).split("\n")
            lines[line - 1] = words.format(lines[line - 1])
            cell["source"] = "\n".join(lines)


def adopted(folder, place, capsys):
    """Adopt a folder, doing what is said until nothing is; what was printed, time by time."""
    printed = []
    status, out, _ = run(capsys, "adopt", folder)
    while status:
        assert (status, len(printed) < 3) == (3, True), out
        printed.append(out)
        follow(place, out)
        [again] = re.findall(r"when you have done so: autograder (adopt \S+)\n", out)
        status, out, _ = run(capsys, *again.split())
    return [*printed, out]


def points(course, stranger: Stranger, capsys):
    """What each student gets for each test; "error" is graded by a person."""
    [released] = (course.assignments / "hw").glob("*.ipynb")
    for student, changes in stranger.answers.items():
        stranger.hand_in(released, course.submitted / student / "hw", changes)
    status, out, _ = run(capsys, "grade", "hw", "--json")
    assert status == 0
    results = map(json.loads, out.splitlines())
    return {
        result["student"]: {q["id"]: q["score"] for q in result["questions"] if q["id"] != "error"}
        for result in results
    }


@pytest.mark.parametrize("name", STRANGERS)
def test_its_words_lead_from_a_folder_to_the_points_that_stock_gives(
    course, tmp_path, capsys, name
):
    stranger = STRANGERS[name]
    folder = stranger.write(tmp_path / "theirs" / "hw", "problems")
    before = everything(folder)
    printed = adopted(folder, course.solutions / "hw", capsys)
    assert len(printed) == 2
    assert "solutions/hw is built" in printed[-1]
    assert points(course, stranger, capsys) == stranger.stock
    assert everything(folder) == before


def test_a_test_that_passes_only_beside_the_code_is_proposed_and_never_written(
    course, tmp_path, capsys
):
    folder = PLOTS.write(tmp_path / "hw", "hw")
    status, out, err = run(capsys, "adopt", folder)
    assert status == 3
    assert [row[:3] for row in rows(out)] == [
        ["monthly-test", "", "crosses"],
        ["plot-test", "", "does not cross"],
    ]
    assert '\nshared = ["plot-test"]\n' in out
    assert err.splitlines()[-1].endswith(GUIDE)
    settings = course.solutions / "hw" / "assignment.toml"
    assert "shared" not in settings.read_text()
    assert 'packages = ["matplotlib", "pandas"]' in settings.read_text()
    assert not course.assignments.exists()
    settings.write_text(f'shared = ["plot-test"]\n{settings.read_text()}')
    status, out, _ = run(capsys, "adopt", "solutions/hw")
    assert status == 0
    assert [row[2] for row in rows(out)] == ["crosses", "shared"]


# The table


def test_all_that_can_be_read_to_be_wrong_stands_in_the_table_at_once(course, tmp_path, capsys):
    unknown = ("unknown-test", "test", "assert double(1) == 2\nassert nobody(1)")
    made = ("made-test", "test", "### AUTOTEST double(2)")
    other(tmp_path / "hw", DOUBLE, SPOILT, unknown, made)
    (tmp_path / "hw" / "assignment.toml").write_text('packages = ["nump"]\ncolour = 1\n')
    status, out, err = run(capsys, "adopt", tmp_path / "hw")
    assert status == 3
    told = {(cell, line, kind): text for cell, line, kind, text in rows(out)}
    assert told["spoilt-test", "1", "refused"].startswith("compares in line 1")
    assert told["unknown-test", "", "refused"].startswith("uses nobody")
    assert "nump is not installed: write 'numpy'" in out
    assert "colour is not a setting" in out
    assert f"cp {NBGRADERS}" in told["–", "", "refused"]
    assert len(rows(out)) == 5
    assert err.count(GUIDE) == 1


def test_an_assignment_toml_that_is_there_stays_and_what_it_lacks_is_said(course, tmp_path, capsys):
    folder = other(tmp_path / "hw", ("imports", "locked", "import pandas as pd"), DOUBLE, TEST)
    (folder / "assignment.toml").write_text('title = "Mine"\npackages = ["numpy"]\n')
    _, out, _ = run(capsys, "adopt", folder)
    [text] = [row[3] for row in rows(out) if row[2] == "packages"]
    assert 'packages = ["numpy", "pandas"]' in text
    settings = course.solutions / "hw" / "assignment.toml"
    assert settings.read_text() == 'title = "Mine"\npackages = ["numpy"]\n'


def test_what_is_imported_is_listed_by_the_name_it_is_imported_by(course, tmp_path, capsys):
    setup = (
        "%matplotlib inline\nimport os, helper\nfrom PIL import Image\n"
        "try:\n    import google.colab\n    import scipy.linalg\nexcept ImportError:\n    pass"
    )
    folder = other(tmp_path / "hw", ("setup", "", setup), DOUBLE, TEST)
    (folder / "helper.py").write_text("import pandas as pd\nfrom . import tools")
    (folder / "mistakes.py").write_text("import torch")
    run(capsys, "adopt", folder)
    settings = (course.solutions / "hw" / "assignment.toml").read_text()
    assert 'packages = ["PIL", "matplotlib", "pandas", "scipy"]' in settings


def test_a_rule_that_is_proposed_can_be_pasted(course, tmp_path, capsys):
    patch = "import numpy as np\nnp.sum = None\nassert double(1) == 2"
    other(tmp_path / "hw", DOUBLE, ("patch-test", "test", patch))
    printed = adopted(tmp_path / "hw", course.solutions / "hw", capsys)
    assert '[[rules]]\nforbid = ["numpy.sum"]\nfails = ["patch-test"]\n' in printed[0]
    assert len(printed) == 2


# Old notebooks


@pytest.mark.parametrize("schema", [0, 1, 2])
def test_settings_of_older_nbgraders_are_brought_up_to_date_in_place(course, capsys, schema):
    cells = tuple((*cell, 2.0) for cell in (DOUBLE, TEST))
    stranger = Stranger(cells, schema, schema + 1, {}, {})
    folder = stranger.write(course.solutions / "hw", "hw")
    original = (folder / "hw.ipynb").read_bytes()
    status, out, _ = run(capsys, "adopt", "hw")
    assert status == 0
    kept = folder / "hw.ipynb.before-adopt"
    assert kept.name in out
    assert kept.read_bytes() == original
    changed = nbformat.read(folder / "hw.ipynb", as_version=4)
    assert {cell.metadata.nbgrader.schema_version for cell in changed.cells} == {3}
    assert is_private(kept.name)
    assert kept.name not in [path.name for path in (course.assignments / "hw").iterdir()]
    assert "*.before-adopt" in course.nbgrader.ignore
    before = everything(folder)
    assert run(capsys, "adopt", "hw")[0] == 0
    assert everything(folder) == before


def test_a_notebook_of_the_format_before_this_one_is_brought_up_to_date(course, tmp_path, capsys):
    folder = other(tmp_path / "hw")
    node = nbformat.convert(nbformat.read(folder / "hw.ipynb", as_version=4), 3)
    nbformat.write(node, folder / "hw.ipynb")
    assert json.loads((folder / "hw.ipynb").read_text())["nbformat"] == 3
    status, out, _ = run(capsys, "adopt", folder)
    assert status == 0, out
    assert "the notebook format is 4 now, and was 3" in out


def test_what_has_its_code_elsewhere_is_no_notebook(course, tmp_path, capsys):
    folder = other(tmp_path / "hw")
    tree = json.loads((folder / "hw.ipynb").read_text())
    del tree["nbformat"]
    (folder / "hw.ipynb").write_text(json.dumps(tree))
    status, out, _ = run(capsys, "adopt", folder)
    assert status == 3
    assert "its notebook format is None, and 3 or 4 can be read" in " ".join(out.split())
    assert not course.solutions.exists()


def test_what_nbgrader_cannot_bring_up_to_date_is_said_of_its_cell(course, tmp_path, capsys):
    stranger = Stranger(((*DOUBLE, 0), (*TEST, "many")), 0, 4, {}, {})
    stranger.write(tmp_path / "hw", "hw")
    status, out, _ = run(capsys, "adopt", tmp_path / "hw")
    assert status == 3
    assert {row[0] for row in rows(out)} == {"double-test"}
    assert "choose its kind again" in out
