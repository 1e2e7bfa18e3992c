"""A cluster that grades, of jobs on Slurm: `python deploy/dask/slurm.py --help`.

Run where `sbatch` is, in the environment that the machines have, too; docs/cluster.md says what
else. The scheduler runs in this process, each job is one worker on one machine. Ctrl+C ends all.
"""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path

SETTINGS = Path(__file__).parent / "grading.yaml"
os.environ["DASK_CONFIG"] = str(SETTINGS)  # before Dask is imported, which reads it

from dask_jobqueue import SLURMCluster  # noqa: E402
from distributed import Security  # noqa: E402

PAGES = ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]


def parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description="Start a cluster that grades, on Slurm.")
    asked.add_argument("--certificates", type=Path, required=True, help="what `certificates` wrote")
    asked.add_argument("--jobs", type=int, default=2, help="machines (default: 2)")
    asked.add_argument("--cores", type=int, default=8, help="of each, and submissions at a time")
    asked.add_argument("--memory", default="16GB", help="of each: 2 GB for a core (default: 16GB)")
    asked.add_argument("--walltime", default="02:00:00", help="of each job (default: 02:00:00)")
    asked.add_argument("--queue", help="Slurm's partition")
    asked.add_argument("--account", help="Slurm's account")
    asked.add_argument("--port", type=int, default=8786, help="the scheduler's (default: 8786)")
    return asked


def cluster(options: argparse.Namespace) -> SLURMCluster:
    """The cluster, with its scheduler running and without a job."""
    folder = options.certificates.resolve()
    files = {
        f"tls_{role}_{part}": str(folder / f"{role}.{ending}")
        for role in ("scheduler", "worker")
        for part, ending in (("cert", "pem"), ("key", "key"))
    }
    # This process speaks to its own scheduler as home does.
    mine = {"tls_client_cert": str(folder / "home.pem"), "tls_client_key": str(folder / "home.key")}
    return SLURMCluster(
        cores=options.cores,
        memory=options.memory,
        processes=1,
        walltime=options.walltime,
        queue=options.queue,
        account=options.account,
        job_name="grading",
        security=Security(
            require_encryption=True, tls_ca_file=str(folder / "ca.pem"), **files, **mine
        ),
        protocol="tls://",
        scheduler_options={"port": options.port, "dashboard_address": "127.0.0.1:0"},
        job_script_prologue=[f"export DASK_CONFIG={SETTINGS}", "export OMP_NUM_THREADS=1"],
        worker_extra_args=[*PAGES, "--memory-limit", "0"],
    )


def main() -> None:
    options = parser().parse_args()
    with cluster(options) as running:
        running.scale(jobs=options.jobs)
        print(
            f"{options.jobs} jobs are submitted; grade with\n"
            f"  autograder grade NAME --dask {running.scheduler_address} "
            f"--tls-ca {options.certificates}/ca.pem --tls-cert {options.certificates}/home.pem "
            f"--tls-key {options.certificates}/home.key\nCtrl+C ends the cluster and its jobs",
            flush=True,
        )
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("ending")


if __name__ == "__main__":
    main()
