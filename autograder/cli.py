"""The command line: ``autograder doctor | simulate | audit | calibrate | grade | store | report``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from traitlets.config import Config

from autograder.grading import lean  # noqa: F401 - before the others: what it is for
from autograder.grading.errors import GradingError
from autograder.grading.members import TWELVE, Draw, Shares
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 all is well, 1 it isn't, 2 it can't be done as asked."""
    parsed = _parser().parse_args(arguments)
    try:
        status = int(parsed.run(parsed))
        sys.stdout.flush()  # while it can still be heard that nobody is reading any more
        return status
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes at its end
        return 1
    except (FileNotFoundError, GradingError, CannotJudge) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="say what this machine can and can't isolate")
    doctor.set_defaults(run=_doctor)
    simulate = commands.add_parser("simulate", help="write the submissions of a simulated class into a course")
    _simulate_options(simulate)
    audit = commands.add_parser("audit", help="try every known right and wrong answer on the hidden tests")
    _audit_options(audit)
    calibrate = commands.add_parser("calibrate", help="measure what training reaches, and write convergence.toml")
    _calibrate_options(calibrate)
    grade = commands.add_parser("grade", help="judge the submissions and leave the gradebook alone")
    _grade_options(grade)
    store = commands.add_parser("store", help="clean up the evidence store")
    _store_options(store)
    report = commands.add_parser("report", help="print the class: points per question, and what went wrong")
    report.set_defaults(run=_report)
    for command in (simulate, audit, calibrate, grade, store, report):
        command.add_argument("assignment", help="the assignment's name, e.g. linear_mnist")
        command.add_argument(
            "--course", type=Path, default=Path(), metavar="DIR", help="the course's folder (default: .)"
        )
    return parser


def _doctor(arguments: argparse.Namespace) -> int:
    from autograder.student.capabilities import probe

    table = Table(title="What this machine can isolate", title_justify="left", show_lines=True)
    for title in ("", "what", "in plain words", "next step"):
        table.add_column(title, overflow="fold")
    found = probe()
    for capability in found:
        sign = "[green]✓[/]" if capability.ok else "[red]✗[/]"
        table.add_row(sign, capability.name, capability.sentence, "" if capability.ok else capability.next_step)
    Console().print(table)
    return 0 if all(capability.ok for capability in found) else 1


def _simulate_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_simulate)
    parser.add_argument("--students", type=int, metavar="N", help="draw N students (default: a fixed class of 12)")
    parser.add_argument("--seed", type=int, default=0, help="another class for another seed (default: 0)")
    parser.add_argument("--list", action="store_true", help="print who hands in what")
    for kind, share in vars(Shares()).items():
        parser.add_argument(f"--{kind}", type=float, default=share, metavar="SHARE", help=f"default: {share:g}")


def _simulate(arguments: argparse.Namespace) -> int:
    from autograder.grading.simulate import simulate

    shares = Shares(**{kind: getattr(arguments, kind) for kind in vars(Shares())})
    drawn = arguments.students is not None
    members = Draw(arguments.assignment, arguments.seed, shares).members(arguments.students) if drawn else TWELVE
    folders = simulate(arguments.assignment, arguments.course, members)
    if arguments.list:
        table = Table("student", "kind", "answers", "damage")
        for member in members:
            table.add_row(member.student, member.kind, ", ".join(member.answers), member.harm)
        Console().print(table)
    print(f"{len(folders)} submissions are in {arguments.course / 'submitted'}")
    return 0


def _audit_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_audit)
    parser.add_argument("--mutate", action="store_true", help="try mutants of the usual answers as well")
    parser.add_argument("--training", action="store_true", help="also train with each answer, which takes much longer")
    parser.add_argument(
        "--machines", action="store_true", help="instead: are they judged alike as on other processors? Takes long"
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these questions or answers")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="processes (default: one per core)")


def _audit(arguments: argparse.Namespace) -> int:
    from autograder.report.audit import audit
    from autograder.report.machines import audit_machines

    if arguments.machines:
        place = arguments.assignment, arguments.course
        return 0 if audit_machines(*place, arguments.only or (), arguments.workers) else 1
    config = Config(Grading={"workers": arguments.workers})
    chosen = arguments.only, arguments.mutate, arguments.training
    return 0 if audit(arguments.assignment, arguments.course, config, *chosen) else 1


def _calibrate_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_calibrate)
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="training runs of each kind (default: 20)")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="runs side by side (default: one per core)")
    parser.add_argument(
        "--rivals", type=int, default=0, metavar="N", help="runs of each wrong answer (default: as many)"
    )
    parser.add_argument("--data", choices=("MNIST", "digits"), help="measure on this data set only")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write there instead of into the assignment")


