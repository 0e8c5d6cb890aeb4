#!/bin/sh
# Make the virtual environment FOLDER with the first Python on this machine that is new enough.
# Usage: make_venv.sh FOLDER [PYTHON]
# Some systems split Python: without ensurepip, the interpreter's own pip is asked, then the system's packages.
set -u
folder=$1
wanted=${2:-}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${wanted:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if new_enough "$name"; then echo "$name"; return; fi
    done
}

with_ensurepip() { "$python" -m venv --clear "$folder" >/dev/null 2>&1; }

with_own_pip() {
    "$python" -m venv --clear --without-pip "$folder" >/dev/null 2>&1 &&
        "$python" -m pip --python "$folder/bin/python" install --quiet --disable-pip-version-check pip >/dev/null 2>&1
}

with_system_packages() {
    if [ "$(id -u)" -eq 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else return 1; fi
    command -v apt-get >/dev/null 2>&1 || return 1
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "Installing $package, the part of Python that makes environments" >&2
    $as_root apt-get -qq update >&2 &&
        $as_root apt-get -qq -y install --no-install-recommends "$package" >/dev/null 2>&1 && with_ensurepip
}

python=$(find_python)
if [ -z "$python" ]; then
    echo "${wanted:-python3} is missing or older than Python 3.11: install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2
    exit 2
fi
echo "Making the environment in $folder with $python: a minute or two, once" >&2
if with_ensurepip || with_own_pip || with_system_packages; then exit 0; fi
rm -rf "$folder"
echo "$python can not make a virtual environment: install its venv package (Debian and Ubuntu: apt-get install python3-venv)" >&2
exit 2
