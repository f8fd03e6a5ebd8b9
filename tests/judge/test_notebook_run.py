"""How a notebook is run when its cells do harm: in a kernel that is told what each cell does to it."""

from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.judge import notebook_run as judge_notebook
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import CellStatus
from autograder.judge.notebook_run import NotebookRun
from autograder.judge.settings import NotebookJudge
from autograder.judge.stopwatch import StalledError
from autograder.judge.student_kernel import CellLost, CellRun
from tests.judge.conftest import code, notebook

OK, ERROR, SKIPPED, LEFT_OUT, NOT_RUN = CellStatus
CONFIG = Config(NotebookJudge={"cell_timeout": 4.0, "notebook_timeout": 10.0, "call_timeout": 2.0, "output": 3})


def error(kind="ZeroDivisionError", value="division by zero"):
    return {"output_type": "error", "ename": kind, "evalue": value, "traceback": []}


def lost(reason="it ended", began=True, seconds=0.0, raised=False):
    return CellLost(reason, began, seconds, raised)


class Machine:
    """What the cells do, by their source, and all that was asked of its kernels."""

    def __init__(self):
        self.does = {}  # source: seconds, outputs, or an exception; a list has one for each time, the last for ever
        self.after = set()  # sources after which a kernel does not answer, or (source, how many kernels there are then)
        self.copies, self.answers = [], []  # what is raised instead of a copy or an answer, one for each time
        self.kernels, self.ran, self.asked = [], [], []
        self.dies = {}  # what a kernel's handle says once this source has ended it

    def kernel(self, files, config):
        self.kernels.append(Kernel(self, files, config))
        return self.kernels[-1]

    def sources(self, number=-1):
        """What the kernel of that number has run."""
        return [source for kernel, source, *_ in self.ran if kernel is self.kernels[number]]


class Kernel:
    """Stands in for a kernel and, to keep it short, for what is known of its end."""

    sandbox, left_out = "off", ["a.py is too large"]

    def __init__(self, machine, files, config):
        self.machine, self.files, self.config = machine, files, config
        self.handle, self.is_alive, self.killed, self.vanished = self, True, False, False
        self.answering, self.ended, self.probes = True, "", 0

    def alive(self):
        return self.is_alive

    def run(self, source, timeout, max_output, stop=False):
        assert self.is_alive and not self.ended, "a kernel that has ended runs nothing"
        assert len(self.machine.ran) < 50, "there is no end to it"
        self.machine.ran.append((self, source, timeout, max_output, stop))
        found = self.machine.does.get(source, 0.0)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        here = {source, (source, len(self.machine.kernels))}
        self.answering = self.answering and not here & self.machine.after
        if isinstance(found, BaseException):
            self.is_alive = False
            for name in self.machine.dies.get(source, ()):
                setattr(self, name, True)
            raise found
        outputs = found if isinstance(found, tuple) else ()
        seconds = found if isinstance(found, float) else 0.0
        raised = any(output["output_type"] == "error" for output in outputs)
        return CellRun(seconds, raised, outputs)

    def answers(self):
        self.probes += 1
        if self.machine.answers:
            raise self.machine.answers.pop()
        return self.answering

    def copy(self, timeout):
        self.machine.asked.append(timeout)
        found = self.machine.copies.pop(0) if self.machine.copies else None
        if isinstance(found, BaseException):
            raise found
        return self, self.machine.sources(self.machine.kernels.index(self))

    def close(self):
        self.ended = "waited for"

    def let_go(self):
        self.ended = "let go"


@pytest.fixture
def machine(monkeypatch):
    machine = Machine()
    monkeypatch.setattr(judge_notebook, "Kernel", machine.kernel)
    return machine


def running(*cells, config=CONFIG):
    return NotebookRun(notebook(*cells), Path("files"), NotebookJudge(config=config), config)


def statuses(run):
    return [cell.status for cell in run.recorded()]


def edited(source, handed_out="given"):
    return code(source, autograder={"handed_out": handed_out})


def answer(source, question="q"):
    mark = {"solution": True, "grade": False, "schema_version": 3, "grade_id": question}
    return code(source, nbgrader=mark)


