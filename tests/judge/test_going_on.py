"""A line that fails costs what it defines itself: the rest of its cell is run, and what was handed out counts."""

import dataclasses
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.judge.defined_names import bound_names
from autograder.judge.evidence import CellStatus
from tests.judge.conftest import code
from tests.judge.test_judge_session import (
    ANSWERS,
    BOTH,
    FULL,
    HASTY,
    QUESTIONS,
    RIGHT,
    answered,
    judged,
    lost,
    points,
    two,
)

SETUP = "import torch\nimport numpy as np"
FAILING = """from google.colab import drive
drive.mount('/content/drive')
%load_ext nb_black
%matplotlib widget
import seaborn as sns; import math
plt.style.use('seaborn')
!pip install torchmetrics
1 / 0
"""


def setup(source, handed_out=SETUP):
    """A given cell that the student has edited."""
    return code(source, autograder={"handed_out": handed_out})


def test_lines_that_fail_above_the_imports_cost_nothing(tmp_path):
    cells = [FAILING + SETUP, *answered(*RIGHT)[1:]]
    evidence = judged(tmp_path, *cells)
    assert points(evidence) == FULL, lost(evidence)
    assert evidence.cells[0].status is CellStatus.ERROR
    names = [output["ename"] for output in evidence.cells[0].outputs if output["output_type"] == "error"]
    assert names[0] == "ModuleNotFoundError" and names[-1] == "ZeroDivisionError"
    again = judged(tmp_path, *cells)
    assert dataclasses.replace(again, timings={}) == dataclasses.replace(evidence, timings={})


def test_lines_that_fail_above_an_answer_cost_nothing(tmp_path):
    mark = {"solution": True, "grade": False, "schema_version": 3, "grade_id": "ce_loss"}
    answer = code(f"from google.colab import drive\n{SETUP}\n{ANSWERS['log-softmax']}", nbgrader=mark)
    evidence = judged(tmp_path, answer, QUESTIONS[0])
    assert points(evidence) == {"ce_loss": 4}, lost(evidence)


@pytest.mark.parametrize("magic", ["%%time", "\n%%capture --no-stderr out", "%%capture\n%%time"])
def test_a_magic_around_the_imports_costs_nothing(tmp_path, magic):
    evidence = judged(tmp_path, f"{magic}\nimport seaborn\n{SETUP}", *answered(*RIGHT)[1:])
    assert points(evidence) == FULL, lost(evidence)
    assert evidence.cells[0].status is CellStatus.ERROR


@pytest.mark.parametrize("harm", ["while True:\n    pass", "import os\nos._exit(3)"])
def test_what_only_goes_wrong_behind_a_failing_line_is_not_reached_again(tmp_path, harm):
    start = f"{SETUP}\ndef helper():\n    return torch\n1 / 0\n"
    evidence = judged(tmp_path, start + harm, *two()[1:], config=HASTY)
    assert points(evidence) == BOTH, lost(evidence)
    assert [cell.status for cell in evidence.cells] == [CellStatus.ERROR, CellStatus.OK, CellStatus.OK]


RESTART = "import IPython\nIPython.Application.instance().kernel.do_shutdown(True)"
PARTS = {
    "exit": "import sys\nsys.exit(0)\nraise SystemExit",
    "restart": RESTART,
    "one line": "import math, seaborn as sns, torch as t",
    "with": "import warnings\nwith warnings.catch_warnings():\n    import seaborn\n    import torch as t",
    "if": "if True:\n    import seaborn\n    from math import pi\n    import torch as t",
    "try": "try:\n    from google.colab import drive\n    import torch as t\nexcept ImportError as e: print(e)",
    "types": "from jaxtyping import Float\n@beartype\ndef helper(x: Float[t.Tensor]) -> Float: return x\nu: Float = 1",
}


@pytest.mark.parametrize("part", PARTS)
def test_what_fails_takes_nothing_along(tmp_path, part):
    answer = ANSWERS["log-softmax"]
    uses = "t.add" if part in ("one line", "with", "if", "try") else "abs"
    uses = "lambda: helper(u)" if part == "types" else uses
    cells = ["import torch\nt = torch" if part == "types" else "", f"{PARTS[part]}\n{SETUP}", f"{uses}\n{answer}"]
    evidence = judged(tmp_path, *cells, f"({uses})", QUESTIONS[0], "print('helper' in dir())")
    assert points(evidence) == {"ce_loss": 4}, lost(evidence)
    assert evidence.cells[3].status is CellStatus.OK, evidence.cells
    assert (part == "types") == ("True" in str(evidence.cells[-1].outputs))


@pytest.mark.parametrize(
    "line",
    [
        "X.cuda()",
        "X.to('cuda')",
        "torch.zeros(1, device='cuda')",
        "torch.set_default_tensor_type(torch.cuda.FloatTensor)",
    ],
)
def test_a_gpu_that_is_not_there_is_called_that(tmp_path, line):
    answer = ANSWERS["log-softmax"]
    evidence = judged(tmp_path, SETUP, "X = torch.ones(2)\n" + line, answer, QUESTIONS[0])
    assert points(evidence) == {"ce_loss": 4}, lost(evidence)
    assert "there is no GPU here" in str(evidence.cells[1].outputs), evidence.cells[1].outputs


def test_a_failed_magic_above_an_answer_is_called_that(tmp_path):
    mark = {"solution": True, "grade": False, "schema_version": 3, "grade_id": "ce_loss"}
    answer = code(f"%%memit\n{ANSWERS['log-softmax']}", nbgrader=mark)
    evidence = judged(tmp_path, SETUP, answer, QUESTIONS[0])
    assert "the cell of this question failed before a line of it was run" in str(lost(evidence))


