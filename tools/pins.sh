#!/bin/sh
# Write constraints.txt (for developing) and requirements.lock (for deploying, with hashes) with the newest versions that
# pyproject.toml allows. Neither file carries an index address or a path: both would tie it to one machine.
# Usage: pins.sh UV
set -eu
uv=$1
compile() {
    "$uv" pip compile --quiet --upgrade --universal --python-version 3.11 --no-config \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-package gated-consultations "$@" pyproject.toml
}
compile --all-extras --output-file constraints.txt >/dev/null
compile --generate-hashes --output-file requirements.lock >/dev/null