def test_cells_are_run_in_order_down_to_each_question_and_once_only(machine):
    run = running("a", ("one", 1), "b", "c", ("two", 1), "d")
    assert run.copy_at("one")[1] == ["a"]
    assert run.copy_at("two")[1] == run.copy_at("two")[1] == ["a", "b", "c"]
    assert run.copy_at("no cell of its own")[1] == ["a", "b", "c", "d"]
    run.finish()
    assert machine.sources() == ["a", "b", "c", "d"] and len(machine.kernels) == 1
    assert statuses(run) == [OK] * 4
    assert [cell.index for cell in run.recorded()] == [0, 2, 3, 5]
    assert machine.kernels[0].files == Path("files") and machine.kernels[0].config is CONFIG
    assert machine.kernels[0].probes == 0  # nothing has gone wrong


def test_the_cells_below_the_last_question_are_run_in_the_end(machine):
    run = running("a", ("one", 1), "b")
    run.copy_at("one")
    run.finish()
    assert machine.sources() == ["a", "b"]


def test_what_a_cell_may_use_is_what_the_settings_say(machine):
    run = running("a", ("one", 1))
    run.copy_at("one")
    ((_, _, timeout, output, stop),) = machine.ran
    assert (timeout, output, stop) == (4.0, 3 << 10, False)
    assert machine.asked == [2.0]


def test_what_the_kernel_says_of_its_sandbox_is_kept(machine):
    run = running("a")
    assert (run.sandbox, run.left_out) == ("namespaces", ())
    run.finish()
    assert (run.sandbox, run.left_out) == ("off", ("a.py is too large",))


def test_skipped_and_empty_cells_are_not_run(machine):
    run = running(code("a", tags=["skip-execution"]), " \n", "b")
    run.finish()
    assert machine.sources() == ["b"] and statuses(run) == [SKIPPED, OK, OK]


def test_an_exception_is_recorded_with_its_output(machine):
    machine.does["a"] = (error(),)
    run = running("a", "b")
    run.finish()
    assert statuses(run) == [ERROR, OK]
    assert run.recorded()[0].outputs == (error(),)


def test_the_time_of_all_cells_is_counted_and_the_last_one_has_what_is_left(machine):
    machine.does |= {"a": 4.0, "b": 3.5, "c": 2.5}
    run = running("a", "b", "c", "d", "e")
    run.finish()
    assert [timeout for _, _, timeout, *_ in machine.ran] == [4.0, 4.0, 2.5]
    assert statuses(run) == [OK, OK, OK, NOT_RUN, NOT_RUN]
    assert run.recorded()[3].reason == "the notebook's cells took more than 10 s in all"


def test_the_time_of_a_cell_that_was_lost_is_counted_as_well(machine):
    machine.does |= {"a": lost(seconds=4.0), "b": lost(seconds=4.0), "c": lost(seconds=2.0)}
    run = running("a", "b", "c", "d")
    run.finish()
    assert [timeout for *_, source, timeout, _, _ in machine.ran if source == "c"] == [2.0]
    assert statuses(run) == [LEFT_OUT, LEFT_OUT, LEFT_OUT, NOT_RUN]


def test_a_cell_that_ends_the_kernel_is_left_out_and_those_above_are_run_again(machine):
    machine.does["b"] = lost("it hung")
    run = running("a", "b", "c")
    run.finish()
    assert machine.sources(0) == ["a", "b"] and machine.sources(1) == ["a", "c"] and len(machine.kernels) == 2
    assert statuses(run) == [OK, LEFT_OUT, OK]
    assert run.recorded()[1].reason == "it hung"
    assert machine.kernels[0].ended == "waited for"


def test_what_a_replay_shows_is_not_recorded_again(machine):
    machine.does |= {"a": [0.0, (error(),)], "b": lost()}
    run = running("a", "b")
    run.finish()
    assert statuses(run) == [OK, LEFT_OUT] and run.recorded()[0].outputs == ()


def test_a_cell_that_had_not_begun_is_not_blamed_for_the_end_of_the_kernel(machine):
    machine.does["b"] = [lost(began=False), 0.0]
    run = running("a", "b")
    run.finish()
    assert statuses(run) == [OK, OK]
    assert machine.sources(1) == ["a", "b"]


def test_once_a_kernel_was_lost_a_cell_that_has_not_begun_is_blamed_too_so_that_it_ends(machine):
    machine.does["b"] = [lost(began=False), lost("it ended twice", began=False), 0.0]
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [OK, LEFT_OUT, OK]


def test_a_cell_that_was_blamed_has_another_chance_when_one_above_it_is_convicted(machine):
    machine.does["c"] = [lost(), 0.0]
    machine.after = {"b"}
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [OK, LEFT_OUT, OK]
    assert machine.sources() == ["a", "c"]
    assert run.recorded()[1].reason == "after it the kernel did not answer any more"
    assert sum(source == "b" for _, source, *_ in machine.ran) == 2


