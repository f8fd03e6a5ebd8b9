"""In a process of its own: what ends Python there (os._exit, a crash) doesn't end the check"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from autograder.handed_out.selfcheck.cells import UnreadableError, find_notebook, read_cells
from autograder.handed_out.selfcheck.files import notes_on_files
from autograder.handed_out.selfcheck.notebook import QUESTIONS
from autograder.handed_out.selfcheck.questions import Result
from autograder.handed_out.selfcheck.report import report, silence
from autograder.handed_out.selfcheck.running import Found, run_cells
from autograder.handed_out.selfcheck.start import CELL_SECONDS, CHECK_SECONDS
from autograder.handed_out.selfcheck.telling import passes, terminal_width

CHILD = "--in-child"  # for this file's own use


class UnfinishedError(Exception):
    """The notebook ended the process that ran it; the message says where."""


def run_apart(path: Path, cells: int) -> Found:
    """Run the notebook in another Python; return the results and notes it found."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, str(Path(__file__).resolve()), CHILD, str(path), str(report)]
        limit = CELL_SECONDS * cells + CHECK_SECONDS * len(QUESTIONS) + 60
        try:
            no = subprocess.DEVNULL
            done = subprocess.run(command, timeout=limit, check=False, stdin=no, stdout=no, stderr=no)
            end = f"exit status {done.returncode}"
        except subprocess.TimeoutExpired:
            end = f"no end within {limit:g} s"
        found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    if "results" not in found:
        raise UnfinishedError(f"{found.get('at', 'the start')} ended Python itself ({end})")
    return Found([Result(**result) for result in found["results"]], found["notes"])


def run_as_child(path: Path, report: Path) -> None:
    """Run the notebook here; write to the report where it is, and what was found once all is done."""

    def write(**found: Any) -> None:
        fresh = report.with_suffix(".new")
        fresh.write_text(json.dumps(found), encoding="utf-8")
        fresh.replace(report)  # all of it or nothing, however this process ends

    os.environ["MPLBACKEND"] = "Agg"  # no windows
    os.environ.pop("NBGRADER_EXECUTION", None)  # a check in a cell has nobody to tell
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    sys.modules["selfcheck"] = sys.modules[__name__]
    with silence():
        found = run_cells(read_cells(path), lambda where: write(at=where))
    notes = [*notes_on_files(path.parent, found.notes), *found.notes]
    write(results=[vars(result) for result in found.results], notes=notes)


def main(arguments: list[str]) -> int:
    """Check a notebook, print what was found; return the exit status."""
    out = sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")  # a console that can't show a character shows "?"
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    try:
        path = find_notebook(arguments[0] if arguments else None).resolve()
        cells = read_cells(path)
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Checking {path.name} ...", flush=True)
    try:
        found = run_apart(path, len(cells))
    except UnfinishedError as error:
        print(f"The check could not be finished: {error}.")
        print("Look there for os._exit, for a crash in compiled code, or for too much memory, and check again.")
        return 1
    print(f"\n{report(found, cells, terminal_width(100))}")
    return 0 if all(passes(result) for result in found.results) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        run_as_child(Path(sys.argv[2]), Path(sys.argv[3]))
        os._exit(0)  # without waiting for a cell that never ends
    sys.exit(main(sys.argv[1:]))
