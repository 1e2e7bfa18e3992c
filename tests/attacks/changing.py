"""A hand-in whose author goes on changing it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def changing(folder: Path, own: Callable[[Path], None] = lambda _: None) -> Iterator[None]:
    """t.ipynb is of a million a or b, and `d` a folder or a link out, in turn; `own` makes a new
    file its author's."""
    over = threading.Event()

    def change() -> None:
        letters = "ab"
        while not over.is_set():
            letters = letters[::-1]
            (folder / "next").write_text(letters[0] * 10**6)
            own(folder / "next")
            (folder / "next").rename(folder / "t.ipynb")
            if letters[0] == "a":
                shutil.rmtree(folder / "d", ignore_errors=True)
                (folder / "d").symlink_to("/etc")
            else:
                (folder / "d").unlink(missing_ok=True)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
