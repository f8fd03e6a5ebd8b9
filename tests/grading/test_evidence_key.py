"""What evidence follows from: a change there is another key, any other change is not."""

import dataclasses
import shutil
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

import autograder.assignments
from autograder.grading import evidence_key
from autograder.grading.assignment_reading import read
from autograder.grading.evidence_key import Fingerprints
from autograder.grading.judging_task import Task
from autograder.grading.settings import Grading
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.training.training_data import training_data

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / "release" / "linear_mnist" / "linear_mnist.ipynb"


def task(change=lambda node: None, files=b""):
    node = nbformat.read(RELEASE, as_version=4)
    change(node)
    return Task("ada", "linear_mnist", nbformat.writes(node), files)


def inputs(config=None, assignment=LINEAR_MNIST, **given):
    return fingerprints(config or Config(), assignment).of(task(**given))


def fingerprints(config, assignment=LINEAR_MNIST):
    return Fingerprints(assignment, read(assignment, config), config)


def cell(node, name):
    return next(cell for cell in node.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_the_same_work_has_the_same_key():
    assert inputs() == inputs()
    assert len(inputs().key) == 64


@pytest.mark.parametrize("change", [
    lambda node: cell(node, "derivation").update(source="another text"),
    lambda node: cell(node, "test_adam").update(source="# never run"),
    lambda node: node.metadata.update(author="Ada"),
    lambda node: cell(node, "adam").update(execution_count=7),
])  # fmt: skip
def test_what_is_never_judged_changes_nothing(change):
    assert inputs(change=change).key == inputs().key


@pytest.mark.parametrize("change", [
    lambda node: cell(node, "adam").update(source=cell(node, "adam").source + " "),
    lambda node: cell(node, "adam").metadata.update(tags=["skip-execution"]),
    lambda node: node.cells.insert(0, nbformat.v4.new_code_cell("1", id="mine")),
    lambda node: node.metadata.update(autograder={"unanswered": ["adam"]}),
])  # fmt: skip
def test_code_its_place_and_its_tags_count(change):
    assert inputs(change=change).differences(inputs()) == ["its code cells changed"]


def test_files_settings_and_libraries_count(monkeypatch):
    before = inputs()
    assert inputs(files=b"tar").differences(before) == ["its other files changed"]
    limits = Config(StudentProvisioner={"memory": 1024})
    assert inputs(limits).differences(before) == ["limits or sandbox changed"]
    assert inputs(Config(NotebookJudge={"examples": 3})).differences(before) == ["limits or sandbox changed"]
    assert inputs(Config(Grading={"judge": "other.judge"})).differences(before) == ["limits or sandbox changed"]
    monkeypatch.setattr(evidence_key, "_version", lambda name: "9.9" if name == "torch" else before.libraries[name])
    assert inputs().differences(before) == [f"torch {before.libraries['torch']} → 9.9"]
    monkeypatch.undo()
    monkeypatch.setattr(evidence_key, "missing_data", lambda *_: (*before.data, "Fashion"))
    assert inputs().differences(before) == ["the data sets at hand changed"]


def test_where_things_lie_and_how_many_work_does_not_count(tmp_path):
    local = Config(StudentProvisioner={"zygotes": "/x"}, Grading={"workers": 7, "store": "/y", "scheduler": "tcp://z"})
    assert inputs(local) == inputs()


@pytest.fixture
def copied(tmp_path):
    """The assignment's folder, where it can be changed."""
    return shutil.copytree(LINEAR_MNIST.folder, tmp_path / "linear_mnist", ignore=shutil.ignore_patterns("__pycache__"))


def questions_changed(copied, file, old, new):
    before = inputs(assignment=Assignment.at(copied))
    text = (copied / file).read_text()
    assert old in text
    (copied / file).write_text(text.replace(old, new, 1))
    after = inputs(assignment=Assignment.at(copied))
    return {name for name in before.tests if before.tests[name] != after.tests[name]}


def test_a_changed_hidden_test_counts_for_its_question_alone(copied):
    body = '    """grad_func has the right direction'
    assert questions_changed(copied, "test_hidden.py", body, body + ",") == {"grad_func"}
    assert questions_changed(copied, "test_hidden.py", "@pytest.mark.points(0.75)", "@pytest.mark.points(2)") == {
        "ce_loss"
    }
    assert questions_changed(copied, "test_adam.py", "@pytest.mark.points(0.75)", "@pytest.mark.points(2)") == {"adam"}


def test_what_tests_share_counts_for_all(copied):
    training = {"converge_sgd_momentum", "converge_other", "converge_adam"}
    others = {"ce_loss", "grad_func", "sgd_momentum", "adam"}
    assert questions_changed(copied, "test_hidden.py", "def check_loss(", "def check_loss( ") == {
        "ce_loss",
        "grad_func",
    }
    assert questions_changed(copied, "steps.py", "class Step", "class  Step") == others | training
    assert questions_changed(copied, "reference.py", '"""', '""" ') == others | training
    assert questions_changed(copied, "tolerances.py", "1e-9", "1e-8") == others | training
    assert questions_changed(copied, "test_training.py", "import Trainer", "import  Trainer") == training
    assert questions_changed(copied, "recipes.py", "0.9", "0.8") == training
    assert questions_changed(copied, "convergence.toml", "seeds", "# seeds") == training


def test_what_training_follows_from_counts_for_its_questions_alone(monkeypatch):
    before = inputs()

    def changed(after):
        return {name for name in before.tests if before.tests[name] != after.tests[name]}

    training = {"converge_sgd_momentum", "converge_other", "converge_adam"}
    assert changed(inputs(Config(Training={"budget": 30.0}))) == training
    assert inputs(Config(Training={"device": "cuda:0", "enabled": False})) == before
    other = dataclasses.replace(training_data(), name="other images")
    monkeypatch.setattr("autograder.judge.training.training_data.training_data", lambda config: other)
    assert changed(inputs()) == training


def test_a_misconception_counts_for_its_question_alone(monkeypatch):
    before, registry = inputs(), LINEAR_MNIST.module("misconceptions")
    monkeypatch.setattr(registry, "WRONG", [entry for entry in registry.WRONG if entry.slug != "nesterov"])
    after = inputs()
    changed = {name for name in before.tests if before.tests[name] != after.tests[name]}
    assert changed == {"sgd_momentum", "converge_sgd_momentum"}
    assert after.same_but_for_tests(before)
    assert after.differences(before) == ["the hidden tests of sgd_momentum, converge_sgd_momentum changed"]


def test_the_usual_answer_counts_for_the_question_whose_faults_are_told_by_it(monkeypatch):
    before, canonical = inputs(), Assignment.canonical_answer
    monkeypatch.setattr(
        Assignment, "canonical_answer", lambda self, question: canonical(self, question) + "#" * (question == "adam")
    )
    after = inputs()
    assert {name for name in before.tests if before.tests[name] != after.tests[name]} == {"adam", "converge_adam"}


def test_an_assignment_without_hidden_tests_cannot_be_judged():
    with pytest.raises(CannotJudge, match="there are no hidden tests for nothing"):
        Assignment.find("nothing")


def test_all_settings_have_help_with_units():
    for name, trait in Grading.class_own_traits(config=True).items():
        assert trait.help, name


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package, where it can be changed."""
    folder = tmp_path_factory.mktemp("package") / "autograder"
    ignored = shutil.ignore_patterns("__pycache__", "assignments")
    shutil.copytree(Path(autograder.__file__).parent, folder, ignore=ignored)
    return folder


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        *((name, True) for name in ("wire/encoding.py", "grading/judging_task.py", "grading/submission_judging.py")),
        *((f"judge/{name}.py", True) for name in ("answer_checks", "connection", "outcome_rules", "judge_session")),
        *((f"judge/training/{name}.py", True) for name in ("trainer", "supervisor")),
        *((f"kernels/{name}.py", True) for name in ("sandbox_paths", "provisioner", "watchdog")),
        *((f"student/{name}.py", True) for name in ("seccomp", "resource_limits", "call_server", "zygote")),
        *((f"student/{name}.py", True) for name in ("forbidden_help", "root_filesystem", "forked_copies")),
        *(
            (name, False)
            for name in ("report/render_results.py", "course/feedback/pasted_results.py", "authoring/simulate.py")
        ),
    ],
)
def test_code_that_makes_evidence_counts_and_no_other(package, monkeypatch, file, counts):
    monkeypatch.setattr(autograder, "__file__", str(package / "__init__.py"))
    before = evidence_key.code_sum()
    path = package / file
    text = path.read_text()
    path.write_text(text + "\n")
    after = evidence_key.code_sum()
    path.write_text(text)
    assert (before != after) is counts
    assert evidence_key.code_sum() == before


@pytest.mark.parametrize("folder", ["student", "judge"])
def test_a_new_or_missing_file_of_the_code_that_makes_evidence_counts(package, monkeypatch, folder):
    monkeypatch.setattr(autograder, "__file__", str(package / "__init__.py"))
    before = evidence_key.code_sum()
    (package / folder / "added.py").write_text("")
    assert evidence_key.code_sum() != before
    (package / folder / "added.py").rename(package / folder / "renamed.py")
    renamed = evidence_key.code_sum()
    (package / folder / "renamed.py").unlink()
    assert renamed != before == evidence_key.code_sum()


def test_the_code_that_makes_evidence_is_part_of_the_key(monkeypatch):
    before = inputs()
    monkeypatch.setattr(evidence_key, "code_sum", lambda: "another")
    assert inputs().differences(before) == ["autograder changed"]
    assert inputs().key != before.key and not inputs().same_but_for_tests(before)


@pytest.fixture(scope="module")
def before():
    return inputs()


@pytest.mark.parametrize("field", ["notebook", "files", "grader", "settings", "device"])
def test_each_input_is_part_of_the_key_and_more_than_a_changed_test(before, field):
    after = dataclasses.replace(before, **{field: "another"})
    assert after.key != before.key
    assert after.differences(before) and not after.same_but_for_tests(before)


@pytest.mark.parametrize("field", ["libraries", "data", "tests"])
def test_so_are_libraries_data_and_tests(before, field):
    other = {"libraries": {**before.libraries, "torch": "0"}, "data": ("X",), "tests": {**before.tests, "adam": "x"}}
    after = dataclasses.replace(before, **{field: other[field]})
    assert after.key != before.key and after.differences(before)
    assert after.same_but_for_tests(before) is (field == "tests")


def test_points_and_places_of_test_cells_count(before):
    def points(node):
        cell(node, "test_adam").metadata.nbgrader.points = 7

    def moved(node):
        node.cells.append(node.cells.pop(node.cells.index(cell(node, "test_ce_loss"))))

    assert inputs(change=points).differences(before) == ["its code cells changed"]
    assert inputs(change=moved).differences(before) == ["its code cells changed"]


def test_who_handed_in_and_under_which_title_does_not_count():
    one = task()
    other = dataclasses.replace(one, student="bob", title="another", key="k", questions=("adam",))
    prints = fingerprints(Config())
    assert prints.of(one).key == prints.of(other).key


def test_the_libraries_that_count_are_those_that_numbers_and_outcomes_come_from():
    assert set(evidence_key.libraries()) == {
        "python", "torch", "torchvision", "numpy", "hypothesis", "pytest", "ipykernel", "ipython", "matplotlib"
    }  # fmt: skip
    assert all(version[0].isdigit() for version in evidence_key.libraries().values())
    assert evidence_key._version("no-such-library") == "none"


def test_the_folder_of_the_data_is_no_setting_and_the_sandbox_is_one():
    def settings(**student):
        return evidence_key._settings(Config(StudentProvisioner=student))

    assert settings(data="/elsewhere", zygotes="/x") == settings()
    assert len({settings(), settings(sandbox="off"), settings(memory=1), settings(threads=2)}) == 4


def test_a_cell_as_it_was_handed_out_counts(before):
    def handed_out(node):
        cell(node, "adam").metadata["autograder"] = {"handed_out": "x = 1"}

    assert inputs(change=handed_out).differences(before) == ["its code cells changed"]


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("judge/training/trainer.py", True),
        ("student/call_server.py", True),
        ("wire/messages.py", True),
        ("course/feedback/pasted_results.py", True),
        ("course/intake/notebook_repair.py", True),
        ("report/render_results.py", True),
        ("cli/grade.py", False),
        ("report/class_table.py", False),
    ],
)
def test_code_that_makes_graded_copies_counts_for_them(package, monkeypatch, file, counts):
    monkeypatch.setattr(autograder, "__file__", str(package / "__init__.py"))
    before, path = evidence_key.code_sum(evidence_key._COPIES), package / file
    text = path.read_text()
    path.write_text(text + "\n")
    assert (evidence_key.code_sum(evidence_key._COPIES) != before) is counts
    path.write_text(text)


def test_a_class_is_judged_by_all_code_that_makes_graded_copies(monkeypatch):
    asked = []
    monkeypatch.setattr(evidence_key, "code_sum", lambda parts=(): asked.append(parts) or "sum")
    basis = evidence_key.Basis.of(read(LINEAR_MNIST, Config()), Config(), ["adam"])
    assert (basis.grader, asked, list(basis.tests)) == ("sum", [evidence_key._COPIES], ["adam"])


def test_where_a_class_is_judged_again_the_data_at_hand_is_no_reason_and_the_budget_is(monkeypatch):
    def sums(**settings):
        facts = read(LINEAR_MNIST, Config(Training=settings))
        return [facts.whatever_data_of(name) for name in ("adam", "converge_adam")]

    before = sums()
    adam, training = sums(budget=30.0)
    assert adam == before[0] and training != before[1]
    other = dataclasses.replace(training_data(), name="other images")
    monkeypatch.setattr("autograder.judge.training.training_data.training_data", lambda config: other)
    assert sums() == before


BASIS = evidence_key.Basis({"adam": "1", "ce_loss": "2"}, "g", "s", {"torch": "2", "numpy": "1"}, "MNIST", "cpu x86_64")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"tests": {"adam": "0", "ce_loss": "2"}}, ["the hidden tests of adam have changed"]),
        ({"tests": {"adam": "1"}}, ["the hidden tests of ce_loss have changed"]),
        ({"tests": {**BASIS.tests, "old": "3"}}, ["the hidden tests of old have changed"]),
        ({"grader": "h"}, ["autograder itself has changed"]),
        ({"settings": "t"}, ["limits or the sandbox have changed"]),
        ({"libraries": {}, "data": "digits", "device": "cpu arm"}, []),
        ({"unknown": 1}, ["autograder itself has changed"]),
    ],
)
def test_what_asks_for_another_judgement(change, said):
    assert BASIS.changes(dataclasses.asdict(BASIS) | change) == said


def test_a_basis_without_all_its_parts_is_of_another_autograder():
    known = dataclasses.asdict(BASIS)
    for name in known:
        less = {other: value for other, value in known.items() if other != name}
        assert BASIS.changes(less) == ["autograder itself has changed"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"libraries": {"torch": "1", "numpy": "1"}}, ["torch 1 → 2"]),
        ({"libraries": {"torch": "2"}}, ["numpy none → 1"]),
        ({"libraries": {**BASIS.libraries, "old": "3"}}, ["old 3 → none"]),
        ({"data": "digits"}, ["digits → MNIST"]),
        ({"device": "cpu arm"}, ["cpu arm → cpu x86_64"]),
        ({"tests": {}, "grader": "", "settings": ""}, []),
    ],
)
def test_what_the_machine_had_is_told_and_is_no_reason_by_itself(change, said):
    assert BASIS.other_versions(dataclasses.asdict(BASIS) | change) == said


def test_inputs_that_are_gone_or_new_are_told_as_changes(before):
    less = dataclasses.replace(before, tests={name: sum_ for name, sum_ in before.tests.items() if name != "adam"})
    assert before.differences(less) == less.differences(before) == ["the hidden tests of adam changed"]
    no_torch = dataclasses.replace(before, libraries={**before.libraries} | {"extra": "1"})
    assert before.differences(no_torch) == ["extra 1 → none"] and no_torch.differences(before) == ["extra none → 1"]
