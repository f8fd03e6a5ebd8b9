"""What takes the place of another question's answer does what that answer should, and gives nothing away."""

from __future__ import annotations

import torch
from torch import nn

from autograder.assignments.minibatch_training import drivers, probes, probes_fit, probes_modules, reference
from tests.assignments.conftest import KNOWN

LINES = ["a = Linear", "m = Module", "m.w = Parameter", "m.b = Module", "m.b.c = Pair", "n = a", "m.d = Dropout"]
PARTS = {part.name: part.stand_in for part in KNOWN["minibatch_training"].recipes["converge_fit"].parts.values()}


def test_a_module_finds_what_is_in_it_and_sets_modes() -> None:
    for kind in (probes_modules.RightModule, drivers.RightModule):
        for probe, more in (
            (probes_modules.parameters, ()),
            (probes_modules.modes, (["eval()"],)),
            (probes_modules.modes, (["eval()", "train()"],)),
        ):
            assert probe(kind, LINES, *more) == probe(reference.Module, LINES, *more)
        assert probes_modules.switched(kind, [], "eval()") == {"returned the module": True, "training": False}


def test_the_accuracy_is_a_float_and_can_be_used_as_a_tensor() -> None:
    logits, y = torch.tensor([[1.0, 2.0], [2.0, 1.0], [0.0, 1.0]]), torch.tensor([1, 1, 1])
    for right in (probes_fit.right_accuracy, drivers.right_accuracy):
        found = right(logits, y)
        assert isinstance(found, float) and abs(found - 2 / 3) < 1e-9
        assert found.item() == found.detach().cpu().double() == float(found)


def test_log_softmax_takes_any_further_argument() -> None:
    x = torch.randn(3, 4)
    assert torch.equal(probes.right_log_softmax(x, 1, keepdim=True), torch.log_softmax(x, 1))


def test_all_parts_but_the_loop_have_one() -> None:
    assert {name for name, right in PARTS.items() if right is None} == {"fit"}
    assert all(hasattr(drivers, right) for right in PARTS.values() if right)


def test_all_of_them_together_train() -> None:
    parts = {name: getattr(drivers, right) for name, right in PARTS.items() if right}
    torch.manual_seed(0)
    x = torch.randn(640, 784)
    batches = _Batches(x, (x[:, 0] > 0).long())
    start = nn.Sequential(nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 10)).state_dict()
    steps = drivers.fitted(start=start, settings={"etas": [0.1] * 3}, batches=batches, fit=reference.fit, **parts)
    last = list(steps)[-1]
    model = nn.Sequential(nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 10))
    model.load_state_dict(last)
    assert float(reference.accuracy(model(x).detach(), batches.targets)) > 0.9


class _Batches:
    def __init__(self, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        self.inputs, self.targets = inputs, targets

    def counted(self, loader: object) -> object:
        return loader
