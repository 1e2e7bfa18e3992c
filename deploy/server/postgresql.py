#!/usr/bin/env python3
"""A gradebook in PostgreSQL: what backup, restore and new-term do with it; its address is the
gradebook's in nbgrader (`c.CourseDirectory.db_url`). As a program: whether $GRADEBOOK can be used.

Its password is libpq's to find: what stands in an address stands in the arguments of programs, too,
which everybody on the machine can read.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class DatabaseError(Exception):
    """Says what is wrong, and what to do."""


def plain(address: str) -> str:
    """The address as PostgreSQL's programs take it. DatabaseError: a password stands in it."""
    where = re.sub(r"^postgresql\+\w+:", "postgresql:", address)
    if re.search(r"^\w+://[^:/@?]*:[^@]*@|password\s*=", where, re.IGNORECASE):
        raise DatabaseError(
            "the gradebook's address has a password in it, which everybody on this machine could "
            "read: take it out, and write it into ~/.pgpass of the account that grades and of root "
            "(one line HOST:PORT:DATABASE:USER:PASSWORD, mode 0600)"
        )
    return where


def dump(address: str, file: Path) -> None:
    """All of it, as of one moment."""
    _call("pg_dump", "--format=custom", f"--file={file}", f"--dbname={plain(address)}")


def fill(address: str, file: Path) -> None:
    """The tables and rows of a dump, all or none."""
    how = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
    _call("pg_restore", *how, f"--dbname={plain(address)}", str(file))


def empty(address: str) -> None:
    """Remove every table and row."""
    how = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--command={EMPTY}")
    _call("psql", *how, f"--dbname={plain(address)}")


def _call(program: str, *arguments: str) -> None:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        raise DatabaseError(f"{program} is missing: install postgresql-client") from None
    if done.returncode:
        raise DatabaseError(f"{program}: {done.stderr.strip()}")


if __name__ == "__main__":
    try:
        plain(os.environ.get("GRADEBOOK", ""))
    except DatabaseError as error:
        sys.exit(f"GRADEBOOK in settings.env: {error}")