@pytest.mark.parametrize(
    ("edited", "status"),
    [
        (f"pip install seaborn\n{SETUP}\n", CellStatus.ERROR),
        (f"{SETUP}\nwhile True:\n    pass", CellStatus.LEFT_OUT),
        (f"{SETUP}\nimport os\nos._exit(3)", CellStatus.LEFT_OUT),
    ],
)
def test_a_given_cell_that_cannot_be_run_as_edited_is_run_as_handed_out(tmp_path, edited, status):
    evidence = judged(tmp_path, setup(edited), *two()[1:], config=HASTY)
    assert points(evidence) == BOTH, lost(evidence)
    assert evidence.cells[0].status is status
    assert "hat was handed out for this cell was run" in evidence.cells[0].reason + str(evidence.cells[0].outputs)


def test_what_was_handed_out_is_not_run_again_when_it_did_harm(tmp_path):
    evidence = judged(tmp_path, setup("while True: pass", "while True: pass"), *two(), config=HASTY)
    assert points(evidence) == BOTH, lost(evidence)
    assert evidence.cells[0].status is CellStatus.LEFT_OUT


def test_a_name_that_is_missing_is_explained_by_the_cell_that_failed(tmp_path):
    uses = "def CE_loss(X, ystar, w):\n    return sns.loss(X)"
    cells = [f"{SETUP}\nimport seaborn as sns", uses, QUESTIONS[0], ANSWERS["textbook"], QUESTIONS[3]]
    evidence = judged(tmp_path, *cells)
    message = evidence.questions[0].tests[0].message
    assert "CE_loss raised NameError: name 'sns' is not defined" in message
    assert "cell 1 failed at `import seaborn as sns` (ModuleNotFoundError: No module named 'seaborn')." in message
    assert points(evidence) == {"ce_loss": 0, "adam": 6}


def test_a_function_that_is_missing_is_explained_by_the_cell_that_failed(tmp_path):
    cells = [
        SETUP,
        f"x = 1\n{ANSWERS['log-softmax']}\nwhile True:\n    pass",
        QUESTIONS[0],
        "import gone\ngrad_func = gone.g",
    ]
    evidence = judged(tmp_path, *cells, QUESTIONS[1], config=HASTY)
    loss, gradient = (question.tests[0].message for question in evidence.questions)
    assert loss == (
        "CE_loss is not defined at this point of the notebook: cell 2 was left out: it did not end within 1.5 s."
    )
    assert gradient.startswith(
        "grad_func is not defined at this point of the notebook: cell 4 failed at `grad_func = gone.g`"
    )


def test_where_a_name_is_that_is_missing(tmp_path):
    uses = "def CE_loss(X, ystar, w):\n    return helper(X)"
    evidence = judged(tmp_path, SETUP, uses, QUESTIONS[0], "def helper(X):\n    return 0.0")
    assert "cell 4 defines it, below the place where this question is judged." in evidence.questions[0].tests[0].message
    evidence = judged(tmp_path, SETUP, code("def helper(X): pass", tags=["skip-execution"]), uses, QUESTIONS[0])
    assert "cell 2 defines it, and is not run when grading." in evidence.questions[0].tests[0].message


def test_a_line_that_has_nothing_to_do_with_it_is_not_blamed(tmp_path):
    mark = {"solution": True, "grade": False, "schema_version": 3, "grade_id": "ce_loss"}
    answer = code("import seaborn as sns\ndef CE_loss(X, ystar, w):\n    return xx", nbgrader=mark)
    evidence = judged(tmp_path, answer, QUESTIONS[0])
    assert evidence.questions[0].tests[0].message == (
        "CE_loss raised NameError: name 'xx' is not defined (in the line `return xx`)."
    )
    own = code("import seaborn as sns\ndef CE_loss(X, ystar, w):\n    return sns", nbgrader=mark)
    message = judged(tmp_path, own, QUESTIONS[0]).questions[0].tests[0].message
    assert "the cell of this question raised ModuleNotFoundError: No module named 'seaborn'" in message


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("%matplotlib inline\nimport numpy as np, os.path\n!ls\nfiles = !ls\nt = %time 1", {"np", "os", "files", "t"}),
        ("from a import b as c, d\nfrom e import *", {"c", "d"}),
        ("if x:\n    def f(): y = 1\nfor i, (j, k) in z:\n    with a as b: (c := 1)", {"f", "i", "j", "k", "b", "c"}),
        ("class A:\n    z = 1\na.b = c[0] = 1\nd: int = 2\ne += 1\n[q for q in r]", {"A", "d", "e"}),
        ("def broken(:\nimport torch\nx = 1", {"broken", "torch", "x"}),
        ("%%time\ndef f():\n    pass", {"f"}),
        ("'\\d' and (" * 5000, set()),
        ("\0", set()),
    ],
    ids=range(8),
)
def test_the_names_that_a_cell_binds(source, names):
    assert bound_names(source) == names


def test_pip_without_a_network_gives_up_at_once(tmp_path: Path):
    installing = "!pip install torchmetrics\n%pip install seaborn\n"
    evidence = judged(tmp_path, installing + SETUP, *two()[1:], config=Config())  # by itself it takes half a minute
    assert points(evidence) == BOTH, lost(evidence)
    assert evidence.cells[0].status is CellStatus.OK
