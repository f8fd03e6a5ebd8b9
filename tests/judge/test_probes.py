"""Probes: a class of the student's is tried out beside it, and what came of it crosses as plain data."""

import pytest
import torch

from autograder import wire
from autograder.judge import probes as judge_probes
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.errors import CannotJudge
from autograder.judge.student_fixture import Student
from autograder.wire import Opaque
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
    monkeypatch.setattr(wire, "MAX_STRING", 300)
    judge_probes._code.cache_clear()
    try:
        assert student_with(LOADER).probe(probes.batches, "Loader", DATA, 3).value["length"] == 3
    finally:
        judge_probes._code.cache_clear()


def test_calls_of_probes_are_recorded_with_the_probe(copy_of):
    copy, calls = copy_of(LOADER), []
    student = Student(lambda: copy, {}, frozenset(), 5.0, 20.0, record=calls.append)
    student.probe(probes.batches, "Loader", [1, 2], 2)
    (call,) = calls
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