def test_a_cell_that_was_blamed_stays_out_when_it_is_one_below_that_is_convicted(machine):
    machine.does["a"] = lost()
    machine.after = {"b"}
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [LEFT_OUT, LEFT_OUT, OK]
    assert sum(source == "a" for _, source, *_ in machine.ran) == 1


def test_a_cell_that_raised_and_after_which_the_kernel_does_not_answer_ends_at_the_line_that_raises(
    machine, monkeypatch
):
    machine.does |= {"a": lost(), "b": [(error(), error("more")), (error(),)]}
    real = Kernel.run

    def harmless_when_stopped(kernel, source, timeout, max_output, stop=False):
        machine.after = set() if stop else {"b"}
        return real(kernel, source, timeout, max_output, stop)

    monkeypatch.setattr(Kernel, "run", harmless_when_stopped)
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [LEFT_OUT, ERROR, OK]
    assert run.recorded()[1].outputs == (error(),)
    assert [stop for _, source, _, _, stop in machine.ran if source == "b"] == [False, True]


def test_harm_below_a_line_that_raised_costs_what_stands_below_it(machine):
    machine.does["b"] = [lost(raised=True), (error(),)]
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [OK, ERROR, OK]
    assert [stop for _, source, _, _, stop in machine.ran if source == "b"] == [False, True]
    assert not any(stop for _, source, _, _, stop in machine.ran if source != "b")


def test_who_does_harm_though_it_ends_at_the_line_that_raises_is_left_out(machine):
    machine.does["b"] = lost("always", raised=True)
    machine.after = set()
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [OK, LEFT_OUT, OK]
    assert sum(source == "b" for _, source, *_ in machine.ran) == 2


def test_after_harm_above_a_stopped_cell_is_convicted_if_it_still_does_harm(machine):
    machine.does |= {"a": lost(), "b": (error(),)}
    machine.after = {"b"}
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [LEFT_OUT, LEFT_OUT, OK]
    assert [stop for _, source, _, _, stop in machine.ran if source == "b"] == [False, True]


@pytest.mark.parametrize("kind", ["SyntaxError", "IndentationError", "TabError"])
def test_what_was_handed_out_is_run_where_an_edited_cell_is_no_python(machine, kind):
    machine.does["mine"] = (error(kind, "invalid"),)
    run = running(edited("mine"), "b")
    run.finish()
    assert machine.sources() == ["mine", "given", "b"]
    (cell, _) = run.recorded()
    assert cell.status is ERROR
    assert cell.outputs[0] == error(kind, "invalid")
    assert cell.outputs[1]["text"] == "What was handed out for this cell was run in its place.\n"


@pytest.mark.parametrize("does", [(error(),), 0.0], ids=["raises", "fine"])
def test_what_was_handed_out_is_not_run_where_the_edited_cell_can_be(machine, does):
    machine.does["mine"] = does
    run = running(edited("mine"), "b")
    run.finish()
    assert machine.sources() == ["mine", "b"]
    assert "handed out" not in str(run.recorded())


def test_what_was_handed_out_is_run_where_an_edited_cell_is_left_out(machine):
    machine.does |= {"mine": lost("it hung"), "given": 1.0}
    run = running("a", edited("mine"), "b")
    run.finish()
    assert machine.sources() == ["a", "given", "b"]
    assert run.recorded()[1].reason == "it hung; what was handed out for this cell was run in its place"
    assert [timeout for _, source, timeout, *_ in machine.ran if source == "given"] == [4.0]


def test_what_was_handed_out_is_not_run_when_the_time_is_up(machine):
    machine.does |= {"a": 7.0, "mine": lost("it hung", seconds=4.0)}
    run = running("a", edited("mine"))
    run.finish()
    assert "given" not in machine.sources()


def test_what_was_handed_out_has_no_more_time_than_is_left(machine):
    machine.does |= {"a": 4.0, "mine": lost("it hung", seconds=1.0)}
    run = running("a", edited("mine"))
    run.finish()
    assert [timeout for _, source, timeout, *_ in machine.ran if source == "given"] == [1.0]


def test_what_was_handed_out_and_does_harm_is_run_once(machine):
    machine.does |= {"mine": (error("SyntaxError"),), "given": lost()}
    run = running("a", edited("mine"), "b")
    run.finish()
    assert sum(source == "given" for _, source, *_ in machine.ran) == 1
    assert statuses(run) == [OK, ERROR, OK]
    assert "handed out" not in str(run.recorded())


