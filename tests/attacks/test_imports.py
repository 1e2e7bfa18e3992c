"""Downloads of learning platforms, in which each student has chosen names, files and archives.

Whoever hands in cannot be taken for somebody else, set the time of a hand-in, write beside it, or
keep others' work from being taken.
"""

import io
import os
import zipfile

import pytest

from autograder.course import tables
from autograder.term.arrivals import COLUMNS
from tests.attacks.test_archives import HOSTILE, zipped
from tests.autograder.term.conftest import released_term, term, work  # noqa: F401 (fixtures)

BLACKBOARD = "HW_{}_attempt_2026-10-18-10-00-00_{}"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("name", "way"),
    [
        *((name, "in the download") for name in HOSTILE),
        *(("a bomb", "in a student's archive"), ("a way out", "in a student's archive")),
        ("a link, and a file through it", "in a student's archive"),
    ],
)
def test_a_hostile_archive_keeps_nobody_elses_work_back(term, name, way):  # noqa: F811
    hostile = zipped([("t.ipynb", work()), *HOSTILE[name]], term.tmp / "hostile.zip").read_bytes()
    members = [("lovelaceada_4711_1_t.ipynb", work()), ("-eve=cmd()_4716_2_t.zip", hostile)]
    if way == "in the download":
        members = [members[0], ("-eve=cmd()_4716_2_t.ipynb", work()), *HOSTILE[name]]
    source = zipped(members, term.tmp / "download.zip")
    done = term.run("import", "t", source, "--yes")
    assert done.status == 4 or "link" in name  # what did not come out is said
    assert term.submitted("ada")["t.ipynb"] == work()
    assert not os.path.exists("/tmp/escaped-from-an-archive")
    own = term.course.submitted / "eve" / "t"  # a file of a folder that was to be a link
    assert all(path.is_relative_to(own) for path in term.tmp.rglob("*escaped*"))
    files = [p for p in term.course.submitted.rglob("*") if p.is_file() or p.is_symlink()]
    assert all(not p.is_symlink() and p.stat().st_size < 2**20 for p in files)
    assert {p.relative_to(term.course.submitted).parts[0] for p in files} <= {"ada", "eve"}


def test_a_link_in_an_unpacked_download_is_not_followed(term):  # noqa: F811
    folder = term.tmp / "unpacked"
    folder.mkdir()
    (folder / "lovelaceada_4711_1_t.ipynb").write_bytes(work())
    (folder / "eve_4716_2_t.ipynb").symlink_to("/etc/passwd")
    (folder / "nötheremmy_4712_3_all").symlink_to("/etc")
    done = term.run("import", "t", folder, "--yes")
    assert done.status == 4
    assert done.out.count("is a link") == 2
    assert {path.name for path in term.course.submitted.iterdir()} == {"ada"}


@pytest.mark.parametrize(
    "file",
    [
        "ada_attempt_2026-01-01-00-00-00_t.ipynb",  # a name with a platform's mark in it
        "x_ada_attempt_2026-01-01-00-00-00.txt",
        "4711_9_t.ipynb",
    ],
)
def test_a_files_name_makes_nobody_somebody_else_and_nothing_earlier(term, file):  # noqa: F811
    source = term.zipped({BLACKBOARD.format("eve", file): work()})
    term.run("import", "t", source, "--yes")
    assert {path.name for path in term.course.submitted.iterdir()} == {"eve"}
    assert term.submitted("eve")["timestamp.txt"].startswith(b"2026-10-18 08:00:00")


@pytest.mark.parametrize(
    "name",
    ["lovelaceada_4711_4716_7_t.ipynb", "lovelaceada_4716_7_t.ipynb", "x_4711_4716_7_t.ipynb"],
)
@pytest.mark.parametrize("listed", [(), ("ada", "eve"), ("ada",)])
def test_a_display_name_that_is_anothers_leads_to_nobody_else(term, name, listed):  # noqa: F811
    """Canvas puts a name that its owner chose before the number."""
    sheet, numbers = term.tmp / "grades.csv", {"ada": "4711", "eve": "4716"}
    people = [f"{who},{numbers[who]},{who},A" for who in listed]
    sheet.write_text("\n".join(["Student,ID,SIS Login ID,Section", *people]))
    options = ("--list", sheet) if listed else ()
    done = term.run("import", "t", term.zipped({name: work()}), *options, "--yes")
    her_own = "eve" in listed and "4711" not in name  # the list says whose number it is
    assert done.status == (0 if her_own else 4)
    taken = term.course.submitted.iterdir() if term.course.submitted.exists() else ()
    assert [path.name for path in taken] == ["eve"] * her_own


