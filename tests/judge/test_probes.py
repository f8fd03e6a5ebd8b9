"""Probes: a class of the student's is tried out beside it, and what came of it crosses as plain data."""

import pytest
import torch

from autograder.judge import probes as judge_probes
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.diagnosis.call_log import CallLog
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.errors import CannotJudge
from autograder.judge.references import StandIn
from autograder.judge.student_fixture import Student
from autograder.wire import Opaque, limits
from tests.judge.probed import probes

DATA = [1, 2, 3, 4, 5, 6, 7]
LOADER = """
class Loader:
    def __init__(self, data, size):
        self.data, self.size = data, size

    def __iter__(self):
        for start in range(0, len(self.data), self.size):
            yield self.data[start:start + self.size]

    def __len__(self):
        return -(-len(self.data) // self.size)
"""


@pytest.fixture
def student_with(copy_of):
    def make(source, forbidden=(), **settings):
        copy = copy_of(source)
        times = {"call_timeout": 5.0, "test_timeout": 20.0} | settings
        return Student(lambda: copy, {}, frozenset(forbidden), **times)

    return make


def test_a_class_is_tried_out_beside_it(student_with):
    answer = student_with(LOADER).probe(probes.batches, "Loader", DATA, 3)
    assert answer.value == {"length": 3, "first": [[1, 2, 3], [4, 5, 6], [7]], "again": [[1, 2, 3], [4, 5, 6], [7]]}
    answer.at("first", 2).equal([7])


def test_a_wrong_class_is_told_what_the_probe_did_and_where_it_is_wrong(student_with):
    source = LOADER.replace("-(-len(self.data) // self.size)", "len(self.data) // self.size")
    answer = student_with(source).probe(probes.batches, "Loader", DATA)
    with pytest.raises(StudentFailed) as failed:
        answer.equal({"length": 2, "first": [[1, 2, 3, 4], [5, 6, 7]], "again": [[1, 2, 3, 4], [5, 6, 7]]})
    assert failed.value.message == "In what came back under 'length': it is 1, but it should be 2."
    example = failed.value.counterexample
    assert example.inputs[0] == ("tried", "A loader over 7 samples in batches of 4, gone through twice")
    assert [name for name, _ in example.inputs] == ["tried", "data"]


def test_a_class_that_is_missing_is_called_that(student_with):
    with pytest.raises(StudentLost, match=r"^Loader is not defined at this point of the notebook: its cell raised\.$"):
        student_with("", why_missing=lambda name: "its cell raised").probe(probes.batches, "Loader", DATA, 3)


def test_the_students_own_line_is_blamed(student_with):
    source = LOADER.replace("yield self", "yield self.no")
    with pytest.raises(
        StudentFailed, match="Loader raised AttributeError: 'Loader' object has no attribute 'no'"
    ) as it:
        student_with(source).probe(probes.batches, "Loader", DATA, 3)
    assert it.value.exception == "AttributeError" and it.value.counterexample.yours == "an exception"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (LOADER.replace("__len__", "length"),
         "The test did `len(loader)` with your Loader, which raised TypeError: object of type 'Loader' has no len(): "
         "there is no method `__len__`."),
        (LOADER.replace("__iter__", "iterate"),
         "The test did `islice(loader, 100)` with your Loader, which raised TypeError: 'Loader' object is not "
         "iterable: there is no method `__iter__`."),
        ("class Loader: pass",
         "The test did `Loader(data, size)` with your Loader, which raised TypeError: Loader() takes no arguments: "
         "there is no method `__init__`."),
        ("def Loader(data, size): pass",
         "The test did `len(loader)` with your Loader, which raised TypeError: "
         "object of type 'NoneType' has no len()."),
        (LOADER.replace("-(-len(self.data) // self.size)", "-1"),
         "The test did `len(loader)` with your Loader, which raised ValueError: __len__() should return >= 0."),
    ],
)  # fmt: skip
def test_what_fails_in_the_probes_own_line_is_told_by_what_it_did(student_with, source, message):
    with pytest.raises(StudentFailed) as failed:
        student_with(source).probe(probes.batches, "Loader", DATA, 3)
    assert failed.value.message == message


def test_a_probe_that_is_wrong_itself_is_nobodys_fault(student_with):
    with pytest.raises(CannotJudge, match=r"grader's own code failed(.|\n)*no_such_name"):
        student_with(LOADER).probe(probes.mistaken, "Loader")


@pytest.mark.parametrize(
    ("probe", "arguments", "says"),
    [
        (probes.batches, (), "with other arguments than it has: missing a required argument: 'data'"),
        (probes.odd, (1,), "docstring that can't be filled in"),
        (probes.through, ([1], print, 2), "is given 'print', which its own module doesn't have"),
        (lambda Loader: 1, (), "no function of its module's own"),
    ],
)
def test_a_probe_that_cannot_be_asked_like_this_is_nobodys_fault(student_with, probe, arguments, says):
    with pytest.raises(CannotJudge, match=says):
        student_with(LOADER).probe(probe, "Loader", *arguments)