def test_what_was_handed_out_and_keeps_the_kernel_from_answering_is_run_once(machine):
    machine.does["mine"] = lost("it hung")
    machine.after = {"given"}
    run = running("a", edited("mine"), "b")
    run.finish()
    assert sum(source == "given" for _, source, *_ in machine.ran) == 1
    assert statuses(run) == [OK, LEFT_OUT, OK]
    assert run.recorded()[1].reason == "it hung"


def test_no_cell_pays_for_what_happens_after_one_that_is_not_run(machine):
    machine.does["a"] = lost()
    run = running("a", code("never", tags=["skip-execution"]), "b")
    run.finish()
    assert machine.kernels[-1].probes == 1  # after b
    assert statuses(run) == [LEFT_OUT, SKIPPED, OK]


def test_a_copy_that_cannot_be_had_is_tried_in_another_kernel_whose_cells_are_watched(machine):
    for trouble in (ConnectionError("gone"), TimeoutError("silent")):
        machine.copies = [trouble]
        run = running("a", ("one", 1))
        before = len(machine.kernels)
        assert run.copy_at("one")[1] == ["a"]
        assert len(machine.kernels) == before + 2
        assert machine.kernels[-1].probes == 1
        assert not run.doubtful


def test_where_no_copy_can_be_had_twice_the_question_is_not_judged(machine):
    machine.copies = [ConnectionError("gone"), ConnectionError("gone")]
    run = running("a", ("one", 1))
    with pytest.raises(CannotJudge, match="does not answer between two cells; look at the notebook by hand"):
        run.copy_at("one")


def test_a_kernel_that_has_ended_in_the_meantime_is_replaced_and_its_cells_are_run_again(machine):
    run = running("a", ("one", 1), "b", ("two", 1))
    run.copy_at("one")
    machine.kernels[0].is_alive = False
    assert run.copy_at("two")[1] == ["a", "b"]
    assert len(machine.kernels) == 2 and machine.kernels[1].probes == 2


STALL = StalledError("the machine did not get on")


def stall_in(machine, where):
    if where == "cell":
        machine.does["a"] = [STALL, 0.0]
    elif where == "copy":
        machine.copies = [STALL]


@pytest.mark.parametrize("where", ["cell", "copy"])
def test_a_stall_blames_nobody_and_ends_the_kernel_and_makes_the_run_doubtful(machine, where):
    stall_in(machine, where)
    run = running("a", ("one", 1))
    with pytest.raises(StalledError):
        run.copy_at("one")
    assert run.doubtful and machine.kernels[0].ended
    assert run.copy_at("one")[1] == ["a"]
    assert statuses(run) == [OK] and len(machine.kernels) == 2


def test_a_stall_while_it_is_asked_whether_it_answers_convicts_nobody(machine):
    machine.does["a"] = lost()
    machine.answers = [STALL]
    run = running("a", "b", ("one", 1))
    with pytest.raises(StalledError):
        run.copy_at("one")
    assert run.doubtful
    assert run.copy_at("one")[1] == ["b"]
    assert statuses(run) == [LEFT_OUT, OK]


def test_a_sandbox_that_was_ended_from_outside_blames_no_cell_and_is_doubtful(machine):
    machine.does["b"] = [lost(), 0.0]
    machine.dies["b"] = ["vanished"]
    run = running("a", "b", ("one", 1))
    with pytest.raises(CannotJudge, match="outside the sandbox has ended the student kernel"):
        run.copy_at("one")
    assert run.doubtful
    assert run.copy_at("one")[1] == ["a", "b"]
    assert statuses(run) == [OK, OK]


@pytest.mark.parametrize("how", ["killed", "vanished"])
def test_a_kernel_that_somebody_else_has_ended_makes_the_run_doubtful_for_good(machine, how):
    run = running("a", ("one", 1))
    run.copy_at("one")
    setattr(machine.kernels[0], how, True)
    machine.kernels[0].is_alive = False
    run.copy_at("one")
    assert run.doubtful
    run.close()
    assert run.doubtful  # though the last kernel has ended as it should


def test_a_kernel_that_a_cell_has_ended_is_in_no_doubt(machine):
    machine.does["a"] = lost()
    run = running("a", "b")
    run.finish()
    run.close()
    assert not run.doubtful


