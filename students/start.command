#!/bin/sh
# Double-click: makes the environment the first time, and opens the start page.
cd "$(dirname "$0")" || exit 1
exec python3 start.py "$@"