def test_further_answers_of_the_students_and_stand_ins_are_given_by_name(student_with):
    student = student_with(LOADER + "class Twice:\n    def __new__(cls, data): return data + data\n")
    assert student.probe(probes.through, "Loader", [1, 2], student.name("Twice"), 2).value == [[1, 2], [1, 2]]
    assert student.probe(probes.through, "Loader", [1, 2, 3], probes.Backwards, 2).value == [[3, 2], [1]]
    with pytest.raises(StudentLost, match=r"^Sampler is not defined"):
        student.probe(probes.through, "Loader", [1, 2], student.name("Sampler"), 2)


def test_how_references_are_told(student_with):
    student = student_with(LOADER)
    with pytest.raises(StudentFailed) as failed:
        student.probe(probes.through, "Loader", [1, 2], probes.Backwards, 2).equal([])
    assert failed.value.counterexample.inputs[0][1] == "A loader over 2 samples, drawn by a right Backwards"
    assert str(StandIn("SGD", torch.optim.SGD)) == "torch's SGD" and str(student.name("Sampler")) == "your Sampler"
    assert dict(failed.value.counterexample.inputs)["sampler"] == "a right Backwards"


def test_objects_do_not_cross(student_with):
    answer = student_with("class Thing: pass").probe(probes.held, "Thing")
    assert answer.value == {"thing": Opaque("Thing"), "number": 1}


LIES = {
    "an endless generator": "class Thing(list):\n    def __iter__(self):\n        while True: yield 1",
    "another class": "class Thing:\n    __class__ = property(lambda self: list)\n    def __iter__(self): raise OSError",
    "a dictionary": "class Thing:\n    __class__ = dict",
    "a tensor": "class Thing:\n    __class__ = torch.Tensor",
    "everything is equal": "class Thing:\n    def __eq__(self, other): return True\n    __hash__ = None",
    "a number": "class Thing:\n    __class__ = float",
}


@pytest.mark.parametrize("source", LIES.values(), ids=LIES)
def test_who_lies_about_an_object_has_failed(student_with, source):
    student = student_with(source)
    with pytest.raises((StudentFailed, StudentLost)):
        student.probe(probes.held, "Thing").equal({"thing": [], "number": 1})
    assert student_with(source + "\nclass Other:\n    def __new__(cls): return 2.0").probe(
        probes.held, "Other"
    ).value == {"thing": 2.0, "number": 1}


def test_probes_switch_gradients_on_themselves(student_with):
    source = "def f(x):\n    return x * x"
    answer = student_with(source).probe(probes.gradient, "f", torch.tensor([3.0]))
    assert answer.value.tolist() == [6.0]


def test_a_probe_that_does_not_return_ends_the_question(student_with):
    source = "import time\n" + LOADER.replace("        self.data,", "        time.sleep(3)\n        self.data,")
    with pytest.raises(StudentLost, match=r"Loader did not return within 0\.3 s") as lost:
        student_with(source, call_timeout=0.3).probe(probes.batches, "Loader", DATA)
    assert lost.value.ends_question and lost.value.cause is Cause.HANG


def test_memory_in_a_probe(student_with):
    source = LOADER.replace("self.data, self.size = data, size", "raise MemoryError")
    with pytest.raises(StudentLost, match="Loader asked for more memory than it may have"):
        student_with(source).probe(probes.batches, "Loader", DATA)


def test_a_long_module_crosses_whole(student_with, monkeypatch):
    monkeypatch.setattr(limits, "MAX_STRING", 300)
    judge_probes._code.cache_clear()
    try:
        assert student_with(LOADER).probe(probes.batches, "Loader", DATA, 3).value["length"] == 3
    finally:
        judge_probes._code.cache_clear()


def test_calls_of_probes_are_recorded_with_the_probe(copy_of):
    copy, log = copy_of(LOADER), CallLog()
    student = Student(lambda: copy, {}, frozenset(), 5.0, 20.0, log=log)
    student.probe(probes.batches, "Loader", [1, 2], 2)
    (call,) = log.calls
    assert (call.function, call.arguments, call.probe) == ("Loader", ([1, 2], 2), probes.batches)
    assert call.value["first"] == [[1, 2]]


