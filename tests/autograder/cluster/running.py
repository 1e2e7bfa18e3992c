"""A Dask cluster on this machine, as docs/cluster.md starts one: each part a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distributed import Client, Security

from tests.conftest import ROOT

SETTINGS = ROOT / "deploy" / "dask" / "grading.yaml"
AUTHORITY = ROOT / "deploy" / "dask" / "certificates"
SECONDS = 120  # until whatever is waited for is there: this machine may be busy


def until(there: Callable[[], Any]) -> Any:
    """What is waited for, as soon as it is there."""
    end = time.monotonic() + SECONDS
    while not (found := there()):
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)
    return found


class Cluster:
    """A scheduler and its workers; `folder` has the certificates and what they write."""

    def __init__(self, folder: Path):
        self.folder, self.certificates = folder, folder / "certificates"
        subprocess.run([AUTHORITY, self.certificates, "home", "scheduler", "worker"], check=True)
        self.running: list[subprocess.Popen[bytes]] = []
        self.start("scheduler", "scheduler", "--port=0", f"--scheduler-file={folder / 'where'}")
        self.url = json.loads(until(self._where))["address"]
        self.port = int(self.url.rpartition(":")[2])

    def _where(self) -> str:
        path = self.folder / "where"
        return path.read_text() if path.exists() else ""

    def start(
        self, role: str, name: str, *options: str, **environment: str
    ) -> subprocess.Popen[bytes]:
        files = [f"--tls-{part}={path}" for part, path in self._files(role).items()]
        pages = ["--no-dashboard", "--dashboard-address=127.0.0.1:0"]
        command = [sys.executable, "-m", "dask", role, "--host=127.0.0.1", "--protocol=tls"]
        threads = {"DASK_CONFIG": str(SETTINGS), "OMP_NUM_THREADS": "1"}
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [*command, *files, *pages, *options],
                env=os.environ | threads | environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def _files(self, role: str) -> dict[str, Path]:
        there = self.certificates
        return {
            "ca-file": there / "ca.pem",
            "cert": there / f"{role}.pem",
            "key": there / f"{role}.key",
        }

    def worker(self, name: str, **environment: str) -> subprocess.Popen[bytes]:
        """A worker of one thread, which stays away when it is killed."""
        options = ["--no-nanny", "--nthreads=1", "--memory-limit=0", f"--name={name}"]
        return self.start("worker", name, self.url, *options, **environment)

    @property
    def options(self) -> list[str]:
        """Those of `autograder grade`."""
        there = self.certificates
        files = {"ca": there / "ca.pem", "cert": there / "home.pem", "key": there / "home.key"}
        return [f"--dask={self.url}", *(f"--tls-{part}={path}" for part, path in files.items())]

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Somebody else of the cluster, who looks on."""
        ca, cert, key = map(str, self._files("worker").values())
        security = Security(
            require_encryption=True, tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key
        )
        with Client(self.url, security=security, set_as_default=False) as client:
            yield client

    def end(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGKILL)
            process.wait()
