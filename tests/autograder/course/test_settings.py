"""Whatever is mistyped in assignment.toml is named there, with what to write instead."""

from datetime import UTC, datetime

import pytest

from autograder.course.assignment import AssignmentError, read_assignment
from tests.autograder.course.small import SETTINGS, said, write

# What stands in assignment.toml: what is said of it.
IN_SETTINGS = {
    'package = ["numpy"]': "package is not a setting; do you mean 'packages'?",
    "cell_secnds = 3": "cell_secnds is not a setting; 'cell_seconds' belongs below a line [limits]",
    "speed = 3": "speed is not a setting; known are title, timezone, packages",
    'packages = "numpy"': "packages is 'numpy': write a list of texts",
    "packages = [1]": "packages is [1]: write a list of texts",
    'packages = ["nump"]': "nump is not installed: write 'numpy' in `packages`",
    'packages = ["scikit-image"]': "scikit-image is not installed: write 'skimage' in `packages`",
    'packages = ["no.such"]': "no.such is not installed",
    'grader_packages = ["no_such_thing_here"]': "is not installed: correct its name in `grader_pa",
    "title = 3": "title is 3: write a text in quotes",
    'title = ""': "title is '': write a text in quotes",
    "title = ": "Invalid value",
    "limits = 3": "limits is 3: write a table: [limits]",
    '[limits]\ncell_seconds = "2"': "[limits]: cell_seconds is '2': write a number above 0",
    "[limits]\ncell_seconds = 90": "cell_seconds is 90, and all cells together have 60: write t",
    "[limits]\ncell_seconds = -2": "cell_seconds is -2: write a number above 0",
    "[limits]\ntotal_seconds = 0": "total_seconds is 0: write a number above 0",
    "[limits]\ncell_seconds = inf": "cell_seconds is inf: write a number above 0",
    "[limits]\nmemory_mb = true": "memory_mb is true: write a whole number above 0",
    "[limits]\nmemory_mb = 0.5": "memory_mb is 0.5: write a whole number above 0",
    "[limits]\ncell_second = 2": "cell_second is not a setting; do you mean 'cell_seconds'?",
    '[limits]\nshared = ["t"]': "shared is not a setting; it belongs to the top of the file",
    "[limit]\ncell_seconds = 2": "limit is not a setting; do you mean 'limits'?",
    '[rules]\nforbid = ["for"]': "rules is a table: write a list of tables",
    '[[rules]]\nforbid = "for"': "rule 1: forbid is 'for': write a list of texts",
    '[[rules]]\nforbid = ["for"]\ncells = ["q11"]': "there is no cell q11, named in cells: do y",
    '[[rules]]\nforbid = ["for"]\nfails = ["q1"]': "q1, named in fails, is no cell that gives po",
    '[[rules]]\nforbid = ["for"]\ncells = ["q1_test"]': "q1_test, named in cells, is no cell that",
    '[[rules]]\nmessage = "no"': "rule 1 forbids nothing",
    "duedate = 2026-10-16": "duedate is a date, without a time of day: write it as duedate = 2026",
    "duedate = 2026-10-16T23:59:00": "no time zone: add the offset, as in duedate = 2026-10-16T2",
    'duedate = "2026-10-16T23:59:00+02:00"': "write day, time and offset without quotes",
    "duedate = 23:59:00": "write day, time and offset without quotes",
    "duedate = 2026-10-16T23:59+02:00": "a date is written as duedate = 2026-10-16T23:59:00",
    "release_feedback = 2026-10-20": "release_feedback is a date, without a time of day: write it",
    'release_feedback = "yes"': "release_feedback is 'yes': write day, time and offset without q",
    "duedate = 16.10.2026": "a date is written as duedate = 2026-10-16T23:59:00+02:00",
    'duedate = 2026-10-16T23:59:00\ntimezone = "Berlin"': "'Berlin' is no time zone: write one as",
    'duedate = 2026-03-29T02:30:00\ntimezone = "Europe/Berlin"': "there is no 02:30 on 2026-03-29",
    'timezone = "../../etc/passwd"': "is no time zone",
    "timezone = 2": "timezone is 2: write a text in quotes",
    'files = ["dta.csv"]': "there is no file 'dta.csv', named in files: do you mean 'data.csv'?",
    'files = ["more"]': "there is no file 'more', named in files: for the files in that folder wr",
    'files = ["../t/data.csv"]': "'../t/data.csv', in files, leads out of the folder",
    'files = ["solution.csv"]': "solution.csv, in files, is never rel",
    'files = ["mistakes.py~"]': "mistakes.py~, in files, is never released",
    'files = ["mistakes_more.py"]': "mistakes_more.py, in files, is never released",
    'files = ["*.csv"]\ngrader_files = ["data.csv"]': "data.csv stands in files and in grader_fi",
    'grader_files = ["unsen.csv"]': "there is no file 'unsen.csv', named in grader_files",
}
FILES = ("data.csv", "more/a.csv", "solution.csv", "mistakes.py~", "mistakes_more.py")


@pytest.mark.parametrize("line", IN_SETTINGS)
def test_a_mistyped_setting_is_named_with_what_to_write(tmp_path, line):
    settings = line if line.startswith("packages") else f"{SETTINGS}{line}\n"
    told = said(tmp_path, settings=settings, files=FILES)
    assert "t/assignment.toml" in told
    assert IN_SETTINGS[line] in told
    assert "unconfined" not in told


def test_settings_that_cannot_be_read_are_the_one_complaint(tmp_path):
    told = said(tmp_path, settings=f'{SETTINGS}grader_files = ["unseen.csv"]\nx = = 1', files=FILES)
    assert len(told.splitlines()) == 1
    assert "cannot be read: Invalid value" in told


@pytest.mark.parametrize(
    ("lines", "utc"),
    [
        ("duedate = 2026-10-16T23:59:00+02:00", (16, 21, 59)),
        ("duedate = 2026-10-16 23:59:00Z", (16, 23, 59)),
        ('duedate = 2026-10-16T23:59:00\ntimezone = "Europe/Berlin"', (16, 21, 59)),
        ('duedate = 2026-10-16T23:59:00-08:00\ntimezone = "Europe/Berlin"', (17, 7, 59)),
        # Clocks are put back: of the two moments it is the later one.
        ('duedate = 2026-10-25T02:30:00\ntimezone = "Europe/Berlin"', (25, 1, 30)),
    ],
)
def test_a_due_date_is_that_moment_in_utc(tmp_path, lines, utc):
    due = read_assignment(write(tmp_path / "t", settings=f"{SETTINGS}{lines}\n")).duedate
    assert due == datetime(2026, 10, *utc, tzinfo=UTC)
    assert due.utcoffset().total_seconds() == 0


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    folder = write(tmp_path / "t")
    (folder / "assignment.toml").unlink()
    (folder / "assignment.toml").mkdir()
    with pytest.raises(AssignmentError, match="cannot be read: Is a directory: put a file there"):
        read_assignment(folder)