def test_examples_are_run_side_by_side_and_remembered(copy_of):
    asked = []

    def judge(about):
        copy = copy_of(LOADER)
        student = Student(lambda: copy, {}, frozenset(), 5.0, 20.0)

        def example(size):
            asked.append(size)
            right = probes.batches(Right, DATA, size)
            student.probe(probes.batches, "Loader", DATA, size).equal(right)

        student.together([lambda size=size: example(size) for size in (1, 2, 3)], about)

    names = {}
    exec(LOADER, names)
    Right = names["Loader"]
    judge("test_examples_are_run_side_by_side")
    judge("test_examples_are_run_side_by_side")  # the second student has answered just the same
    assert asked == [1, 2, 3]


def test_a_message_is_made_once_for_all_students_and_tells_probes_apart(copy_of):
    source = "def f(x): return x"
    x = torch.tensor([[1.0, 2.0]])

    def judge(probe):
        copy, values = copy_of(source), []
        student = Student(lambda: copy, {}, frozenset(), 5.0, 20.0)
        student.together([lambda: values.append(student.probe(probe, "f", x).value)], probe.__name__)
        return values[0]

    assert judge(probes.gradient).tolist() == [[1.0, 1.0]]
    assert len(judge(probes.softened)) == 2


X = torch.tensor([[1.0, 2.0, 3.0, 4.0], [2.0, 0.0, 1.0, 1.0]])
BY_HAND = "def f(x): return x.exp() / x.exp().sum(1, keepdim=True)"
PLAIN_LAYER = "class Layer:\n    def __init__(self, n): self.n = n\n    def __call__(self, x): return x * self.n"
OWN_LAYER = "\n    def __init__(self, n): pass\n    def __call__(self, x): return x"
BASE = (
    "class Layer(torch.nn.Module):\n    def __init__(self, n): super().__init__()\n    def forward(self, x): return x"
)
GRADIENT = "def f(x):\n    y = x.detach().requires_grad_()\n    (y * y).sum().backward()\n    return x * y.grad"
FUNCTION = f"{PLAIN_LAYER}\n    forward = staticmethod(torch.nn.Softmax(1))"
PART = BASE.replace(
    "super().__init__()", "\n        super().__init__()\n        self.inner = torch.nn.LayerNorm(n)"
).replace("return x", "return self.inner(x)")
INNER = "class Inner(torch.nn.BatchNorm1d): pass\nkept = Inner(4)\ndef Layer(n): return kept"
MAKES = "def Layer(n): return torch.nn.BatchNorm1d(n)"
MADE = "kept = torch.nn.BatchNorm1d(4)\ndef Layer(n): return kept"
HELP = {
    "in a function": ("softmax", probes.softened, "def f(x): return F.softmax(x, 1)", "torch.nn.functional.softmax"),
    "torch's function itself": ("softmax", probes.softened, "f = torch.nn.Softmax(1).forward", "torch.nn.Softmax"),
    "an object of a layer": ("softmax", probes.applied, "f = torch.nn.Softmax(1)", "torch.nn.Softmax"),
    "a partial function": (
        "softmax",
        probes.applied,
        "import functools\nf = functools.partial(F.softmax, dim=1)",
        "torch.nn.functional.softmax",
    ),
    "an inner function": ("softmax", probes.applied, "f = torch.vmap(lambda row: row.softmax(0))", "torch's softmax"),
    "by a gradient": ("autograd", probes.gradient, GRADIENT, "Tensor.backward"),
    "a gradient that torch made": (
        "autograd",
        probes.applied,
        "f = torch.func.grad(lambda x: (x * x).sum())",
        "autogr",
    ),
    "the class itself": ("normalisation", probes.made, "Layer = torch.nn.BatchNorm1d", "torch.nn.BatchNorm1d"),
    "its base": ("normalisation", probes.made, "class Layer(torch.nn.BatchNorm1d): pass", "torch.nn.BatchNorm1d"),
    "a part": ("normalisation", probes.made, PART, "torch.nn.LayerNorm"),
    "a function in a class": ("softmax", probes.stepped, FUNCTION, "torch.nn.Softmax"),
    "a base": ("containers", probes.made, BASE, "torch.nn.Module"),
    "a data set": (
        "data",
        probes.made,
        "class Layer(torch.utils.data.Dataset):" + OWN_LAYER,
        "Dataset as a base class",
    ),
    "a container": (
        "containers",
        probes.made,
        PLAIN_LAYER.replace("x * self.n", "torch.nn.Sequential()(x)"),
        "Sequential",
    ),
    "an object of a class of theirs": ("normalisation", probes.made, INNER, "torch.nn.BatchNorm1d"),
    "an object of a class of torch's": ("normalisation", probes.made, MAKES, "torch.nn.BatchNorm1d"),
    "one that was made in a cell": ("normalisation", probes.made, MADE, "torch.nn.BatchNorm1d"),
    "a single name": ("torch.sort", probes.applied, "f = torch.sort", "torch.sort"),
}


