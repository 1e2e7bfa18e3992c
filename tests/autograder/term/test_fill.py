"""Scores into the very file that a platform exported: nothing else in it changes."""

import contextlib
import csv
import io
import json
import zipfile

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograder.course.course import CourseError
from autograder.records.result import GradeResult, QuestionResult
from autograder.term.fill import fill
from autograder.term.gradescope import as_gradescope
from autograder.term.people import Person, Roll
from autograder.term.sheet import Sheet
from tests.autograder.term.conftest import ROLL, work
from tests.conftest import LONG

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Other (11),T (4711),Final Score\r\n"
    ",,,,,,Manual Posting,\r\n"
    '"    Points Possible",,,,,10.00,3.00,(read only)\r\n'
    '"Lovelace, Ada",4711,,ada,"A and B",,,"12.5"\r\n'
    '"Nöther, Emmy",4712,,noether,A,7.00,"1.00",-\r\n'
    '"=""=cmd()""",4716,,eve,A,+1,,@x\r\n'
    '"O\'Brien, Mary-Ann",4713,,obrien,B,,EX,\r\n'
    '"Student, Test",99,,,B,,,\r\n'
)
MOODLE = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Feedback comments"\n'
    'Participant 31,"Ada Lovelace",ada@x.org,"Submitted - ",,"3,00",Yes,-,"a ""b""\nc"\n'
    'Participant 32,"Emmy Nöther",e@x.org,No submission,"1,00","3,00",Yes,-,\n'
    'Participant 33,=cmd() -Eve,,,,"3,00",Yes,-,+1\n'
    'Participant 34,"Mary-Ann O\'Brien",m@x.org,,,"3,00",No,-,\n'
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Availability"\t'
    '"T [Total Pts: 3 Score] |4711"\t"Total [Total Pts: up to 3 Score] |12"\r\n'
    '"Lovelace"\t"Ada"\t"ada"\t""\t"Yes"\t""\t""\r\n'
    '"Nöther"\t"Emmy"\t"noether"\t""\t"Yes"\t"1.00"\t"1.00"\r\n'
    '"-Eve"\t"=cmd()"\t"eve"\t""\t"Yes"\t"Needs Grading(0)"\t""\r\n'
    '"O\'Brien"\t"Mary-Ann"\t"obrien"\t""\t"Yes"\t""\t""\r\n'
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,"
    "T Points Grade <Numeric MaxPoints:3 Weight:10>,End-of-Line Indicator\r\n"
    "#000123,#ada,Lovelace,Ada,a@x.org,,#\r\n"
    "#-5,#noether,Nöther,Emmy,n@x.org,1,#\r\n"
    "#=1,#eve,-Eve,=cmd(),,,#\r\n"
    "#7,#obrien,O'Brien,Mary-Ann,m@x.org,,#\r\n"
)
FILES = {
    "Canvas": CANVAS.encode("utf-8-sig"),
    "Canvas, a German spreadsheet": CANVAS.replace(",", ";").replace("; ", ", ").encode("cp1252"),
    "Moodle": MOODLE.encode(),
    "Moodle, marked": MOODLE.encode("utf-8-sig"),
    "Blackboard": b"\xff\xfe" + BLACKBOARD.encode("utf-16-le"),
    "Blackboard, CSV": BLACKBOARD.replace("\t", ",").encode("utf-8-sig"),
    "Brightspace": BRIGHTSPACE.encode(),
}
ROLLED = Roll(Person(s, first, last, number=n) for s, (first, last, n) in ROLL.items())


def result(student, score=2.5, state="graded", most=3.0):
    question = QuestionResult("q1_test", score, most, "passed", "fine", follows_from=("double",))
    return GradeResult(student, "t", state, most, (question,))


RESULTS = [result("ada"), result("noether", 1.0), result("eve", 0.0)]


def cells(content):
    sheet = Sheet.of(content)
    return {(r, c): cell.text for r, row in enumerate(sheet.rows) for c, cell in enumerate(row)}


