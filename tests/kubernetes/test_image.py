"""The image: what is in the folder in which it is built; and its steps, carried out in a Debian
that has nothing yet (`make test-kubernetes`: minutes, as root)."""

import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from nbformat import reader

from autograder.authoring import dist
from autograder.course.course import Course
from tests.conftest import ROOT
from tests.kubernetes.pods import KUBERNETES, SHELL, needs_root

HIDDEN = "### BEGIN HIDDEN TESTS"
CONTAINERFILE = (KUBERNETES / "Containerfile").read_text()
# How this machine reaches packages, where it does so otherwise than any other would.
HOSTS = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/xdg/pip")
HOSTS += ("etc/apt/sources.list.d", "etc/apt/apt.conf.d", "usr/share/keyrings")
SHOWN = ("/proc", "/dev", "/sys")


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """The folder in which the image is built, as `make image` writes it."""
    into, course = tmp_path_factory.mktemp("image"), Course(ROOT)
    _, students = dist.assemble(course, course.assignments, into / "made", date(2026, 11, 26))
    made = into / "context"
    subprocess.run([KUBERNETES / "context", made, students], check=True, env=os.environ)
    return made


def hidden():
    """Assertions of hidden tests, long enough to be nothing else's. (What a solution computes, the
    lectures teach, in the same words sometimes.)"""
    released = "".join(sources(ROOT / "assignments"))
    for source in sources(ROOT / "solutions"):
        for part in source.split(HIDDEN)[1:]:
            for line in map(str.strip, part.partition("### END")[0].splitlines()):
                if "assert" in line and len(line) > 40 and line not in released:
                    yield line


def sources(folder):
    for path in folder.rglob("*.ipynb"):
        yield from (cell.source for cell in reader.read(path.open()).cells)


def contents(folder):
    """The text of every file, those of the repository and of the wheel too."""
    subprocess.run(["git", "clone", "-q", folder / "lectures.git", folder / "clone"], check=True)
    [wheel] = folder.glob("*.whl")
    shutil.unpack_archive(wheel, folder / "wheel", "zip")
    found = [path for path in folder.rglob("*") if path.is_file() and ".git/" not in f"{path}"]
    return {path.relative_to(folder): path.read_bytes() for path in found}


@pytest.mark.slow
def test_nothing_of_the_instructors_is_in_the_image(context):
    found = contents(context)
    assert not [path for path in found if {"solutions", "tests"} & set(path.parts)]
    assert not [path for path in found if path.name == "assignment.toml"]
    everything = b"\n".join(found.values())
    lines = set(hidden())
    assert len(lines) > 100
    in_json = {line.replace("\\", "\\\\").replace('"', '\\"') for line in lines}
    assert [line for line in lines | in_json if line.encode() in everything] == []


@pytest.mark.slow
def test_a_persons_server_starts_as_it_does_on_one_server(context):
    server = KUBERNETES.parent / "server" / "etc"
    assert (context / "start-server").read_bytes() == (server / "start-server").read_bytes()
    switched = json.loads((context / "etc/student/jupyter_server_config.json").read_bytes())
    assert switched["ServerApp"]["jpserver_extensions"]["autograder.hub.formgrading"] is False


def test_the_image_runs_its_steps_and_becomes_nobody_special():
    """What the test of the steps carries out is what the image is made by."""
    lines = CONTAINERFILE.splitlines()
    [step] = [line for line in lines if line.startswith("RUN ")]
    assert step == "RUN cd /build && ./build-steps.sh && rm -rf /build"
    assert [line for line in lines if line.startswith("FROM ")] == [
        "FROM docker.io/library/debian:12-slim"
    ]
    assert "USER 1000" in lines


def test_the_image_speaks_the_version_of_the_charts_hub():
    pinned = (KUBERNETES / "requirements.txt").read_text()
    assert re.search(r"^jupyterhub==5\.5\.", pinned, re.MULTILINE)


@pytest.fixture(scope="module")
def root(context, tmp_path_factory):
    """A Debian 12 with nothing but its base, in which the steps have been carried out."""
    if not os.environ.get("COURSE_IMAGE"):
        pytest.skip("takes minutes: make test-kubernetes")
    if not shutil.which("debootstrap"):
        pytest.skip("debootstrap is missing: apt-get install debootstrap")
    root = tmp_path_factory.mktemp("debian") / "root"
    where = ["apt-get", "indextargets", "--format=$(REPO_URI)", "Codename: bookworm"]
    mirror = subprocess.run(where, capture_output=True, text=True).stdout.split()[:1]
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root, *mirror], check=True)
    for name in HOSTS:
        if Path("/", name).is_dir():
            shutil.copytree(Path("/", name), root / name, dirs_exist_ok=True)
        elif Path("/", name).exists():
            shutil.copy(Path("/", name), root / name)
    shutil.copytree(context, root / "build", ignore=shutil.ignore_patterns("clone", "wheel"))
    [steps] = re.findall(r"^RUN (.+)$", CONTAINERFILE, re.MULTILINE)
    done = inside(root, 0, steps)
    assert done.returncode == 0, done.stderr[-3000:]
    return root


def inside(root, uid, command, **environment):
    """A shell's command in that root; the Containerfile's variables are set behind its steps."""
    [text] = re.findall(r"^ENV (.+)$", CONTAINERFILE, re.MULTILINE)
    declared = dict(part.split("=", 1) for part in text.split())
    variables = (declared if uid else {"PATH": os.defpath + ":/usr/sbin:/sbin"}) | environment
    variables |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    seen = [*SHOWN, *filter(os.path.isdir, os.environ.get("PIP_FIND_LINKS", "").split())]
    mounts = "".join(f"mkdir -p '{root}{p}'; mount --rbind '{p}' '{root}{p}';" for p in seen)
    if os.path.exists(own := os.environ.get("PIP_CERT", "")):
        shutil.copy(own, root / "cert.pem")
        variables["PIP_CERT"] = "/cert.pem"
    become = f"setpriv --reuid={uid} --regid={uid} --clear-groups"
    if uid:
        become += " --no-new-privs --bounding-set=-all"
    script = f"{mounts} exec {shutil.which('chroot')} '{root}' {become} sh -c \"$1\""
    return subprocess.run(
        [*SHELL, script, "sh", command],
        env=variables,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@needs_root
def test_in_the_image_submissions_can_be_confined(root):
    done = inside(root, 1000, "autograder doctor")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@needs_root
def test_in_the_image_a_person_gets_the_lectures_and_the_hubs_server(root):
    start = "/opt/course/start-server --version; ls ~/cnn-course"
    done = inside(root, 1000, start, JUPYTERHUB_USER="ada")
    assert re.search(r"^5\.5\.", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert "lectures" in done.stdout.split()
    assert "not brought up to date" not in done.stderr


@pytest.mark.slow
@needs_root
def test_in_the_image_an_account_is_called_as_nbgrader_expects(root):
    ask = "python -c 'from nbgrader.utils import get_username; print(get_username())'"
    assert inside(root, 1000, ask, JUPYTERHUB_USER="ada").stdout == "ada\n"
