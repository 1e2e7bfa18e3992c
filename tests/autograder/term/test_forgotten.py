"""Whoever is forgotten stands in none of a class's tables any more, and the others still do."""

from tests.autograder.term.conftest import work


def test_a_person_who_is_forgotten_is_in_no_table(term):
    (term.root / "people.csv").write_text("student,section,group\nobrien,A,one\neve,B,one\n")
    source = term.zipped({"obrien/t.ipynb": work(), "eve/t.ipynb": work()})
    term.run("import", "t", source, "--yes")
    for student in ("obrien", "eve"):
        term.run("extend", "t", "--student", student, "--by", "1 day", "--yes")
    assert term.run("grade", "t", "--unconfined").status == 0
    term.run("share", "t", "--markers", "ana", "--blind")
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
    for name in ("people.csv", "dates.json", "reports/t/appeals.json", "reports/t/share.json"):
        assert "eve" in (term.root / name).read_text(), name
