"""``python -m tools.mutants``: puts faults into copies of the tree, runs the tests, prints what they don't notice."""

from __future__ import annotations

import argparse
import os
import queue
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tools.mutants.faults import Fault, sample
from tools.mutants.trees import AREAS, RedWithoutFaultError, Seen, Tree, area_of, nearest

ROOT = Path(__file__).parents[2]
MAY_STAY = 0.05  # of the faults
ATTEMPTS = 2  # at tests without a fault: some have time limits, and the machine may be busy


class Run:
    """Tries faults in several trees side by side."""

    def __init__(self, trees: Sequence[Tree], minutes: float, quick: bool) -> None:
        self._trees: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        for tree in trees:
            self._trees.put(tree)
        self._pool = ThreadPoolExecutor(len(trees))
        self._end = time.monotonic() + 60 * minutes
        self._quick = quick
        self._limits: dict[str, float] = {}  # by area, in seconds

    def check(self, faults: Sequence[Fault]) -> None:
        """Run the tests of all areas without a fault. Raises RedWithoutFaultError."""
        asked: dict[str, list[str]] = {}
        for fault in faults:
            area = area_of(fault.path)
            asked[area] = [*asked.get(area, []), *self._near(fault)] if self._quick else list(AREAS[area])
        for done in [self._pool.submit(self._check, area, sorted(set(tests))) for area, tests in asked.items()]:
            done.result()

    def _check(self, area: str, tests: Sequence[str]) -> None:
        if not tests:
            return
        tree = self._trees.get()
        try:
            for _ in range(ATTEMPTS):
                began = time.monotonic()
                seen, output = tree.test(tests, 3600)
                if seen is Seen.LEFT:
                    break
        finally:
            self._trees.put(tree)
        if seen is not Seen.LEFT:
            raise RedWithoutFaultError(f"the tests of {area} fail without any fault:\n{output}")
        self._limits[area] = 60 + 3 * (time.monotonic() - began)
        print(f"{area}: {time.monotonic() - began:.0f} s of tests", flush=True)

    def results(self, faults: Sequence[Fault]) -> dict[Fault, Seen]:
        """Try the faults until the time is up; those not tried are left out. Prints each as it is done."""
        found = {}
        waiting = {self._pool.submit(self._try, fault): fault for fault in faults}
        for done in as_completed(waiting):
            seen = done.result()
            if seen is not None:
                found[waiting[done]] = seen
                print(f"[{len(found)}/{len(faults)}] {seen}: {waiting[done]}", flush=True)
        return found

    def _try(self, fault: Fault) -> Seen | None:
        if time.monotonic() > self._end:
            return None
        area, near = area_of(fault.path), self._near(fault)
        steps = [near] if self._quick else [near, list(AREAS[area])]
        tree = self._trees.get()
        try:
            with tree.having(fault):
                for tests in filter(None, steps):
                    seen, _ = tree.test(tests, self._limits[area])
                    if seen is not Seen.LEFT:
                        return seen
        finally:
            self._trees.put(tree)
        return Seen.LEFT

    def _near(self, fault: Fault) -> list[str]:
        return nearest(ROOT, fault.path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; return 0 when at most one fault in twenty is left, 1 when more are, 2 when the tests are red without any."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--faults", type=int, default=60, metavar="N", help="how many (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="other faults for another seed (default: 0)")
    parser.add_argument("--areas", nargs="+", choices=AREAS, default=list(AREAS), metavar="AREA", help=", ".join(AREAS))
    parser.add_argument("--minutes", type=float, default=60, help="after that no more are tried (default: 60)")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="default: one per core")
    parser.add_argument(
        "--quick", action="store_true", help="run only the test files in which the module's name stands"
    )
    asked = parser.parse_args(arguments)
    faults = sample(ROOT, asked.areas, asked.faults, asked.seed)
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        trees = [Tree(ROOT, Path(folder, str(number))) for number in range(asked.workers)]
        run = Run(trees, asked.minutes, asked.quick)
        try:
            run.check(faults)
            found = run.results(faults)
        except RedWithoutFaultError as error:
            print(f"mutants: {error}", file=sys.stderr)
            return 2
    return report(found, len(faults))


def report(found: dict[Fault, Seen], wanted: int) -> int:
    """Print how many faults there were, which are left, and the exit status that follows."""
    count = Counter(found.values())
    left = [fault for fault, seen in found.items() if seen is Seen.LEFT]
    killed = len(found) - len(left)
    print(f"\n{len(found)} faults: {killed} killed ({count[Seen.TIME_OUT]} of them by the clock), {len(left)} left.")
    if len(found) < wanted:
        print(f"{wanted - len(found)} more were not tried: the time was up.")
    for fault in sorted(left, key=str):
        print(f"left: {fault}")
    return 1 if len(left) > MAY_STAY * len(found) else 0


if __name__ == "__main__":
    sys.exit(main())
