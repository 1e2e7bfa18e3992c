"""Downloads of learning platforms are taken with all that is in them, or it is said why not."""

import unicodedata
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course import tables
from autograder.course.attempts import unpacked
from autograder.term.arrivals import COLUMNS
from autograder.term.forms import FORMS, recognised
from autograder.term.people import Person, Roll, Who
from tests.autograder.term.conftest import work
from tests.conftest import LONG

RECEIPT = """Name: Ada Lovelace (ada)
Assignment: Homework_3
Date Submitted: Friday, October 16, 2026 11:58:01 PM CEST
Comments:
I was quick.
"""
NFD = unicodedata.normalize("NFD", "Emmy Nöther")
FORMS_OF_TWO = {  # what ada and noether handed in, as each platform names it
    "Canvas": {
        "lovelaceada_4711_90001_t.ipynb": work(),
        "lovelaceada_4711_90002_my data.csv": b"1",
        "nötheremmy_4712_90003_t-2.ipynb": work(),
    },
    "Moodle": {
        "Ada Lovelace_17_assignsubmission_file_/t.ipynb": work(),
        "Ada Lovelace_17_assignsubmission_file_/my data.csv": b"1",
        "Ada Lovelace_17_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
        f"{NFD}_18_assignsubmission_file_/t.ipynb": work(),
    },
    "Moodle, flat": {
        "Ada Lovelace_17_assignsubmission_file_t.ipynb": work(),
        "Ada Lovelace_17_assignsubmission_file_my data.csv": b"1",
        f"{NFD}_18_assignsubmission_file_t.ipynb": work(),
    },
    "Blackboard": {
        "Homework_3_ada_attempt_2026-10-16-23-58-01.txt": RECEIPT,
        "Homework_3_ada_attempt_2026-10-16-23-58-01_t.ipynb": work(),
        "Homework_3_ada_attempt_2026-10-16-23-58-01_my data.csv": b"1",
        "Homework_3_noether_attempt_2026-10-17-08-00-00_t.ipynb": work(),
    },
    "Brightspace": {
        "index.html": "<html>",
        "101-7 - Ada Lovelace - Oct 16, 2026 1158 PM/t.ipynb": work(),
        "101-7 - Ada Lovelace - Oct 16, 2026 1158 PM/my data.csv": b"1",
        "102-7 - Emmy Nöther- October 17, 2026 800 AM/t.ipynb": work(),
    },
    "folders": {
        "ada/t.ipynb": work(),
        "ada/my data.csv": b"1",
        "noether/t/t.ipynb": work(),
    },
}
TIMES = {"Blackboard", "Brightspace"}


@pytest.mark.parametrize(
    ("form", "as_a"),
    [
        *((form, "zip") for form in FORMS_OF_TWO),
        *(("Moodle", "folder"), ("Brightspace", "zip in a folder"), ("folders", "folder")),
        *(("Blackboard", "zip with a folder around"), ("Moodle, flat", "zip with a folder around")),
    ],
)
def test_every_form_is_shown_first_and_then_taken(term, form, as_a):
    members = FORMS_OF_TWO[form]
    if as_a == "zip with a folder around":
        members = {f"submissions (1)/{name}": content for name, content in members.items()}
    source = term.zipped(members)
    if as_a == "folder":
        with zipfile.ZipFile(source) as archive:
            archive.extractall(term.tmp / "unpacked")
        source = term.tmp / "unpacked"
    elif as_a == "zip in a folder":
        (term.tmp / "downloads").mkdir()
        source = source.rename(term.tmp / "downloads" / "hw.zip").parent
    first = term.run("import", "t", source)
    assert (first.status, "--yes" in first.out) == (0, True), first.out + first.err
    assert not term.course.submitted.exists()
    taken = term.run("import", "t", source, "--yes")
    assert taken.status == 0, taken.out
    assert {"t.ipynb", "my data.csv"} <= set(term.submitted("ada"))
    assert term.submitted("ada")["t.ipynb"] == work()
    assert term.submitted("noether")["t.ipynb"] == work()
    stamp = term.submitted("noether").get("timestamp.txt")
    assert stamp == (b"2026-10-17 06:00:00.000000 UTC" if form in TIMES else None)


