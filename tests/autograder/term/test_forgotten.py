"""Whoever is forgotten stands in none of a class's tables any more, and the others still do."""

import json

from autograder.course import tables
from autograder.term.sharing import COLUMNS
from tests.autograder.term.conftest import work


def test_a_person_who_is_forgotten_is_in_no_table(term):
    (term.root / "people.csv").write_text("student,section,group\nobrien,A,one\neve,B,one\n")
    source = term.zipped({"obrien/t.ipynb": work(), "eve/t.ipynb": work()})
    term.run("import", "t", source, "--yes")
    for student in ("obrien", "eve"):
        term.run("extend", "t", "--student", student, "--by", "1 day", "--yes")
    assert term.run("grade", "t", "--unconfined").status == 0
    term.run("share", "t", "--markers", "ana,ben", "--twice", "2")
    table = term.root / "marking" / "t" / "ana" / "marks.csv"
    rows = tables.read(table, COLUMNS)
    marked = [{**row, "points": "1", "comment": "Said."} for row in rows]
    table.write_bytes(tables.written(COLUMNS, marked))
    for student in ("obrien", "eve"):
        why = ("--points", "1", "--why", "x", "--yes")
        term.run("appeal", "t", "--student", student, "--question", "why", *why)
    shown = term.run("forget", "obrien")
    assert "people.csv" in shown.out
    assert "obrien" in (term.root / "people.csv").read_text()
    done = term.run("forget", "obrien", "--yes")
    assert done.status == 0, done.out
    left = [
        p for p in term.root.rglob("*") if p.is_file() and p.suffix in (".csv", ".json", ".html")
    ]
    assert not [p for p in left if b"obrien" in p.read_bytes() and "solutions" not in p.parts]
    assert tables.read(table, COLUMNS) == [row for row in marked if row["answer"] == "eve"]
    page = table.with_name("answers.html").read_text()
    assert (page.count('<section class="answer">'), "Because." in page) == (1, True)
    for name in ("people.csv", "dates.json", "reports/t/appeals.json", "reports/t/share.json"):
        assert "eve" in (term.root / name).read_text(), name


def test_who_is_forgotten_takes_nothing_of_somebody_called_alike(term):
    """`eve` stands in `evelyn`, and in the name of her marker."""
    share = {"students": {"answer-1": "evelyn"}, "markers": {"answer-1": ["steve"]}, "marks": {}}
    reports, folder = term.course.reports / "t", term.root / "marking" / "t" / "steve"
    for path in (reports, folder):
        path.mkdir(parents=True, exist_ok=True)
    (reports / "share.json").write_text(json.dumps(share))
    (folder / "marks.csv").write_text("answer,question,points,of,comment\nanswer-1,why,1,1,\n")
    before = (folder / "marks.csv").read_bytes()
    assert term.run("forget", "eve", "--yes").status == 0
    assert (folder / "marks.csv").read_bytes() == before