def test_what_was_found_earlier_is_no_persons_word(term):  # noqa: F811
    """Who calls himself as another is met also by an import that comes second."""
    mine = {"ada  LOVELACE_2_assignsubmission_file_/t.ipynb": work(why="Mine.")}
    assert term.run("import", "t", term.zipped(mine)).status == 0  # ada has not handed in yet
    both = {**mine, "Ada Lovelace_1_assignsubmission_file_/t.ipynb": work()}
    assert term.run("import", "t", term.zipped(both), "--yes").status == 4
    assert not term.course.submitted.exists()


def test_who_calls_himself_as_another_takes_nothing_over(term):  # noqa: F811
    """Both are named, and a person decides."""
    mine, theirs = work(why="Mine."), work()
    source = term.zipped(
        {
            "Ada Lovelace_1_assignsubmission_file_/t.ipynb": theirs,
            "ada  LOVELACE_2_assignsubmission_file_/t.ipynb": mine,
        }
    )
    done = term.run("import", "t", source, "--yes")
    assert done.status == 4
    assert done.out.count("several people of the download lead to ada") == 2
    assert not term.course.submitted.exists()


@pytest.mark.parametrize("where", ["", "deep/", "t/", "in an archive"])
def test_a_time_that_a_student_wrote_is_no_time(term, where):  # noqa: F811
    forged = b"2026-01-01 00:00:00 UTC"
    name = BLACKBOARD.format("eve", "")
    if where == "in an archive":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as inner:
            inner.writestr("t/timestamp.txt", forged)
            inner.writestr("t/t.ipynb", work())
        members = {f"{name}all.zip": buffer.getvalue()}
    else:
        members = {f"{name}x/{where}timestamp.txt": forged, f"{name}x/t.ipynb": work()}
    term.run("import", "t", term.zipped(members), "--yes")
    there = term.submitted("eve")
    assert "t.ipynb" in there
    assert forged not in there.values()
    assert there["timestamp.txt"].startswith(b"2026-10-18 08:00:00")


def test_a_receipt_that_a_student_wrote_names_nobody_else(term):  # noqa: F811
    """Blackboard's own begins with the name; what a student uploads has another name."""
    forged = "Name: Ada Lovelace (ada)\n"
    members = {
        BLACKBOARD.format("eve", "t.ipynb"): work(),
        "HW_eve_attempt_2026-10-18-10-00-00.txt": forged,  # as if the platform could be made to
    }
    term.run("import", "t", term.zipped(members), "--yes")
    assert {path.name for path in term.course.submitted.iterdir()} == {"eve"}


def test_the_same_name_twice_is_told(term):  # noqa: F811
    members = [("lovelaceada_4711_1_t.ipynb", work()), ("lovelaceada_4711_2_t.ipynb", b"other")]
    done = term.run("import", "t", zipped(members, term.tmp / "twice.zip"), "--yes")
    assert done.status == 4
    assert "stands there twice" in done.out


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\nb", "..\\..\\x", "<b>x", "release#"])
def test_names_that_somebody_would_obey_are_shown_and_taken_by_nobody(term, name):  # noqa: F811
    with term.course.gradebook() as gradebook:
        for student in [student.id for student in gradebook.students]:
            gradebook.remove_student(student)  # an empty roll: ids are the download's
    done = term.run("import", "t", term.zipped({f"{name}/t.ipynb": work(), "ok/t.ipynb": work()}))
    assert done.status == 4
    assert "\x1b" not in done.out
    rows = tables.read(term.course.reports / "t" / "import.csv", COLUMNS)
    assert {row["student"] for row in rows} == {"", "ok"} - ({""} if ".." in name else set())