@pytest.mark.parametrize(("gpu", "how"), [([], "let go"), (["cuda:0"], "waited for")])
def test_in_the_end_only_a_kernel_with_a_gpu_is_waited_for(machine, gpu, how):
    run = running("a", config=Config(StudentProvisioner={"gpu": gpu}))
    run.close()  # there is none yet
    run.finish()
    run.close()
    assert machine.kernels[0].ended == how


def test_what_went_wrong_in_the_cell_of_an_answer_is_said(machine):
    machine.does |= {
        "error": (error("SyntaxError", "invalid syntax (12345.py, line 3)"),),
        "hangs": lost("it hung"),
        "long": (error("E", "x" * 1000),),
    }
    cells = [answer(name, name) for name in ("error", "hangs", "long", "fine")]
    run = running(
        *cells, code("never", tags=["skip-execution"], nbgrader=cells[0].metadata.nbgrader | {"grade_id": "s"})
    )
    run.finish()
    said = {name: run.fault_of_answer(name) for name in ("error", "hangs", "long", "fine", "s", "none")}
    assert said["error"] == "the cell of this question raised SyntaxError: invalid syntax (line 3)"
    assert said["hangs"] == "the cell of this question was left out: it hung"
    assert len(said["long"]) == 300
    assert said["fine"] == said["s"] == said["none"] == ""


def test_a_cell_that_ipython_itself_refused_is_said_to_have_failed(machine, monkeypatch):
    monkeypatch.setattr(Kernel, "run", lambda *_: CellRun(0.0, True, ()))
    run = running(answer("%nonsense"))
    run.finish()
    assert run.fault_of_answer("q") == "the cell of this question failed before a line of it was run"


def test_why_a_name_is_missing_is_sought_in_the_answers_cell_and_then_in_the_others(machine):
    sources = {"helper": "import gone\ndef helper(): pass", "mine": "1 / 0\ndef f(): pass"}
    machine.does |= {sources["helper"]: (error("ImportError", "gone"),), sources["mine"]: (error(),)}
    run = running(sources["helper"], answer(sources["mine"]), ("q", 1), "late = 1")
    run.finish()
    assert run.why_missing("f", "q") == "the cell of this question raised ZeroDivisionError: division by zero"
    assert run.why_missing("helper", "q") == "cell 1 failed (ImportError: gone)"
    assert run.why_missing("late", "q") == "cell 4 defines it, below the place where this question is judged"
    assert run.why_missing("late", "a question without a cell") == ""


def test_a_cell_magic_with_another_use_is_told_though_the_name_is_not_in_it(machine):
    machine.does["%%writefile f.py\nx = 1"] = (error("OSError", "no disk"),)
    run = running(answer("%%writefile f.py\nx = 1"), ("q", 1))
    run.finish()
    assert run.why_missing("f", "q") == "the cell of this question raised OSError: no disk"


def test_cells_are_told_in_their_order_though_one_was_run_anew_later(machine):
    machine.does["a"], machine.after = (error(),), {"a"}
    machine.copies = [ConnectionError("gone")]
    run = running("a", "b", ("one", 1))
    run.copy_at("one")
    assert [cell.index for cell in run.recorded()] == [0, 1]


def test_what_a_cell_shows_once_it_ends_at_the_line_that_raises_takes_the_place_of_what_it_showed_before(machine):
    machine.does["b"] = [0.0, lost(raised=True), (error(),)]
    machine.copies = [ConnectionError("gone")]
    run = running("a", "b", ("one", 1))
    run.copy_at("one")
    assert statuses(run) == [OK, ERROR]


def test_an_answers_cell_that_was_left_out_is_to_blame_for_every_name(machine):
    machine.does["x = 1"] = lost("it hung")
    run = running(answer("x = 1"), ("q", 1))
    run.finish()
    assert run.why_missing("f", "q") == "the cell of this question was left out: it hung"


def test_a_line_of_the_answers_cell_that_has_nothing_to_do_with_a_name_is_not_blamed_for_it(machine):
    machine.does["x = 1"] = (error(),)
    run = running(answer("x = 1"), ("q", 1))
    run.finish()
    assert run.why_missing("f", "q") == ""


def test_who_has_another_chance_has_it_once(machine):
    machine.does["c"] = [lost(), 0.0]
    machine.after = {("b", 2), ("a", 3)}
    run = running("a", "b", "c")
    run.finish()
    assert statuses(run) == [LEFT_OUT, LEFT_OUT, OK]
