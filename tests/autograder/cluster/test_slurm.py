"""The cluster of jobs on Slurm: the job that is submitted, and, with Slurm's two commands played by
scripts that run the job here, a class graded by it."""

import itertools
import os
import re
import shlex
import signal
import subprocess
import sys

import pytest
import yaml

from tests.autograder.cluster.running import AUTHORITY, SETTINGS, until
from tests.conftest import LONG, ROOT

pytest.importorskip("dask_jobqueue", reason="Dask is not installed (requirements-dask.txt)")
pytestmark = pytest.mark.slow
PROGRAM = ROOT / "deploy" / "dask" / "slurm.py"
# Slurm's: keeps the job, runs it in the background, and says its number; ends it.
SBATCH = "#!/bin/sh\ncp $1 job\nsetsid sh job >job.log 2>&1 &\necho Submitted batch job $!\n"
SCANCEL = '#!/bin/sh\nfor job; do kill -INT -- "-$job"; done\n'
JOB = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import slurm
with slurm.cluster(slurm.parser().parse_args()) as cluster:
    print(cluster.job_script())
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    subprocess.run([AUTHORITY, folder, "home", "scheduler", "worker"], check=True)
    return folder


def test_certificates_that_cannot_be_made_say_why_and_are_made_the_next_time(tmp_path):
    (tmp_path / "ca.key").touch()  # of one that was stopped
    done = subprocess.run(
        [AUTHORITY, tmp_path, "home"], env=os.environ | {"DAYS": "many"}, capture_output=True
    )
    assert done.returncode
    assert b"many" in done.stderr
    done = subprocess.run([AUTHORITY, tmp_path, "home"], capture_output=True, check=True)
    assert not done.stderr
    made = {path.name for path in tmp_path.iterdir()} - {"ca.srl"}
    assert made == {"ca.key", "ca.pem", "home.key", "home.pem"}
    verify = ["openssl", "verify", "-CAfile", tmp_path / "ca.pem", tmp_path / "home.pem"]
    subprocess.run(verify, capture_output=True, check=True)


def test_a_job_is_one_worker_with_a_machines_cores_and_its_own_certificate(certificates):
    options = [f"--certificates={certificates}", "--cores=12", "--memory=24GB", "--port=0"]
    options += ["--queue=short", "--account=cs", "--walltime=00:40:00"]
    command = [sys.executable, "-c", JOB, str(PROGRAM.parent), *options]
    job = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    asked = dict(re.findall(r"^#SBATCH (-\w|--[\w-]+)[ =](\S+)$", job, re.M))
    assert asked["-p"] == "short"
    assert asked["-A"] == "cs"
    assert asked["-t"] == "00:40:00"
    assert asked["-n"] == "1"
    assert asked["--cpus-per-task"] == "12"
    assert asked["--mem"] == "23G"
    assert f"export DASK_CONFIG={SETTINGS}" in job.splitlines()
    [line] = [line for line in job.splitlines() if "dask_worker" in line]
    words = shlex.split(line)
    assert words[:3] == [sys.executable, "-m", "distributed.cli.dask_worker"]
    assert words[3].startswith("tls://")
    last = dict(itertools.pairwise(words))  # of an option that stands twice, Dask takes the second
    assert last["--nthreads"] == "12"
    assert last["--memory-limit"] == "0"
    assert "--no-dashboard" in words
    assert last["--tls-ca-file"] == str(certificates / "ca.pem")
    assert last["--tls-cert"] == str(certificates / "worker.pem")
    assert last["--tls-key"] == str(certificates / "worker.key")
    assert "home" not in line


def test_the_settings_are_those_that_home_asks_for():
    from autograder.cluster import connection

    told = yaml.safe_load(SETTINGS.read_text())
    for name, wanted in connection.SETTINGS.items():
        found = told
        for part in name.split("."):
            found = found[part]
        assert found == wanted, name
    assert told["distributed"]["comm"]["require-encryption"] is True


@pytest.mark.skipif(not LONG, reason="make test-long: a cluster more")
def test_a_class_is_graded_by_jobs_and_none_is_killed_when_it_ends(
    certificates, make_class, tmp_path
):
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        program = tmp_path / name
        program.write_text(text)
        program.chmod(0o755)
    course = make_class("slurm", number=4)
    options = [f"--certificates={certificates}", "--jobs=1", "--cores=2", "--port=0"]
    running = subprocess.Popen(
        [sys.executable, PROGRAM, *options],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = iter(running.stdout.readline, "")
        words = next(shlex.split(line) for line in lines if "autograder grade NAME" in line)
        grade = [sys.executable, "-m", "autograder.cli", "grade", "tiny", *words[3:]]
        done = subprocess.run(
            [*grade, f"--course={course.root}"], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait() == 0
    until(lambda: not _workers(certificates))


def _workers(certificates):
    """The workers whose certificates are these."""
    said = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout
    return [line for line in said.splitlines() if f"{certificates}/worker.key" in line]
