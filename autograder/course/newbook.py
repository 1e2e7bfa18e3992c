"""A new gradebook as nbgrader makes it, without the program that it starts for that.

nbgrader numbers the version of a new gradebook by running `alembic`, which takes longer than
grading a submission; alembic's own library reads the same number.
"""

from __future__ import annotations

from nbgrader.api import Base
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import create_engine, inspect, text


def prepare(address: str) -> None:
    """Make the tables of a gradebook that has none yet, and number their version."""
    engine = create_engine(address)
    try:
        if inspect(engine).get_table_names():
            return
        from alembic.script import ScriptDirectory  # takes as long as all the rest

        Base.metadata.create_all(engine)
        version = ScriptDirectory(ALEMBIC_DIR).get_current_head()
        with engine.begin() as connection:
            connection.execute(
                text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            )
            connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": version})
    finally:
        engine.dispose()
