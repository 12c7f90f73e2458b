#!/usr/bin/env bash
# slim_packages.sh VENV: takes out of the installed packages what no server runs: their tests, tools for developers,
# databases that we do not speak to, the sources and types of what is compiled, the symbols of libraries.
set -euo pipefail
cd "$1"/lib/python3.*/site-packages

find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.[cha]' -o -name '*.hpp' -o -name '*.cpp' \
    -o -name '*.lib' -o -name '*.f90' -o -name '*_tests.*.so' -o -name '_simd.*.so' \) -delete
rm -rf numpy/{f2py,distutils,polynomial,random,fft} sqlalchemy/testing sqlalchemy/dialects/{mssql,mysql,oracle} alembic/testing
find pygments/lexers pygments/styles -name '*.py' ! -name __init__.py ! -name _mapping.py -delete
# Google's SDK keeps here what it has besides models; it imports it when somebody asks for it, which we never do.
rm -r google/genai/_gaos
# What pip needs to uninstall.
find . -path '*.dist-info/RECORD' -delete
# The libraries in *.libs were moved there by a tool whose work strip would undo.
find . -type f -name '*.so*' ! -path './*.libs/*' -exec strip --strip-unneeded {} +
