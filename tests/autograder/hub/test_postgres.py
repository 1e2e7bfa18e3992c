"""A gradebook in PostgreSQL: watched, backed up and restored, where a server is at hand."""

import shutil

import pytest

from autograder.authoring.build import release
from tests.autograder import postgres
from tests.autograder.hub.conftest import ME, Term
from tests.autograder.hub.test_backup import run

try:
    import psycopg
except ImportError:
    psycopg = None

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        postgres.PROGRAMS is None or psycopg is None or not shutil.which("pg_dump"),
        reason="no PostgreSQL here (Debian: postgresql), or no psycopg (requirements-hub.txt)",
    ),
]


@pytest.fixture(scope="module")
def databases():
    """A function that makes a database."""
    with postgres.server() as make:
        yield make


def rows(address):
    """Every row of every table."""
    with psycopg.connect(address.replace("+psycopg", "")) as opened:
        tables = opened.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        return {
            name: sorted(opened.execute(f'TABLE "{name}"').fetchall(), key=repr)
            for [name] in tables
        }


def test_a_gradebook_in_postgresql_is_watched_backed_up_and_restored(databases, released, tmp_path):
    term, address = Term(released, tmp_path), databases("gradebook")
    (term.course.root / "gradebook.db").unlink()
    term.configure(f"c.CourseDirectory.db_url = {address!r}")
    for name in ("t", "read"):
        release(term.course, term.course.assignment(name))
    term.set("read", due=-1)
    term.hand_in("read")
    assert term.watch().failed == []
    with term.course.gradebook() as gradebook:
        grade = gradebook.find_grade("why", "read", "read", ME)
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    assert term.watch().failed == []
    assert len(term.pages()) == 1
    where = [f"--course={term.course.root}", f"--gradebook={address}"]
    made = run("backup", "--into", tmp_path / "backups", *where).strip()
    plain = databases("restored").replace("+psycopg", "")
    run("restore", made, "--into", tmp_path / "back", f"--gradebook={plain}")
    there = rows(address)
    assert there["grade"]
    assert rows(plain) == there
