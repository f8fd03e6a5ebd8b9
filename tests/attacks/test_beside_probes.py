"""Classes and functions that fight the probes of a course's own assignment, or help themselves to what crosses."""

import shutil
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.judge.notebook_judging import judge_notebook
from tests.judge.conftest import notebook

ASSIGNMENTS = {name: Assignment.find(name) for name in ("minibatch_training", "batch_norm")}
TINY = Assignment.at(Path(__file__).parents[1] / "assignments" / "tiny")
RIGHT, RMS = TINY.canonical_answer("chunks"), TINY.canonical_answer("rms")
IMPORTS = "import ctypes, gc, os, signal, socket, sys, threading, time, torch"


def judged(assignment, tmp_path, *cells):
    config = Config(NotebookJudge={"examples": 5, "call_timeout": 1.0, "cell_timeout": 5.0, "test_timeout": 5.0})
    evidence = judge_notebook(notebook(IMPORTS, *cells), assignment, tmp_path, config)
    evidence.to_json().encode()
    return {question.question: question for question in evidence.questions}


# Finds what is in the process under any of some names, in modules that are the judge's.
THIEF = """
def stolen(*names):
    spaces = [thing for thing in gc.get_objects() if type(thing) is dict and "__builtins__" in thing]
    ours = [space for space in spaces if str(space.get("__name__")).startswith(("probes", "driver"))]
    for space in ours:
        for name in names:
            if callable(space.get(name)):
                return space[name]
    raise LookupError("nothing of the kind is here")
"""
STEALING = {
    "log_softmax": ("minibatch_training", "def logsumexp(x):\n    return stolen('right_logsumexp')(x)\n"
                    "def log_softmax(x):\n    return stolen('right_log_softmax')(x)"),
    "softmax": ("minibatch_training", "def softmax(x):\n    return stolen('right_softmax')(x)"),
    "module": ("minibatch_training", "class Module:\n    def __init_subclass__(cls):\n"
               "        cls.__bases__ = (stolen('RightModule'),)"),
    "batch_norm": ("batch_norm", "def batch_norm(*arguments):\n    return stolen('batch_norm')(*arguments)"),
}  # fmt: skip


@pytest.mark.parametrize("question", STEALING)
def test_the_right_answer_is_not_where_the_students_is_tried_out(question, tmp_path):
    assignment, code = ASSIGNMENTS[STEALING[question][0]], STEALING[question][1]
    cells = THIEF, code, (question, assignment.possible_points[question])
    found = judged(assignment, tmp_path, *cells)[question]
    assert (found.outcome, found.points) == (Outcome.FAILED, 0)
    assert any("nothing of the kind is here" in test.message for test in found.tests)