def test_what_is_of_nobody_is_named_corrected_in_the_table_and_taken(term):
    source = term.zipped(
        {
            "ada_L_1_2_t.ipynb": work(),  # a display name nobody knows
            "müllerjan_99_3_t.ipynb": work(),  # two are called so
            "testperson_5_4_t.ipynb": work(),
        }
    )
    first = term.run("import", "t", source, "--yes")
    assert first.status == 4
    assert "several are called so: mueller1, mueller2" in first.out
    assert not term.course.submitted.exists()
    table = term.course.reports / "t" / "import.csv"
    rows = tables.read(table, COLUMNS)
    chosen = {"ada_L_1": "ada", "müllerjan_99": "mueller2", "testperson_5": "-"}
    for row in rows:
        row["student"] = chosen[row["hand-in"]]
    # A German spreadsheet saves it with semicolons, in its own encoding.
    lines = [";".join(COLUMNS), *(";".join(row[c] for c in COLUMNS) for row in rows)]
    table.write_bytes("\r\n".join(lines).encode("cp1252"))
    again = term.run("import", "t", source, "--yes")
    assert again.status == 0, again.out
    assert {path.name for path in term.course.submitted.iterdir()} == {"ada", "mueller2"}


def test_a_wrong_correction_is_said(term):
    source = term.zipped({"x_1_2_t.ipynb": work(), "y_3_4_t.ipynb": work()})
    term.run("import", "t", source)
    table = term.course.reports / "t" / "import.csv"
    rows = tables.read(table, COLUMNS)
    rows[0]["student"], rows[1]["time"] = "adda", "yesterday"
    rows[1]["student"] = "ada"
    table.write_bytes(tables.written(COLUMNS, rows))
    again = term.run("import", "t", source, "--yes")
    assert again.status == 4
    assert "the table's 'adda' is not on the roll" in again.out
    assert "'yesterday' is no time" in again.out
    for _ in range(2):  # what was typed stays there, to be corrected; and what was right beside it
        there = {
            row["hand-in"]: (row["student"], row["time"]) for row in tables.read(table, COLUMNS)
        }
        assert there == {"x_1": ("adda", ""), "y_3": ("ada", "yesterday")}
        term.run("import", "t", source)
    assert not (term.course.submitted / "ada").exists()
    rows = tables.read(table, COLUMNS)
    table.write_bytes(
        tables.written(
            COLUMNS,
            [
                row | {"time": "", "student": {"x_1": "-"}.get(row["hand-in"], row["student"])}
                for row in rows
            ],
        )
    )
    assert term.run("import", "t", source, "--yes").status == 0
    assert "t.ipynb" in term.submitted("ada")


def test_two_attempts_of_blackboards_with_one_receipt_are_one_persons(term):
    named = "Homework_3_ada_attempt_2026-10-1{}-08-00-00{}"
    members = {named.format(day, "_t.ipynb"): work(why=f"On day {day}.") for day in (5, 6)}
    source = term.zipped({**members, named.format(6, ".txt"): RECEIPT})
    done = term.run("import", "t", source, "--yes")
    assert done.status == 0, done.out
    assert "2 hand-ins are ada's: this is the last" in done.out
    assert term.submitted("ada")["t.ipynb"] == work(why="On day 6.")


def test_of_two_hand_ins_that_a_person_gave_to_one_student_the_last_is_asked_for(term):
    source = term.zipped({"x_1_2_t.ipynb": work(why="X"), "y_3_4_t.ipynb": work(why="Y")})
    term.run("import", "t", source)
    table = term.course.reports / "t" / "import.csv"

    def write(**times):
        rows = tables.read(table, COLUMNS)
        for row in rows:
            row["student"], row["time"] = "ada", times.get(row["hand-in"], "")
        table.write_bytes(tables.written(COLUMNS, rows))
        return term.run("import", "t", source, "--yes")

    asked = write()
    assert asked.status == 4
    assert "2 hand-ins are ada's, nobody knows which is the last" in asked.out
    assert not (term.course.submitted / "ada").exists()
    assert [row["student"] for row in tables.read(table, COLUMNS)] == ["ada", "ada"]
    assert write(x_1="2026-10-16 11:00", y_3="2026-10-16 10:00").status == 0
    assert term.submitted("ada")["t.ipynb"] == work(why="X")


