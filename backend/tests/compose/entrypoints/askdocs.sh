#!/bin/sh
# The command that the image's wheel installs.
exec "$PYTHON" -c 'from askdocs.cli import main; main()' "$@"