OVER = "class Chunks(Chunks):\n    "
FIGHTS = {
    "exits at its end": "def __del__(self): os._exit(0)",
    "exits": "def __init__(self, *a): sys.exit(0)",
    "exits at once": "def __len__(self): os._exit(0)",
    "is killed": "def __len__(self): os.kill(os.getpid(), 9)",
    "stops": "def __len__(self): os.kill(os.getpid(), 19)",
    "interrupts": "def __len__(self): raise KeyboardInterrupt",
    "raises what is no exception": "def __iter__(self):\n        class Mine(BaseException):\n"
    "            def __str__(self): os._exit(3)\n        raise Mine",
    "raises with a message without end": "def __iter__(self): raise ValueError('x' * (200 << 20))",
    "raises what was raised by itself": "def __iter__(self):\n        error = ValueError()\n"
    "        error.__context__ = error.__cause__ = error\n        raise error",
    "raises a group of groups": "def __iter__(self):\n        error = ValueError()\n"
    "        for _ in range(50000): error = BaseExceptionGroup('x', [error])\n        raise error",
    "raises without end": "def __iter__(self): raise type('E' * 10**6, (Exception,), {})('\\ud800')",
    "raises from the deep": "def __iter__(self): yield from self",
    "stops going on": "def __iter__(self): raise StopIteration",
    "answers to all": "def __getattribute__(self, name): os._exit(5)",
    "never ends": "def __iter__(self):\n        while True: yield 1",
    "never begins": "def __iter__(self):\n        while True: pass\n        yield",
    "sleeps": "def __iter__(self):\n        time.sleep(1e9)\n        yield",
    "never ends in C": "def __len__(self): return len(str(7 ** 10**8))",
    "is longer than anything": "def __len__(self): return sys.maxsize",
    "is shorter": "def __len__(self): return -1",
    "has a length that lies": "def __len__(self):\n        class Mine(int):\n"
    "            __eq__ = lambda a, b: True\n        return Mine(7)",
    "gives large lists": "def __iter__(self): return iter([[1] * 10**7] * 50)",
    "gives itself": "def __iter__(self):\n        x = []\n        x.append(x)\n        return iter([x])",
    "gives what can't cross": "def __iter__(self): return iter([self, type(self), sys, lambda: 1])",
    "gives a number that lies": "def __iter__(self):\n        class Mine(int):\n"
    "            __class__ = property(lambda self: os._exit(1))\n"
    "            def __reduce__(self): os._exit(1)\n            __index__ = __int__ = __repr__ = __reduce__\n"
    "        return iter([[Mine(1)]])",
    "gives a list that lies": "def __iter__(self):\n        class Mine(list):\n"
    "            def __iter__(self): os._exit(1)\n            __len__ = __getitem__ = __eq__ = __iter__\n"
    "        return iter([Mine([1])])",
    "gives a dictionary that lies": "def __iter__(self):\n        class Mine(dict):\n"
    "            def items(self): os._exit(1)\n            __iter__ = keys = values = items\n"
    "        return iter([Mine(a=1)])",
    "gives a tensor that lies": "def __iter__(self):\n        class Mine(torch.Tensor):\n"
    "            @classmethod\n            def __torch_function__(cls, *a, **k): os._exit(1)\n"
    "        return iter([torch.ones(2).as_subclass(Mine)])",
    "answers twice": "def __init__(self, *a):\n        os.fork()\n        super().__init__(*a)",
    "answers in its children": "def __init__(self, *a):\n        while os.fork() == 0: pass",
    "closes all": "def __init__(self, *a): os.closerange(0, 4096)",
    "writes into all": "def __init__(self, *a):\n        for number in range(3, 200):\n"
    "            try: os.write(number, b'\\xff' * 4096)\n            except OSError: pass",
    "reads what was asked": "def __init__(self, *a):\n"
    "        [one.recv(1 << 20) for one in gc.get_objects() if type(one) is socket.socket]",
    "answers itself": "def __init__(self, *a):\n"
    "        [one.sendall(b'\\0' * 4096) for one in gc.get_objects() if type(one) is socket.socket]",
    "has another look": "def __init__(self, *a):\n        sys._getframe(1).f_globals.clear()",
    "has another islice": "def __init__(self, *a):\n"
    "        sys._getframe(1).f_globals['islice'] = lambda *a: os._exit(1)",
    "has other builtins": "def __init__(self, *a):\n"
    "        sys._getframe(1).f_globals['__builtins__']['list'] = lambda *a: [[0]]",
    "writes into the probe": "def __init__(self, items, size):\n        frame = sys._getframe(1)\n"
    "        frame.f_locals.update(items=[], size=1)\n"
    "        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), 0)\n"
    "        super().__init__([], 1)",
    "throws into the probe": "def __init__(self, *a):\n"
    "        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()),"
    " ctypes.py_object(SystemExit))",
    "breaks what serves": "def __init__(self, *a):\n        frame = sys._getframe()\n"
    "        while frame:\n            for thing in list(frame.f_locals.values()):\n"
    "                if type(thing) in (dict, list, set) and thing is not sys.modules: thing.clear()\n"
    "            frame = frame.f_back",
    "breaks the wire": "def __init__(self, *a):\n        for name, module in list(sys.modules.items()):\n"
    "            if name.startswith('autograder'): module.__dict__.clear()",
    "hides its end": "def __init__(self, *a):\n        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "        threading.Thread(target=time.sleep, args=(1e9,)).start()\n        os._exit(0)",
    "takes all memory": "def __init__(self, *a): self.all = [bytearray(1 << 30) for _ in range(100)]",
    "says it is the grader": "def __iter__(self): raise NameError('name \\'probe\\' is not defined', name='probe')",
    "raises in the probe's name": "def __iter__(self):\n"
    "        exec(compile('no_such_name', sys._getframe(1).f_code.co_filename, 'exec'))",
}  # fmt: skip
LESS_THAN_RIGHT = {name: f"{RIGHT}\n{OVER}{text}\n" for name, text in FIGHTS.items()}
KINDS = {
    "a class that is none": "Chunks = 5",
    "a class that makes nothing": "class Meta(type):\n    def __call__(cls, *a): os._exit(1)\n"
    "class Chunks(metaclass=Meta): pass",
    "a class that lies": "class Meta(type):\n    def __instancecheck__(cls, x): os._exit(1)\n"
    "    __subclasscheck__ = __getattribute__ = __instancecheck__\nclass Chunks(metaclass=Meta): pass",
    "a class with an order of its own": "class Meta(type):\n    def mro(cls): return [cls, object] if cls.ready else "
    "os._exit(1)\n    ready = True\nclass Chunks(metaclass=Meta): pass\nMeta.ready = False",
    "a function": f"{RIGHT}\nright = Chunks\ndef Chunks(*a): return [[1]]",
    "names that do things": "class Names(dict):\n    def __missing__(self, name): os._exit(1)\n"
    "get_ipython().user_ns = Names()",
}


@pytest.mark.parametrize("code", [*LESS_THAN_RIGHT.values(), *KINDS.values()], ids=[*LESS_THAN_RIGHT, *KINDS])
def test_who_fights_a_probe_has_failed_and_costs_nobody_else(code, tmp_path):
    found = judged(TINY, tmp_path, code, ("chunks", 2), RMS, ("rms", 3))
    assert [found["rms"].outcome, found["rms"].points] == [Outcome.PASSED, 3]
    assert found["chunks"].outcome is Outcome.FAILED


def test_what_a_class_raises_at_its_end_is_nobodys_concern(tmp_path):
    code = f"{RIGHT}\n{OVER}def __del__(self): raise SystemExit\n"
    assert judged(TINY, tmp_path, code, ("chunks", 2))["chunks"].points == 2


def test_a_probe_that_would_bring_the_right_answer_along_is_to_be_mended(tmp_path):
    """An author's mistake: it is told of the probe, and nobody loses or gets points for it."""
    own = shutil.copytree(TINY.folder, tmp_path / "tiny", ignore=shutil.ignore_patterns("__pycache__"))
    probes = own / "probes.py"
    head, body = probes.read_text().split("def twice")
    body = body.replace("chunks = Chunks", "right = RightChunks\n    chunks = Chunks")
    probes.write_text(f"{head}{RIGHT.replace('Chunks', 'RightChunks')}\n\ndef twice{body}")
    (test, *_) = judged(Assignment.at(own), tmp_path, RIGHT, ("chunks", 2))["chunks"].tests
    assert test.outcome is Outcome.NOT_JUDGED
    assert "the probe twice needs RightChunks, which would be where the student's Chunks is tried out" in test.details