def _calibrate(arguments: argparse.Namespace) -> int:
    from autograder.report.calibration import calibrate

    if arguments.seeds < 3:
        raise GradingError("--seeds must be 3 or more: there is no spread otherwise")
    chosen = arguments.workers, arguments.to, arguments.rivals, arguments.data
    calibrate(arguments.assignment, range(arguments.seeds), *chosen)
    return 0


def _grade_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_grade)
    parser.add_argument("--student", default="*", metavar="NAME", help="only this student, or this pattern")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: c.Grading.workers)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="judge on the workers of this Dask scheduler")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="QUESTION",
        help="judge these questions alone; convergence: all that are judged by training",
    )
    parser.add_argument("--device", metavar="auto|cpu|cuda:N", help="train on it (default: c.Training.device)")
    parser.add_argument("--explain", action="store_true", help="say of each submission why it was judged, or why not")
    parser.add_argument(
        "--diff", action="store_true", help="judge nothing; print what changed between each student's last two gradings"
    )


def _grade(arguments: argparse.Namespace) -> int:
    from nbgrader.converters import NbGraderException

    from autograder.course.opened import open_course, store_of
    from autograder.grading.changes import changes
    from autograder.report.gradings import print_changes, print_explanations
    from autograder.report.summary import print_judging

    chosen = {name: getattr(arguments, name) for name in ("workers", "scheduler", "only")}
    config = Config(Grading={name: value for name, value in chosen.items() if value is not None})
    if arguments.device is not None:
        config.Training.device = arguments.device
    config.CourseDirectory.student_id = arguments.student
    course = open_course(arguments.assignment, arguments.course, config)
    if arguments.diff:
        print_changes(list(changes(store_of(course))))
        return 0
    try:
        done = course.judge_only()
    except NbGraderException:
        return 1  # the log has said why
    if arguments.explain:
        print_explanations(done)
    print_judging(done)
    return 1 if course.course_run.faults or any(one.outcome is Outcome.NOT_JUDGED for one in done) else 0


def _store_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_store)
    parser.add_argument("action", choices=("prune",), help="prune: delete the records of former gradings")
    parser.add_argument("--keep", type=int, default=1, metavar="N", help="gradings to keep of a student (default: 1)")


def _store(arguments: argparse.Namespace) -> int:
    from autograder.course.opened import open_course, store_of

    if arguments.keep < 1:
        raise FileNotFoundError("--keep must be 1 or more: the last record is what the grades were made of")
    count, size = store_of(open_course(arguments.assignment, arguments.course, Config())).prune(arguments.keep)
    print(f"{count} files deleted, {size / 2**20:.1f} MiB freed")
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from autograder.course.results import class_row
    from autograder.report.summary import print_class_table

    graded = arguments.course / "autograded"
    if not any(graded.glob(f"*/{arguments.assignment}")):
        raise FileNotFoundError(f"nothing is graded yet in {arguments.course}: run `nbgrader autograde` there first")
    places = [*graded.glob(f"*/{arguments.assignment}")]
    places += (arguments.course / "submitted").glob(f"*/{arguments.assignment}")  # one that failed has no graded copy
    students = sorted({place.parent.name for place in places})
    names = [f"{arguments.assignment}.ipynb"]
    rows = [class_row(student, graded / student / arguments.assignment, names) for student in students]
    print_class_table(rows, f"{arguments.assignment}: automatic points")
    feedback = arguments.course / "feedback"
    if feedback.is_dir():
        print(f"Feedback: {feedback.resolve()}/<student>/{arguments.assignment}/{arguments.assignment}.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