@pytest.mark.parametrize(("entry", "probe", "source", "name"), HELP.values(), ids=HELP)
def test_help_is_found_however_the_probe_comes_to_it(student_with, entry, probe, source, name):
    answer = "Layer" if "Layer" in source.split("LayerNorm")[0] else "f"
    student = student_with("import torch.utils.data\n" + source, forbidden=[entry])
    for _ in range(2):  # the first call is watched closely
        with pytest.raises(StudentLost, match=rf"^{answer} uses .*{name}.*, which this question asks") as lost:
            student.probe(probe, answer, X)
    assert lost.value.cause.is_forbidden_help


def test_what_a_probe_does_itself_is_not_the_students_doing(student_with):
    forbidden = ["softmax", "autograd", "containers", "normalisation", "data", "optimisers", "losses"]
    student = student_with(BY_HAND + "\ndef fit(model): return model(torch.ones(1, 2))", forbidden)
    for _ in range(2):
        ours, theirs = student.probe(probes.softened, "f", X).value
        assert torch.allclose(ours, theirs)
        assert student.probe(probes.gradient, "f", X).value.shape == X.shape
        assert student.probe(probes.trained, "fit", 2, probes.Layers).value.shape == (1, 2)
    layer = student_with(PLAIN_LAYER, forbidden)
    assert layer.probe(probes.normalised, "Layer", X).value[0].tolist() == (4 * X).tolist()
    student = student_with("def fit(model): return torch.nn.Sequential()", forbidden)
    with pytest.raises(StudentLost, match=r"uses torch\.nn\.Sequential"):
        student.probe(probes.trained, "fit", 2, probes.Layers)


def test_help_of_another_answer_that_the_probe_is_given_is_found(student_with):
    student = student_with("def fit(model): return 1\nModel = torch.nn.ModuleList", ["containers"])
    with pytest.raises(StudentLost, match=r"torch\.nn\.ModuleList"):
        student.probe(probes.trained, "fit", 2, student.name("Model"))


def test_isinstance_and_what_never_runs_cost_nothing(student_with):
    source = PLAIN_LAYER.replace(
        "return x * self.n", "return x * isinstance(x, torch.nn.Module) or torch.nn.Sequential"
    )
    source = source.replace(" or torch.nn.Sequential", "  # torch.nn.Sequential") + "\n    unused = torch.nn.Sequential"
    assert student_with(source, ["containers", "data"]).probe(probes.made, "Layer", X).value


EVIL = {
    "a module's name that raises": "class Meta(type):\n    __module__ = property(lambda cls: 1 / 0)\n"
    "    __name__ = __flags__ = __mro__ = property(lambda cls: 1 / 0)\nclass Thing(metaclass=Meta): pass",
    "a module's name that is no text": "class Thing:\n    __module__ = 3",
    "attributes that raise": "class Odd:\n    def __getattr__(self, name): raise OSError(name)\n"
    "class Thing:\n    odd = Odd()",
    "attributes without end": "class Odd:\n    def __getattr__(self, name):\n        while True: pass\n"
    "class Thing:\n    odd = Odd()",
    "no class": "class Odd:\n    __class__ = type\n    def __call__(self): return self\nThing = Odd()",
}


@pytest.mark.parametrize("source", EVIL.values(), ids=EVIL)
def test_nothing_about_a_class_is_asked_in_a_way_that_it_can_answer(student_with, source):
    answer = student_with(source, ["containers", "data", "softmax"]).probe(probes.held, "Thing")
    assert isinstance(answer.value["thing"], Opaque) and answer.value["number"] == 1
    source = source.replace("class Thing(", "class Thing(torch.nn.Sequential, ")
    source = source.replace("class Thing:", "class Thing(torch.nn.Sequential):")
    source = source.replace("def __call__(self): return self", "def __call__(self): return torch.nn.Sequential()")
    with pytest.raises(StudentLost, match=r"uses torch\.nn\.Sequential"):
        student_with(source, ["containers"]).probe(probes.held, "Thing")


@pytest.mark.parametrize(
    ("form", "count", "shown"),
    [
        ("len sample", 1, "1 sample"),
        ("len sample", 0, "0 samples"),
        ("len sample", 12, "12 samples"),
        ("len batch/batches", 1, "1 batch"),
        ("len batch/batches", 2, "2 batches"),
        ("len", 1, "1"),
    ],
)
def test_what_a_docstring_counts_is_in_the_right_number(form, count, shown):
    def probe(Thing, x):
        pass

    probe.__doc__ = f"It has {{x:{form}}}."
    assert judge_probes.story(probe, [[0] * count]) == f"It has {shown}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("right_loss", "a right loss"), ("RightModule", "a right Module"), ("Backwards", "a right Backwards")],
)
def test_a_right_one_is_shown_by_the_name_of_what_it_stands_for(name, shown):
    assert str(StandIn(name, probes.Backwards)) == shown