@pytest.mark.parametrize("name", FILES)
def test_the_grades_are_filled_in_and_every_other_cell_stays(tmp_path, name):
    path = tmp_path / "grades.csv"
    path.write_bytes(FILES[name])
    told = fill(path, RESULTS, ROLLED, ("t", "T"))
    before, after = cells(FILES[name]), cells(told.content)
    changed = {at: after[at] for at in before if before[at] != after[at]}
    commas = "," if "Moodle" in name else "."
    assert sorted(changed.values()) == ["0", f"2{commas}5"]
    assert len({column for _, column in changed}) == 1
    assert (told.same, before.keys()) == (1, after.keys())
    assert told.only_there == ["O'Brien, Mary-Ann" if "Canvas" in name else "Mary-Ann O'Brien"]
    assert without(told.content, changed) == without(FILES[name], changed)


def without(content, places):
    """The file's bytes without those cells."""
    sheet = Sheet.of(content)
    parts, at = [], 0
    for row, column in sorted(places):
        cell = sheet.rows[row][column]
        parts, at = [*parts, sheet.text[at : cell.begin]], cell.end
    return sheet.mark + "".join([*parts, sheet.text[at:]]).encode(sheet.encoding)


@pytest.mark.parametrize("name", FILES)
def test_filling_nothing_gives_the_same_bytes(tmp_path, name):
    path = tmp_path / "grades.csv"
    path.write_bytes(FILES[name])
    told = fill(path, [], ROLLED, ("T",), named=_column(FILES[name]), scaled=False)
    assert told.content == FILES[name]


def _column(content):
    sheet = Sheet.of(content)
    return next(h for h in sheet.header if h == "Grade" or h.startswith(("T (", "T [", "T P")))


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
plain = texts.filter(lambda t: not {*',;\t"\r\n'} & {*t})
quoted = texts.map(lambda t: '"' + t.replace('"', '""') + '"')


