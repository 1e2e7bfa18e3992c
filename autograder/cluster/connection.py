"""The way to a Dask scheduler: encrypted, with certificates on both sides, or refused.

Dask's processes unpickle what their peers send: who is let in can run code on every machine of the
cluster, and at home. So a peer has to have a certificate of the cluster's own authority, which Dask
asks of both sides where TLS is set up.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Security
from distributed.versions import VersionMismatchWarning

from autograder.course.course import CourseError

SECONDS = 20  # for which a scheduler is tried to be reached
GUIDE = "docs/cluster.md"
# What the scheduler must have been started with (deploy/dask/grading.yaml says why).
SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.worker-saturation": 1.0,
}


@dataclass(frozen=True)
class Address:
    """Where the scheduler is, and the certificates: files in PEM, by default those of Dask's own
    configuration (`distributed.comm.tls`)."""

    url: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    insecure: bool = False

    @property
    def encrypted(self) -> bool:
        return self.url.startswith("tls://")


def connect(address: Address) -> Client:
    """A client of the scheduler, which has the settings that grading needs.

    CourseError: it does not answer, may not be talked to, or has others.
    """
    security = security_of(address)
    # What matters is said by us; what differs in versions is compared by each worker.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)
    try:
        client = Client(
            address.url, security=security, timeout=SECONDS, set_as_default=False, name="autograder"
        )
    except (OSError, ValueError, ImportError) as error:  # TimeoutError is an OSError
        raise CourseError(
            f"the scheduler at {address.url} cannot be reached: {error} (is it running there, does "
            f"it speak {address.url.partition(':')[0]}, and are certificate and scheduler of the "
            f"same authority? {GUIDE})"
        ) from None
    try:
        _look_at_settings(client)
    except BaseException:
        client.close()
        raise
    return client


def _look_at_settings(client: Client) -> None:
    other = [
        f"{name} is {found}, not {wanted}"
        for name, wanted in SETTINGS.items()
        if (found := client.run_on_scheduler(dask.config.get, name)) != wanted
    ]
    if other:
        raise CourseError(
            f"the scheduler was not started for grading ({'; '.join(other)}): start it with "
            f"DASK_CONFIG=deploy/dask/grading.yaml ({GUIDE})"
        )


def security_of(address: Address) -> Security:
    """Dask's own settings, with the files that were named. CourseError: they are not enough."""
    named: dict[str, Any] = {
        "tls_ca_file": address.ca,
        "tls_client_cert": address.certificate,
        "tls_client_key": address.key,
    }
    for path in filter(None, named.values()):
        if not path.is_file():
            raise CourseError(f"there is no file {path}, which was named as a certificate or key")
    given = {name: str(path) for name, path in named.items() if path}
    security = Security(require_encryption=not address.insecure, **given)
    if address.insecure:
        return security
    if not address.encrypted:
        raise CourseError(
            f"{address.url} is not encrypted, and whoever reaches the scheduler could run programs "
            f"here and there: start it with certificates and write tls://HOST:PORT ({GUIDE}); "
            "--insecure does without, on a network where you trust every program"
        )
    there = security.get_tls_config_for_role("client")
    if not (there["ca_file"] and there["cert"]):
        raise CourseError(
            "certificates are needed: --tls-ca, --tls-cert and --tls-key, or distributed.comm.tls "
            f"in Dask's own configuration ({GUIDE})"
        )
    return security
