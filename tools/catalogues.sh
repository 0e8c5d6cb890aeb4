#!/bin/sh
# Take the words of the interface from code, templates and the safeguard policy into translations/<language>/LC_MESSAGES/messages.po.
# New texts are added empty, texts that are gone leave, nothing is guessed: a person translates what is empty.
# Usage: catalogues.sh PYBABEL [--check]   (with --check nothing is written; fails when something would change)
set -eu
pybabel=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
template=$work/messages.pot
catalogues=translations
if [ "${2:-}" = --check ]; then
    cp -R translations "$work"  # Babel writes a file beside each that it checks
    catalogues=$work/translations
fi
PYTHONPATH=. "$pybabel" --quiet extract --mapping-file pyproject.toml --omit-header --no-location --sort-output --no-wrap \
    --keyword sentence --keyword Denied --keyword NotFound --keyword Conflict --keyword Refused:2 \
    --keyword said --keyword counted:1,2 --output-file "$template" consult safeguards
for catalogue in "$catalogues"/*/LC_MESSAGES/messages.po; do
    language=${catalogue#"$catalogues"/}
    "$pybabel" --quiet update --input-file "$template" --output-file "$catalogue" --locale "${language%%/*}" \
        --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap ${2:-}
done