def test_canvas_late_marker_asks_for_a_time_and_takes_it_from_the_table(term):
    source = term.zipped({"lovelaceada_LATE_4711_9_t.ipynb": work()})
    first = term.run("import", "t", source, "--yes")
    assert first.status == 4
    assert "1 late, nobody knows when" in first.out
    assert "t.ipynb" in term.submitted("ada")
    table = term.course.reports / "t" / "import.csv"
    [row] = tables.read(table, COLUMNS)
    table.write_bytes(tables.written(COLUMNS, [{**row, "time": "2026-10-18 12:00"}]))
    assert term.run("import", "t", source, "--yes").status == 0
    assert term.submitted("ada")["timestamp.txt"] == b"2026-10-18 10:00:00.000000 UTC"


def test_all_attempts_are_kept_and_the_last_counts(term):
    early, late = work("def double(x):\n    return 0"), work()
    name = "HW_ada_attempt_2026-10-{}-10-00-00_t.ipynb"
    both = term.zipped({name.format(15): early, name.format(14): late})
    term.run("import", "t", both, "--yes")
    assert term.submitted("ada")["t.ipynb"] == early
    assert len(list((term.root / "received" / "t" / "ada").glob("*.zip"))) == 2
    again = term.run("import", "t", term.zipped({name.format(14): late}), "--yes")
    assert "unchanged" in again.out  # an older download changes nothing
    assert term.submitted("ada")["t.ipynb"] == early


def test_what_is_replaced_is_kept(term):
    first = term.zipped({"lovelaceada_4711_1_t.ipynb": work(why="First.")})
    second = term.zipped({"lovelaceada_4711_2_t-1.ipynb": work(why="Second.")}, "second.zip")
    for source in (first, second):
        assert term.run("import", "t", source, "--yes").status == 0
    assert b"Second." in term.submitted("ada")["t.ipynb"]
    kept = list((term.root / "received" / "t" / "ada").glob("*.zip"))
    assert any(b"First." in zipfile.ZipFile(path).read("t.ipynb") for path in kept)


def test_attempts_without_a_time_are_all_kept_and_a_written_time_is_of_one(term):
    table = term.course.reports / "t" / "import.csv"
    for number, why in enumerate(["First.", "Second.", "Third."]):
        source = term.zipped({f"lovelaceada_LATE_4711_{number}_t.ipynb": work(why=why)})
        done = term.run("import", "t", source, "--yes")
        assert (done.status, "1 late, nobody knows when" in done.out) == (4, True)
        assert why.encode() in term.submitted("ada")["t.ipynb"]
        assert "timestamp.txt" not in term.submitted("ada")
        [row] = tables.read(table, COLUMNS)
        assert not row["time"]
        table.write_bytes(tables.written(COLUMNS, [{**row, "time": "2026-10-18 12:00"}]))
    kept = (term.root / "received" / "t" / "ada").glob("*.zip")
    assert {unpacked(path)["t.ipynb"] for path in kept} == {
        work(why=why) for why in ("First.", "Second.", "Third.")
    }
    assert term.run("import", "t", source, "--yes").status == 0  # the time is the third's


def test_of_two_files_that_could_be_the_notebook_none_is_dropped(term):
    names = ("t-1.ipynb", "t-2.ipynb")
    members = {f"lovelaceada_4711_{i}_{n}": work(why=n) for i, n in enumerate(names)}
    done = term.run("import", "t", term.zipped(members), "--yes")
    assert "which of t-1.ipynb, t-2.ipynb is t.ipynb?" in done.out
    assert term.submitted("ada") == {name: work(why=name) for name in names}


