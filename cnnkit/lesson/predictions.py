"""What a reader guessed before running a cell, and what it was: kept in the reader's own data
folder, and nowhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_data_path

Kept = dict[str, dict[str, dict[str, Any]]]  # lecture → name → ask, unit, guess, outcome


def path() -> Path:
    return user_data_path("cnnkit") / "predictions.json"


def kept(lecture: str) -> dict[str, dict[str, Any]]:
    """The lecture's predictions by name."""
    return _read().get(lecture, {})


def keep(lecture: str, name: str, **what: Any) -> None:
    """Write down a guess or an outcome."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path().with_suffix(".lock")):
        everything = _read()
        everything.setdefault(lecture, {}).setdefault(name, {}).update(what)
        new = path().with_suffix(".new")
        new.write_text(json.dumps(everything, indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(new, path())


def forget() -> str:
    """Remove all that has been kept; a sentence that says so."""
    found = sum(len(lecture) for lecture in _read().values())
    path().unlink(missing_ok=True)
    return f"{found} predictions forgotten." if found else "Nothing was kept."


def _read() -> Kept:
    """What is kept; a file that is not what this module wrote is nothing."""
    try:
        found = json.loads(path().read_text(encoding="utf-8"))
        return {
            str(lecture): {str(name): dict(what) for name, what in named.items()}
            for lecture, named in found.items()
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