@settings(max_examples=1000 if LONG else 25)
@given(
    st.lists(st.lists(plain | quoted, min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.data(),
)
def test_any_table_is_read_as_it_is_and_one_cell_changed(rows, delimiter, end, encoding, data):
    head = delimiter.join(["a", "b", "c"])
    lines = [head, *(delimiter.join(row) for row in rows)]
    content = (end.join(lines) + data.draw(st.sampled_from([end, ""]))).encode(encoding)
    sheet = Sheet.of(content)
    assert sheet.written() == content
    assume(len(sheet.rows) > 1)  # an empty line at the end is none
    row = data.draw(
        st.integers(1, len(sheet.rows) - 1)
    )  # the header says what the file's commas are
    column = data.draw(st.integers(0, len(sheet.rows[row]) - 1))
    text = data.draw(texts.filter(str.strip))  # a line that becomes empty is none
    sheet.fill(row, column, text)
    before, after = cells(content), cells(sheet.written())
    assert {at for at in before if before[at] != after[at]} <= {(row, column)}
    assert after[row, column].strip() == text.strip()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_end_within_a_columns_name_is_no_end_of_the_header(end):
    header = ["Student", f"T,{end}the first, or so, part (4711)", 'a "b"']
    names = [f'"{name.replace(chr(34), 2 * chr(34))}"' for name in header]
    sheet = Sheet.of(f"{';'.join(names)}{end}ada;1,5;{end}".encode())
    assert sheet.header == header
    assert sheet.cell(1, 1) == "1,5"


@settings(max_examples=1000 if LONG else 50)
@given(st.binary(max_size=60))
def test_bytes_that_are_no_table_are_the_same_or_refused(content):
    with contextlib.suppress(CourseError):
        assert Sheet.of(content).written() == content


def test_what_is_not_final_is_left_and_said(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_bytes(FILES["Canvas"])
    states = {"ada": "needs_manual", "noether": "absent", "eve": "attention", "obrien": "graded"}
    told = fill(path, [result(s, state=state) for s, state in states.items()], ROLLED, ("T",))
    assert told.content == FILES["Canvas"]
    said = "\n".join(told.left)
    for words in ("ada: waits", "noether: handed in nothing", "eve: needs", "obrien: the platform"):
        assert words in said
    zero = fill(path, [result("noether", 0.0, "absent")], ROLLED, ("T",), zero=True)
    assert zero.changed == ["noether: 1.00 → 0"]


def test_what_was_handed_in_and_is_not_graded_gets_no_score(term, tmp_path):
    """Neither 0, as one who handed in nothing, nor the points of what lay there before."""
    path = tmp_path / "grades.csv"
    path.write_bytes(FILES["Brightspace"])
    handed_in = term.course.submitted / "ada" / "t" / "t.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_bytes(work())
    assert term.run("grade", "t").status == 0
    emmy = term.course.submitted / "noether" / "t" / "t.ipynb"
    emmy.parent.mkdir(parents=True)
    emmy.write_bytes(work())
    handed_in.write_bytes(work("def double(x):\n    return x"))
    told = term.run("fill", "t", path, "--zero", "--into", tmp_path / "filled.csv")
    assert told.status == 4
    assert "handed in and not graded yet: `autograder grade` first: ada, noether" in told.out
    before, after = cells(path.read_bytes()), cells((tmp_path / "filled.csv").read_bytes())
    changed = {
        row for row, _ in before if any(before[at] != after[at] for at in before if at[0] == row)
    }
    assert changed == {3, 4}  # of eve and obrien, who have handed in nothing
    for command in (["export"], ["report"]):
        assert "handed in and not graded yet: ada, noether" in term.run(*command, "t").err


def test_other_points_are_refused_or_scaled(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_bytes(FILES["Brightspace"])
    with pytest.raises(CourseError, match="is of 3 points, and ours of 6"):
        fill(path, [result("ada", most=6.0)], ROLLED, ("T",))
    told = fill(path, [result("ada", most=6.0)], ROLLED, ("T",), scaled=True)
    assert told.changed == ["ada: nothing → 1.25"]


def test_a_column_that_cannot_be_told_is_asked_for(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_bytes(FILES["Canvas"])
    with pytest.raises(
        CourseError, match=r"--column NAME says so; those of grades: 'Other \(11\)'"
    ):
        fill(path, RESULTS, ROLLED, ("unknown",))
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(CourseError, match="names no people"):
        fill(path, RESULTS, ROLLED, ("T",))
    lines = CANVAS.splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[3:]]))
    with pytest.raises(CourseError, match="has lost Canvas's row 'Points Possible'"):
        fill(path, RESULTS, ROLLED, ("T",))


def test_a_workbook_is_no_table(term):
    path = term.tmp / "grades.csv"  # renamed
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    (term.root / "people.csv").write_bytes(path.read_bytes())
    term.run("grade", "t", "--unconfined")
    for command in (("roster", path), ("fill", "t", path, "--into", "x.csv"), ("groups", "t")):
        done = term.run(*command)
        assert done.status == 2
        assert "is a .zip or a workbook (.xlsx), no text: save the table as CSV" in done.err


def test_from_roster_to_filled_file_by_the_command_line(term):
    """The loop of a course that takes all from its platform."""
    export = term.tmp / "export.csv"
    export.write_bytes(FILES["Canvas"])
    shown = term.run("roster", export)
    assert (shown.status, "ada" in shown.out) == (0, True)
    for member in ("lovelaceada_4711_1_t.ipynb", "nötheremmy_4712_2_t.ipynb"):
        assert term.run("import", "t", term.zipped({member: work()}), "--yes").status == 0
    assert term.run("grade", "t", "--unconfined").status == 0
    with term.course.gradebook() as gradebook:
        for student in ("ada", "noether"):
            grade = gradebook.find_grade("why", "t", "t", student)
            grade.manual_score, grade.needs_manual_grade = 0.5, False
        gradebook.db.commit()
    path = term.tmp / "grades.csv"
    path.write_bytes(FILES["Canvas"])
    done = term.run("fill", "t", path)
    assert done.status == 4  # the others handed in nothing
    filled = list(csv.reader(io.StringIO((term.tmp / "grades.filled.csv").read_text("utf-8-sig"))))
    assert [row[6] for row in filled[3:5]] == ["2.5", "2.5"]
    assert path.read_bytes() == FILES["Canvas"]
    refused = term.run("fill", "t", path, "--into", path)
    assert (refused.status, path.read_bytes()) == (2, FILES["Canvas"])
    made = term.run("export", "t", "--gradescope", term.tmp / "gradescope")
    assert made.status == 0
    data = json.loads((term.tmp / "gradescope" / "ada" / "results.json").read_text())
    assert (data["score"], [t["score"] for t in data["tests"]]) == (2.5, [2.0, 0.5])


ANOTHER = '"Lovelace, Ada",9,,ada2,B,,,"1.0"\r\n'


@pytest.mark.parametrize("first", [True, False])
def test_a_namesake_never_takes_anothers_place_on_the_roll(term, first):
    with term.course.gradebook() as gradebook:
        gradebook.update_or_create_student("ada", email="ada@x.org")
    mine = '"Lovelace, Ada",4711,,ada,"A and B",,,"12.5"\r\n'
    path, (before, after) = term.tmp / "grades.csv", CANVAS.split(mine)
    for lines in (ANOTHER + mine if first else mine + ANOTHER, ANOTHER):
        path.write_text(before + lines + after, encoding="utf-8-sig")
        done = term.run("roster", path, "--yes")
        assert (done.status, "is called as ada" in done.out) == (4, True)
        with term.course.gradebook() as gradebook:
            ada = gradebook.find_student("ada")
            assert (ada.email, ada.lms_user_id) == ("ada@x.org", "4711")
        assert "ada,B" not in (term.root / "people.csv").read_text()


@pytest.mark.parametrize("first", [True, False])
def test_a_namesake_never_gets_anothers_score(tmp_path, first):
    path = tmp_path / "grades.csv"
    before, mine, after = CANVAS.partition('"Lovelace, Ada",4711,,ada,"A and B",,,"12.5"\r\n')
    path.write_text(before + (ANOTHER + mine if first else mine + ANOTHER) + after)
    told = fill(path, RESULTS, ROLLED, ("T",))
    assert "ada: nothing → 2.5" in told.changed
    assert ANOTHER.encode() in told.content
    path.write_text(before + ANOTHER + ANOTHER + after)  # of two, none is known to be ada
    told = fill(path, RESULTS, ROLLED, ("T",))
    assert told.left == ["ada: stands in the file twice"] * 2


def test_gradescopes_tests_add_up_to_the_score():
    late = GradeResult("ada", "t", "graded", 3.0, (result("ada").questions), late_penalty=0.5)
    data = as_gradescope(late)
    assert sum(test["score"] for test in data["tests"]) == data["score"] == 2.0
    assert "follows from double" in data["tests"][0]["output"]


@pytest.mark.parametrize("name", FILES)
def test_a_roll_is_taken_from_every_platforms_table(term, name):
    with term.course.gradebook() as gradebook:
        for student in ROLL:
            gradebook.remove_student(student)
    path = term.tmp / "grades.csv"
    path.write_bytes(FILES[name])
    assert "nothing was taken" in term.run("roster", path).out
    done = term.run("roster", path, "--yes")
    with term.course.gradebook() as gradebook:
        there = {s.id: (s.first_name, s.last_name) for s in gradebook.students}
    assert ("Ada", "Lovelace") in there.values()
    if "Moodle" not in name:  # whose people log in with what the worksheet does not say
        assert {"ada", "noether", "eve", "obrien"} <= there.keys()
    else:
        assert done.status == 4  # eve has no mail: said, and nobody is made up
        assert {"ada@x.org", "e@x.org", "m@x.org"} == there.keys()
