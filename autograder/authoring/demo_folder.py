"""``python -m autograder.authoring.demo_folder FOLDER``: an empty folder for `make demo`, or why there is none.

Only what `make demo` has made before is deleted, and only while its submissions are still the simulated ones.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from autograder.authoring.simulation_marks import Places, not_simulated

MARK = Path(".autograder", "made-by-make-demo")


def refusal(folder: Path) -> str:
    """Return why a folder may not be deleted, or ""."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return f"{folder} is no folder of its own"
    if not folder.exists() or not any(folder.iterdir()):
        return ""
    if not (folder / MARK).is_file():
        return f"{folder} was not made by `make demo`"
    if found := next(not_simulated(Places.usual(folder)), ""):
        return f"{folder}/submitted/{found} was handed in, or changed, by somebody"
    return ""


def main(arguments: list[str]) -> int:
    """Make the folder empty, or delete it with ``--remove``; return the exit status."""
    folder = Path(arguments[-1])
    if reason := refusal(folder):
        print(f"{reason}: move it away, or name another folder: make demo DEMO=another", file=sys.stderr)
        return 2
    if folder.exists():
        shutil.rmtree(folder)
    if "--remove" not in arguments:
        (folder / MARK).parent.mkdir(parents=True)
        (folder / MARK).touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