def test_what_a_person_wrote_into_the_table_stays_their_word(term):
    """Also when it was found by itself meanwhile, and later no longer."""
    table, listed = term.course.reports / "t" / "import.csv", term.tmp / "grades.csv"
    source = term.zipped({"xy_99_3_t.ipynb": work()})
    for number in ("98", "99", "98"):
        listed.write_text(f"Student,ID,SIS Login ID,Section\nX,{number},ada,A\n")
        term.run("import", "t", source, "--list", listed)
        [row] = tables.read(table, COLUMNS)
        table.write_bytes(tables.written(COLUMNS, [{**row, "student": "ada"}]))
    assert term.run("import", "t", source).status == 0


def test_moodles_worksheet_says_who_its_numbers_are(term):
    sheet = term.tmp / "Grades.csv"
    sheet.write_text(
        "Identifier,Full name,ID number,Email address,Grade,Maximum Grade\n"
        "Participant 31,Jan Müller,mueller2,j@x.org,,3.00\n"
        "Participant 32,Jan Müller,mueller1,k@x.org,,3.00\n",
        encoding="utf-8-sig",
    )
    source = term.zipped({"Jan Müller_31_assignsubmission_file_/t.ipynb": work()})
    assert term.run("import", "t", source).status == 4
    assert term.run("import", "t", source, "--list", sheet, "--yes").status == 0
    assert "t.ipynb" in term.submitted("mueller2")


def test_a_local_time_needs_a_zone(term):
    settings = term.course.solutions / "t" / "assignment.toml"
    settings.write_text('packages = ["numpy"]\n')
    source = term.zipped({"HW_ada_attempt_2026-10-15-10-00-00_t.ipynb": work()})
    done = term.run("import", "t", source)
    assert (done.status, 'timezone = "Europe/Berlin"' in done.err) == (2, True)


def test_an_hour_that_comes_twice_is_the_earlier_one_for_a_hand_in(term):
    source = term.zipped({"HW_ada_attempt_2026-10-25-02-30-00_t.ipynb": work()})
    term.run("import", "t", source, "--yes")
    assert term.submitted("ada")["timestamp.txt"] == b"2026-10-25 00:30:00.000000 UTC"


names = st.text("abäöü'-. ", min_size=1, max_size=12).filter(lambda s: any(c.isalnum() for c in s))


@settings(max_examples=1000 if LONG else 30)
@given(st.lists(st.tuples(names, names), min_size=1, max_size=5, unique=True), st.booleans())
def test_nobody_is_ever_taken_for_somebody_else(people, decomposed):
    """A name leads to the one student who is called so, or to nobody."""
    roll = Roll(Person(f"s{i}", *both) for i, both in enumerate(people))
    for i, (first, last) in enumerate(people):
        for written in (f"{first} {last}", f"{last}, {first}", f"{last}{first}".lower()):
            text = unicodedata.normalize("NFD" if decomposed else "NFC", written)
            match = roll.find(Who(name=text))
            assert match.student in (f"s{i}", "") or "s" + str(i) in match.by


@settings(max_examples=1000 if LONG else 30)
@given(st.sampled_from(sorted(FORMS_OF_TWO)), st.data())
def test_a_form_is_recognised_by_any_of_its_names(form, data):
    tops = sorted({name.partition("/")[0] for name in FORMS_OF_TWO[form]} - {"index.html"})
    some = data.draw(st.lists(st.sampled_from(tops), min_size=1, unique=True))
    expected = {"Moodle, flat": "Moodle", "folders": list(FORMS)[-1]}.get(form, form)
    assert recognised(some) == expected


def test_formulas_in_names_are_harmless_in_the_table_and_lead_back(term):
    source = term.zipped({"=cmd()/t.ipynb": work(), "-Eve/t.ipynb": work(), "eve/t.ipynb": work()})
    term.run("import", "t", source)
    content = (term.course.reports / "t" / "import.csv").read_text(encoding="utf-8-sig")
    assert not any(line.startswith(("=", "-", "+", "@")) for line in content.splitlines())
    assert {
        row["hand-in"] for row in tables.read(term.course.reports / "t" / "import.csv", COLUMNS)
    } == {*("=cmd()", "-Eve", "eve")}
