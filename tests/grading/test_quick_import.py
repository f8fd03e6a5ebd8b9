"""What importing our own programs does not cost."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("first", ["autograder.grading.quick_import", "autograder.cli"])
def test_nbformat_comes_without_the_parser_that_takes_seconds(first):
    code = f"import {first}, nbformat, sys; print(any('rfc3987_syntax.' in name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
