"""Who is not let in, and with what words: without a certificate, with another's, in plain text."""

import socket
import ssl

import pytest

from autograder import cli

pytestmark = pytest.mark.slow


@pytest.fixture
def grade(make_class, capsys):
    """Exit status and words of `autograder grade` with some options."""
    course = make_class("refused", number=1)

    def run(*options):
        status = cli.main(["grade", "tiny", "--course", str(course.root), *options])
        assert not (course.reports / "tiny" / "student000.json").exists()
        return status, capsys.readouterr().err

    return run


def test_a_cluster_without_encryption_is_refused(grade):
    status, said = grade("--dask=tcp://127.0.0.1:1")
    assert status == 2
    assert "tcp://127.0.0.1:1 is not encrypted" in said
    status, said = grade("--dask=127.0.0.1:1")
    assert status == 2
    assert "write tls://HOST:PORT" in said


def test_without_certificates_the_files_are_asked_for(grade, tmp_path):
    status, said = grade("--dask=tls://127.0.0.1:1")
    assert status == 2
    assert "--tls-ca, --tls-cert and --tls-key" in said
    status, said = grade("--dask=tls://127.0.0.1:1", f"--tls-ca={tmp_path / 'none'}")
    assert status == 2
    assert f"there is no file {tmp_path / 'none'}" in said


def test_options_that_miss_the_cluster_are_said(grade):
    assert "name it by --dask" in grade("--insecure")[1]
    assert "--workers is for this machine" in grade("--dask=tls://x:1", "--workers=2")[1]


def test_a_scheduler_that_is_not_there_is_named(cluster, grade, monkeypatch):
    monkeypatch.setattr("autograder.cluster.connection.SECONDS", 1)
    _, *files = cluster.options
    status, said = grade("--dask=tls://127.0.0.1:1", *files)
    assert status == 2
    assert "the scheduler at tls://127.0.0.1:1 cannot be reached" in said


def test_a_certificate_of_another_authority_opens_nothing(cluster, grade, tmp_path, monkeypatch):
    from tests.autograder.cluster.running import AUTHORITY, subprocess

    monkeypatch.setattr("autograder.cluster.connection.SECONDS", 3)
    subprocess.run([AUTHORITY, tmp_path / "other", "home"], check=True)
    ours, other = cluster.certificates, tmp_path / "other"
    files = [f"--tls-cert={other / 'home.pem'}", f"--tls-key={other / 'home.key'}"]
    status, said = grade(f"--dask={cluster.url}", f"--tls-ca={ours / 'ca.pem'}", *files)
    assert status == 2
    assert "cannot be reached" in said


def test_the_scheduler_talks_to_nobody_without_a_certificate(cluster):
    context = ssl.create_default_context(cafile=str(cluster.certificates / "ca.pem"))
    context.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", cluster.port), 10) as raw,
        pytest.raises(ssl.SSLError, match=r"CERTIFICATE_REQUIRED|certificate required"),
        context.wrap_socket(raw) as encrypted,
    ):
        encrypted.recv(1)


def test_a_scheduler_that_was_not_started_for_grading_is_refused(cluster, grade, monkeypatch):
    wanted = {"distributed.scheduler.allowed-failures": 1}
    monkeypatch.setattr("autograder.cluster.connection.SETTINGS", wanted)
    status, said = grade(*cluster.options)
    assert status == 2
    assert "allowed-failures is 0, not 1" in said


def test_a_certificate_from_dasks_own_configuration_is_taken(cluster, monkeypatch):
    import dask

    from autograder.cluster.connection import Address, connect

    files = {"ca-file": "ca.pem", "client.cert": "home.pem", "client.key": "home.key"}
    there = {f"distributed.comm.tls.{k}": str(cluster.certificates / v) for k, v in files.items()}
    with dask.config.set(there), connect(Address(cluster.url)) as client:
        assert client.scheduler_info()["address"] == cluster.url


def test_without_dask_it_is_said_how_to_have_it(grade, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    for name in ("connection", "farm", "machines", "plugin"):
        monkeypatch.delitem(__import__("sys").modules, f"autograder.cluster.{name}", raising=False)
    status, said = grade("--dask=tls://127.0.0.1:1")
    assert status == 2
    assert "pip install --requirement requirements-dask.txt" in said
