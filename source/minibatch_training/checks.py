"""A hint names what the answer's value is equal to; where that is not known, there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import nn

from autograder.handed_out.selfcheck.comparing import NOTHING, compare, kind, show, unchanged
from autograder.handed_out.selfcheck.questions import Question, WrongError, by_name, matrix

TEXTS = ("shuffling",)  # the cells for written answers
HIDDEN_TESTS = "The hidden tests go further: other sizes, float32 and float64, very large numbers, several passes."
NOT_CHECKED = "the grader trains with all your parts; the cell under 'Does it learn?' tries it on some images"
SOFTMAX = {
    torch.softmax: "torch.softmax",
    torch.Tensor.softmax: "x.softmax",
    torch.nn.functional.softmax: "F.softmax",
    torch.log_softmax: "torch.log_softmax",
    torch.Tensor.log_softmax: "x.log_softmax",
    torch.nn.functional.log_softmax: "F.log_softmax",
    torch.logsumexp: "torch.logsumexp",
    torch.Tensor.logsumexp: "x.logsumexp",
    torch.nn.functional.cross_entropy: "F.cross_entropy",
    torch.nn.functional.nll_loss: "F.nll_loss",
    nn.Softmax: "nn.Softmax",
    nn.LogSoftmax: "nn.LogSoftmax",
    nn.CrossEntropyLoss: "nn.CrossEntropyLoss",
    nn.NLLLoss: "nn.NLLLoss",
}
CONTAINERS = {
    nn.Sequential: "nn.Sequential",
    nn.ModuleList: "nn.ModuleList",
    nn.ModuleDict: "nn.ModuleDict",
    nn.ParameterList: "nn.ParameterList",
}
OPTIMISERS = {torch.optim.Optimizer: "torch.optim"}
DATA = {
    torch.utils.data.DataLoader: "torch.utils.data.DataLoader",
    torch.utils.data.TensorDataset: "torch.utils.data.TensorDataset",
    torch.utils.data.BatchSampler: "torch.utils.data.BatchSampler",
    torch.utils.data.RandomSampler: "torch.utils.data.RandomSampler",
}


def wrong(what: str, yours: Any, expected: Any, hint: str = "", example: str = "") -> WrongError:
    """Return the error to raise."""
    return WrongError(
        what, show(yours), expected if isinstance(expected, str) else show(expected), hint, False, example
    )


def itself(answer: Any) -> Any:
    """Return the class that makes an answer's objects, which is wrapped here."""
    return getattr(answer, "__wrapped__", answer)


def same(what: str, yours: Any, right: Any, hints: Iterable[tuple[Any, str]] = (), example: str = "") -> None:
    """Raise WrongError unless two plain values are equal; a known wrong value picks the hint."""
    if yours != right:
        raise wrong(what, yours, right, next((hint for known, hint in hints if known == yours), ""), example)


def numbers(value: Any, right: torch.Tensor, what: str) -> torch.Tensor:
    """Return value, which must be a tensor with the shape and dtype of right."""
    if not isinstance(value, torch.Tensor):
        hint = NOTHING if value is None else ""
        raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", "a tensor", hint)
    if value.shape != right.shape:
        raise WrongError(f"{what} has the wrong shape", f"shape {tuple(value.shape)}", f"shape {tuple(right.shape)}")
    if value.dtype != right.dtype:
        raise WrongError(f"{what} has the wrong dtype", str(value.dtype), str(right.dtype))
    return value


# --- Questions 1 to 4: functions of logits -------------------------------------------------------------------------

# 3 examples, 4 classes
LOGITS = matrix([[1.0, 2.0, 0.5, -1.0], [0.0, 0.5, -0.5, 1.5], [2.0, -1.0, 0.25, 1.0]])
Y = [1, 3, 2]
N, C = LOGITS.shape
LARGE = matrix([[1000.0, 0.0], [-1000.0, -1002.0]])


def log_sums(rows: list[list[float]]) -> list[float]:
    """Return log(sum(exp(row))) for each row."""
    return [max(row) + math.log(sum(math.exp(z - max(row)) for z in row)) for row in rows]


def logarithms(x: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the softmax of each row."""
    return matrix([[z - total for z in row] for row, total in zip(x.tolist(), log_sums(x.tolist()))])  # noqa: B905


def slopes(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, h: float = 1e-5) -> torch.Tensor:
    """Return the slope of a function along each entry, by central differences."""
    slope = torch.zeros_like(x)
    for index in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[index] = h
        slope.view(-1)[index] = (function(x + step) - function(x - step)) / (2 * h)
    return slope


WEIGHTS = matrix([[1.0, -2.0, 0.5, 3.0], [0.25, 1.0, -1.0, 2.0], [-0.5, 1.5, 1.0, -1.0]])


def check_gradient(what: str, function: Callable[[torch.Tensor], Any], right: torch.Tensor) -> None:
    """Raise WrongError unless autograd gives the gradient of a number made of the logits."""
    x = LOGITS.clone().requires_grad_()
    value = function(x)
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        raise WrongError(f"{what} has no gradient", "autograd can't go through it", "a gradient", calls=False)
    value.backward()
    compare(f"the gradient of {what}", x.grad, right, otherwise="expected are slopes, by small steps in each logit")


def softmax_value(softmax: Any) -> None:
    """Three rows."""
    right = logarithms(LOGITS).exp()
    given = LOGITS.clone()
    found = numbers(softmax(given), right, "the softmax")
    e = LOGITS.exp()
    known = [
        (e / e.sum(0), "in yours each column adds up to 1: here each row does"),
        (e / e.sum(), "in yours the whole batch adds up to 1: here each row does"),
        (e, "yours is exp alone"),
        (right.log(), "yours is the logarithm of the softmax"),
    ]
    compare("the softmax", found, right, known)
    unchanged(given, LOGITS, "x")


def softmax_large(softmax: Any) -> None:
    """Logits of 1000 and -1000."""
    right = logarithms(LARGE).exp()
    found = numbers(softmax(LARGE.clone()), right, "the softmax for large logits")
    hint = (
        "exp(1000) is more than a float can hold, and all of exp(-1000) and exp(-1002) is 0: take something off first"
    )
    compare("the softmax for large logits", found, right, not_finite=hint)


def softmax_gradient(softmax: Any) -> None:
    """Autograd goes through it."""
    right = slopes(lambda x: (logarithms(x).exp() * WEIGHTS).sum(), LOGITS)
    check_gradient("the softmax", lambda x: (softmax(x) * WEIGHTS).sum(), right)


def logsumexp_value(logsumexp: Any, log_softmax: Any) -> None:
    """Three rows."""
    right = matrix([[total] for total in log_sums(LOGITS.tolist())])
    found = numbers(logsumexp(LOGITS.clone()), right, "logsumexp")
    top = LOGITS.max(1, keepdim=True)[0]
    known = [
        (right - top, "yours is the log-sum-exp less the largest entry of the row: it has to be added again"),
        (right.exp(), "yours is the sum of the exponentials: the logarithm is missing"),
        (right + top, "yours has the largest entry of the row once too often"),
    ]
    compare("logsumexp", found, right, known)
    large = matrix([[total] for total in log_sums(LARGE.tolist())])
    compare("logsumexp for large entries", logsumexp(LARGE.clone()), large, not_finite="exp(1000) is infinite")


def log_softmax_value(logsumexp: Any, log_softmax: Any) -> None:
    """Three rows, and large logits."""
    right, given = logarithms(LOGITS), LOGITS.clone()
    found = numbers(log_softmax(given), right, "log_softmax")
    known = [
        (right.exp(), "yours is the softmax: the logarithm is missing"),
        (-right, "yours has the other sign"),
        (LOGITS - LOGITS.exp().sum(0).log(), "yours adds up over the batch: each row is for itself"),
    ]
    compare("log_softmax", found, right, known)
    unchanged(given, LOGITS, "x")
    hint = "a probability comes out as 0, or exp as infinity, and then the logarithm isn't finite"
    compare("log_softmax for large logits", log_softmax(LARGE.clone()), logarithms(LARGE), not_finite=hint)


def log_softmax_gradient(logsumexp: Any, log_softmax: Any) -> None:
    """Autograd goes through it."""
    right = slopes(lambda x: (logarithms(x) * WEIGHTS).sum(), LOGITS)
    check_gradient("log_softmax", lambda x: (log_softmax(x) * WEIGHTS).sum(), right)


def nll_value(nll: Any, cross_entropy: Any) -> None:
    """Three examples."""
    log_p = logarithms(LOGITS)
    chosen = [log_p[n][label].item() for n, label in enumerate(Y)]
    right = torch.tensor(-sum(chosen) / N, dtype=torch.float64)
    found = numbers(nll(log_p.clone(), torch.tensor(Y)), right, "nll")
    known = [
        (right * N, f"yours is {N} times the right loss, and there are {N} examples: it is their mean"),
        (right / C, f"yours is the right loss divided by {C}, the number of classes"),
        (-right, "yours has the other sign"),
        (-log_p.mean(), "yours is the mean over all classes: only the label's counts"),
    ]
    compare("nll", found, right, known)


def cross_entropy_value(nll: Any, cross_entropy: Any) -> None:
    """Three examples, and large logits."""
    log_p = logarithms(LOGITS)
    right = torch.tensor(-sum(log_p[n][label].item() for n, label in enumerate(Y)) / N, dtype=torch.float64)
    found = numbers(cross_entropy(LOGITS.clone(), torch.tensor(Y)), right, "cross_entropy")
    logits = -sum(LOGITS[n][label].item() for n, label in enumerate(Y)) / N
    probabilities = -sum(math.exp(log_p[n][label].item()) for n, label in enumerate(Y)) / N
    known = [
        (right * N, f"yours is {N} times the right loss, and there are {N} examples: it is their mean"),
        (logits, "yours is the nll of the logits themselves: they are no log-probabilities"),
        (probabilities, "yours is the nll of the probabilities: their logarithm is missing"),
    ]
    compare("cross_entropy", found, right, known)
    large = cross_entropy(LARGE.clone(), torch.tensor([1, 0]))
    compare("cross_entropy for large logits", large, 500 + math.log(1 + math.exp(-2)) / 2, not_finite="use log_softmax")


def cross_entropy_gradient(nll: Any, cross_entropy: Any) -> None:
    """Autograd goes through it."""
    labels = torch.tensor(Y)
    right = slopes(lambda x: -logarithms(x)[torch.arange(N), labels].mean(), LOGITS)
    check_gradient("cross_entropy", lambda x: cross_entropy(x, labels), right)


GUESSES = matrix([[0, 2, 1, 0], [1, 0, 0, 3], [2, 1, 0, 0], [0, 1, 2, 0], [0, 2, 1, 0]])
ANSWERS = torch.tensor([1, 3, 2, 2, 3])  # three of five are right


def accuracy_value(accuracy: Any) -> None:
    """Three of five are right."""
    value = accuracy(GUESSES.clone(), ANSWERS)
    numpy_float = type(value).__module__ == "numpy" and type(value).__name__.startswith("float")
    tensor = isinstance(value, torch.Tensor) and value.dim() == 0 and value.is_floating_point()
    if not (isinstance(value, float) or numpy_float or tensor):
        hint = NOTHING if value is None else ""
        yours = f"{kind(value)}: {show(value)}"
        raise WrongError("the accuracy is of the wrong kind", yours, "a float: 0.6", hint)
    known = [
        (3.0, "yours is the number of right ones: the accuracy is their fraction"),
        (3 / 4, "yours is divided by 4, the number of classes"),
        (60.0, "yours is in per cent: a fraction is between 0 and 1"),
    ]
    compare("the accuracy", float(value), 0.6, known)
    for what, logits in (("a thousand times as large", 1000 * GUESSES), ("all below 0", GUESSES - 9)):
        compare(f"the accuracy of the same logits, {what}", float(accuracy(logits.clone(), ANSWERS)), 0.6)
    given, labels = GUESSES.clone(), ANSWERS.clone()
    accuracy(given, labels)
    unchanged = torch.equal(given, GUESSES) and torch.equal(labels, ANSWERS)
    same("whether logits and y stay as they are", unchanged, True)


# --- Questions 5 and 6: modules ------------------------------------------------------------------------------------


def check_base(answer: Any, forbidden: tuple[type, ...], name: str) -> None:
    """Raise WrongError where a class inherits from what it is to do without."""
    if issubclass(itself(answer), forbidden):
        what = f"{itself(answer).__name__} inherits from {name}"
        raise WrongError(what, name, "a class of your own", "see the rules", False)


def positions(found: Iterable[Any], known: list[Any]) -> list[Any]:
    """Return which of the known objects each one found is."""
    return [next((i for i, one in enumerate(known) if one is thing), "something else") for thing in found]


def module_parameters(Module: Any) -> None:
    """Parameters of its own, of a layer, of a module within, shared ones; a list is not registered."""
    check_base(Module, (nn.Module,), "nn.Module")
    Module = itself(Module)
    w = nn.Parameter(torch.zeros(2))
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)

    class Inner(Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.w = w

    class Outer(Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.outer = first
            self.inner = Inner()
            self.two = first
            self.extra = [second]

    what, known = "parameters()", [first.weight, first.bias, w, second.weight, second.bias]
    example = "net.outer = nn.Linear(1, 1); net.inner = Inner(); net.two = net.outer; net.extra = [nn.Linear(1, 1)]"
    same(
        f"{what} of a module with one parameter of its own",
        positions(Inner().parameters(), [w]),
        [0],
        [([], "none was found")],
    )
    hints = [
        ([0, 1, 2, 0, 1], "yours gives a shared layer's parameters twice"),
        ([0, 1], "yours doesn't look into modules within"),
        ([2], "yours doesn't look into torch's layers"),
        ([0, 1, 2, 3, 4], "yours gives those of a layer in a list, too: a list is an ordinary attribute"),
        ([2, 0, 1], "yours gives them in another order than they were assigned in"),
    ]
    same(f"{what} (numbered as assigned)", positions(Outer().parameters(), known), [0, 1, 2], hints, example)


def module_modes(Module: Any) -> None:
    """train and eval, for what is within, too."""
    Module = itself(Module)

    class Net(Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

        def forward(self, x: Any, y: Any) -> Any:
            return x + 2 * y

    outer, inner, drop = Net(), Net(), nn.Dropout()
    outer.inner = inner
    inner.drop = drop
    same("training of a new module", outer.training, True)
    back = outer.eval()
    modes = [outer.training, inner.training, drop.training]
    hints = [
        ([False, True, True], "what is within didn't change"),
        ([False, False, True], "torch's layer two levels down didn't change: it has a train() and eval() of its own"),
        ([True, True, True], "nothing changed"),
    ]
    example = "net.inner = Inner(); net.inner.drop = nn.Dropout(); net.eval()"
    same("training after eval(), of the module, one within, and a layer in that", modes, [False] * 3, hints, example)
    same("whether eval() returns the module", back is outer, True)
    same("whether train() returns the module", outer.train() is outer, True)
    same("training after train()", [outer.training, inner.training, drop.training], [True] * 3)
    same("a call with two inputs", outer(1, 10), 21, [(None, "it returns nothing")])
    outer.inner = outer.note = None
    outer.eval()
    same("how many parameters are left when None was assigned to net.inner", len(list(outer.parameters())), 0)


def sequential_forward(Sequential: Any, Module: Any) -> None:
    """Layers and a function, in order."""
    check_base(Sequential, (nn.Module,), "nn.Module")
    linear = nn.Linear(2, 2, dtype=torch.float64)
    x = matrix([[1.0, -2.0]])
    with torch.no_grad():
        linear.weight.copy_(matrix([[1.0, 2.0], [0.5, -1.0]]))
        linear.bias.copy_(torch.tensor([0.5, 1.0]))
        found = Sequential(linear, nn.ReLU(), torch.sqrt)(x)
    right = matrix([[0.0, 3.5**0.5]])
    compare("what comes out of Sequential(linear, nn.ReLU(), torch.sqrt)", numbers(found, right, "it"), right)
    empty = Sequential()(x)
    if empty is not x and not (isinstance(empty, torch.Tensor) and torch.equal(empty, x)):
        raise wrong("what comes out of Sequential()", empty, "its input")


def sequential_layers(Sequential: Any, Module: Any) -> None:
    """len, index, loop, parameters and modes."""
    layers = [nn.Linear(1, 1), torch.tanh, nn.Dropout(), nn.Linear(1, 1)]
    s = Sequential(*layers)
    example = "s = Sequential(nn.Linear(1, 1), torch.tanh, nn.Dropout(), nn.Linear(1, 1))"
    same("len(s) of four layers", len(s), 4, example=example)
    same("s[0], s[1], s[2], s[3]", positions((s[i] for i in range(4)), layers), [0, 1, 2, 3], example=example)
    same("the layers in a loop", positions(s, layers), [0, 1, 2, 3], example=example)
    known = [p for layer in layers if isinstance(layer, nn.Module) for p in layer.parameters()]
    hint = [([], "none was found: a list of layers is not registered")]
    same("parameters(), numbered", positions(s.parameters(), known), [0, 1, 2, 3], hint, example)
    twice = len(list(Sequential(layers[0], layers[0]).parameters()))
    same("how many parameters there are where a layer stands in it twice", twice, 2)
    same("whether s.eval() returns s", s.eval() is s, True, example=example)
    same("whether the dropout is in training after s.eval()", layers[2].training, False, example=example)  # type: ignore[attr-defined]


# --- Question 7: the optimiser -------------------------------------------------------------------------------------


def parameters_with_gradients() -> list[nn.Parameter]:
    """Return two parameters with a gradient each, and one without."""
    found = [nn.Parameter(torch.tensor(values, dtype=torch.float64)) for values in ([1.0, -2.0], [3.0], [5.0])]
    found[0].grad = torch.tensor([0.5, 1.0], dtype=torch.float64)
    found[1].grad = torch.tensor([-2.0], dtype=torch.float64)
    return found


def sgd_steps(SGD: Any) -> None:
    """Two steps, the parameters from a generator; another learning rate for the second."""
    parameters, again = parameters_with_gradients(), parameters_with_gradients()
    opt = SGD((p for p in parameters), 0.25)
    opt.step()
    example = "p = nn.Parameter(torch.tensor([1.0])); p.grad = torch.tensor([2.0]); SGD([p], 0.25).step(); p"
    rows = [p.tolist() for p in parameters]
    hints = [
        ([[1.0, -2.0], [3.0], [5.0]], "nothing moved: a step changes the numbers of the very same parameters"),
        ([[1.125, -1.75], [2.5], [5.0]], "yours goes uphill: the gradient is taken off"),
        ([[0.5, -3.0], [5.0], [5.0]], "yours takes the whole gradient off: lr is missing"),
        ([[0.875, -2.25], [3.0], [5.0]], "only the first parameter moved"),
    ]
    same("the parameters after a step", rows, [[0.875, -2.25], [3.5], [5.0]], hints, example)
    left = [None if p.grad is None else p.grad.tolist() for p in parameters]
    same("the gradients after a step, which leaves them alone", left, [[0.5, 1.0], [-2.0], None])
    for p, before in zip(parameters, again):  # noqa: B905
        p.grad = before.grad
    opt.lr = 0.5
    opt.step()
    hints = [
        (rows, "the second step moved nothing: the parameters were given as a generator, which is used up by then"),
        ([[0.75, -2.5], [4.0], [5.0]], "yours goes on with the old lr: opt.lr was set to 0.5"),
    ]
    after = [p.tolist() for p in parameters]
    same("after a second step with opt.lr = 0.5", after, [[0.625, -2.75], [4.5], [5.0]], hints)


def sgd_zero_grad(SGD: Any) -> None:
    """All gradients are cleared."""
    parameters = parameters_with_gradients()
    SGD(parameters).zero_grad()
    left = [None if p.grad is None or not bool(p.grad.any()) else p.grad.tolist() for p in parameters]
    same("the gradients after zero_grad() (None: cleared)", left, [None, None, None])
    parameters = parameters_with_gradients()
    SGD(parameters).step()
    compare(
        "the first parameter after a step without an lr", parameters[0].detach(), torch.tensor([0.95, -2.1]).double()
    )


# --- Questions 8 to 10: data ---------------------------------------------------------------------------------------

EXAMPLES, DIGITS = matrix([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]), torch.tensor([7, 8, 9])


def plain(value: Any) -> Any:
    """Return tensors as lists, and tuples as lists."""
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return [plain(one) for one in value] if isinstance(value, (tuple, list)) else value


def dataset_items(Dataset: Any) -> None:
    """An index, a negative one, a list, a slice; a loop ends."""
    check_base(Dataset, (torch.utils.data.Dataset,), "torch.utils.data.Dataset")
    ds = Dataset(EXAMPLES, DIGITS)
    Dataset(-EXAMPLES, DIGITS)  # another one
    example = "ds = Dataset(torch.arange(6.0).view(3, 2), torch.tensor([7, 8, 9]))"
    same("len(ds) of 3 examples", len(ds), 3, example)
    same("ds[1]", plain(ds[1]), [[2.0, 3.0], 8], example=example)
    same("ds[-1]", plain(ds[-1]), [[4.0, 5.0], 9], example=example)
    same("ds[[2, 0]]", plain(ds[[2, 0]]), [[[4.0, 5.0], [0.0, 1.0]], [9, 7]], example=example)
    same("ds[:2]", plain(ds[:2]), [[[0.0, 1.0], [2.0, 3.0]], [7, 8]], example=example)
    same("ds[::2]", plain(ds[::2]), [[[0.0, 1.0], [4.0, 5.0]], [7, 9]], example=example)
    turns = 0
    for _ in ds:
        turns += 1
        if turns > 3:
            raise wrong("a loop over ds goes on after 3 examples", "no end", "3 turns", "ds[3] must raise IndexError")
    same("the turns of a loop over ds", turns, 3, example=example)
    same("the turns of a second loop", sum(1 for _ in ds), 3, example=example)
    same("the dtype of the examples, which were float64", ds[1][0].dtype, torch.float64)


class FourExamples:
    """A data set that has a length, and can't be asked for anything else."""

    def __len__(self) -> int:
        return 4


def sampler_orders(Sampler: Any, BatchSampler: Any) -> None:
    """In order, shuffled, twice."""
    check_base(Sampler, (torch.utils.data.Sampler,), "torch.utils.data.Sampler")
    sampler = Sampler(FourExamples())
    same("a sampler of 4 examples", list(sampler), [0, 1, 2, 3], [([1, 2, 3, 4], "yours begins at 1")])
    same("the same sampler, gone through again", list(sampler), [0, 1, 2, 3], [([], "nothing is left the second time")])
    shuffled = Sampler(range(50), True)
    first, second = list(shuffled), list(shuffled)
    same("the length of a sampler", len(shuffled), 50)
    same("the numbers of a shuffling sampler, sorted", sorted(first), list(range(50)))
    same("whether shuffling changes the order", first != sorted(first), True)
    same("whether the second pass has an order of its own", first != second, True)
    same("the kind of the numbers", {type(i).__name__ for i in first}, {"int"})


def batch_sampler_batches(Sampler: Any, BatchSampler: Any) -> None:
    """Batches of 2 of 5 numbers."""
    check_base(BatchSampler, (torch.utils.data.Sampler,), "torch.utils.data.Sampler")
    example = "list(BatchSampler([3, 1, 4, 0, 2], 2))"
    sampler = BatchSampler([3, 1, 4, 0, 2], 2)
    hints = [
        ([[3, 1], [4, 0]], "yours leaves the last one out"),
        ([[0, 1], [2, 3], [4]], "yours counts by itself: the numbers are those that the sampler gives"),
    ]
    same("batches of 2 of [3, 1, 4, 0, 2]", plain(list(sampler)), [[3, 1], [4, 0], [2]], hints, example)
    same("gone through again", plain(list(sampler)), [[3, 1], [4, 0], [2]], [([], "nothing is left")], example)
    same("len of it", len(sampler), 3, [(2, "the last one counts, too"), (5, "that is the number of numbers")])
    dropping = BatchSampler([3, 1, 4, 0, 2], 2, True)
    same("with drop_last", plain(list(dropping)), [[3, 1], [4, 0]], [([[3, 1], [4, 0], [2]], "nothing was left out")])
    same("len with drop_last", len(dropping), 2)
    even = BatchSampler([3, 1, 4, 0], 2, True)
    same("4 numbers with drop_last", plain(list(even)), [[3, 1], [4, 0]], [([[3, 1]], "a full list is left out")])
    same("len of 4 numbers", len(BatchSampler([3, 1, 4, 0], 2)), 2)


def collate_samples(DataLoader: Any, collate: Any) -> None:
    """Two samples, labels as ints or tensors."""
    for name, labels in (("ints", [8, 9]), ("tensors", [torch.tensor(8), torch.tensor(9)])):
        batch = collate([(EXAMPLES[i], label) for i, label in zip((1, 2), labels)])  # noqa: B905
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise wrong("collate hands back something else than asked for", batch, "(X, Y)")
        compare("X", numbers(batch[0], EXAMPLES[1:], "X"), EXAMPLES[1:])
        compare(f"Y, of labels that are {name}", numbers(batch[1], DIGITS[1:], "Y"), DIGITS[1:])
    again = collate((EXAMPLES[i], int(DIGITS[i])) for i in range(3))
    same("collate of a generator", plain(again), plain([EXAMPLES, DIGITS]))


def dataloader_batches(DataLoader: Any, collate: Any) -> None:
    """Two batches of plain numbers, with and without a collate_fn."""
    check_base(DataLoader, (torch.utils.data.DataLoader,), "torch.utils.data.DataLoader")
    data = [(EXAMPLES[i], int(DIGITS[i])) for i in range(3)]
    loader = DataLoader(data, [[2, 0], [1]], lambda samples: [label for _, label in samples])
    example = "list(DataLoader(data, [[2, 0], [1]], collate_fn))"
    what = "a loader whose collate_fn gives the labels"
    same(what, list(loader), [[9, 7], [8]], example=example)
    same(f"{what}, gone through again", list(loader), [[9, 7], [8]], [([], "nothing is left")], example)
    same("len of it", len(loader), 2, [(3, "3 is the number of examples")], example)
    same(
        "the labels of the batches without a collate_fn",
        plain([Y for _, Y in DataLoader(data, [[2, 0], [1]])]),
        [[9, 7], [8]],
    )


# --- Question 11: the loop -----------------------------------------------------------------------------------------


class Recorder(nn.Module):
    """A linear layer that notes what happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([[1.0, -1.0]], dtype=torch.float64))
        self.modes: list[tuple[str, bool, bool]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits, and note the mode: a batch whose first number is below 0 is a validation batch."""
        logits = x * self.w
        self.modes.append(("validation" if x[0, 0] < 0 else "training", self.training, logits.requires_grad))
        return logits


class Descent:
    """A right optimiser."""

    def __init__(self, model: Recorder, lr: float) -> None:
        self.model, self.lr, self.steps = model, lr, 0

    def step(self) -> None:
        """Take a step."""
        self.steps += 1
        with torch.no_grad():
            if self.model.w.grad is not None:
                self.model.w -= self.lr * self.model.w.grad

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.model.w.grad = None


class Batches:
    """Batches without a length."""

    def __init__(self, *batches: tuple[list[list[float]], list[int]]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return iter([(matrix(X), torch.tensor(y)) for X, y in self.batches])


TRAIN = Batches(([[1.0, 2.0], [2.0, 1.0]], [0, 1]), ([[3.0, 1.0]], [1]))
VALID = Batches(([[-1.0, 2.0], [-2.0, 3.0], [-1.0, 0.5]], [0, 0, 0]), ([[-2.0, 0.5]], [0]))


def distance(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """A loss: the mean distance of the label's logit from 1, squared."""
    return ((logits[torch.arange(len(y)), y] - 1) ** 2).mean()


def fit_validation(fit: Any) -> None:
    """Nothing moves (lr = 0): the numbers of the validation."""
    model = Recorder()
    history = fit(2, model, distance, Descent(model, 0.0), TRAIN, VALID)
    if not isinstance(history, (list, tuple)) or len(history) != 2:
        raise wrong("what fit returns after 2 epochs", history, "a list of 2 pairs (loss, accuracy)")
    for pair in history:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not all(isinstance(one, float) for one in pair):
            raise wrong("what fit returns for an epoch", pair, "two floats: loss and accuracy")
    losses = [(z - 1) ** 2 for z in (-1.0, -2.0, -1.0, -2.0)]
    mean, of_means = sum(losses) / 4, (sum(losses[:3]) / 3 + losses[3]) / 2
    known = [
        (of_means, "yours is the mean of the batches' means: the batches have 3 examples and 1"),
        (sum(losses[:3]) / 3 + losses[3], "yours is the sum of the batches' means"),
        (losses[3], "yours is that of the last batch"),
    ]
    compare("the validation loss", history[0][0], mean, known)
    known = [
        (0.5 * (2 / 3 + 0), "yours is the mean of the batches' accuracies: the batches have 3 examples and 1"),
        (2.0, "yours is the number of right ones"),
    ]
    compare("the validation accuracy", history[0][1], 0.5, known)


def fit_training(fit: Any) -> None:
    """One epoch of two batches: the weights, and the modes."""
    model = Recorder()
    opt = Descent(model, 0.125)
    fit(1, model, distance, opt, TRAIN, VALID)
    same("the number of steps for two batches", opt.steps, 2)
    right = matrix([[1.0, -0.3125]])
    known = [(matrix([[1.0, -0.0625]]), "yours is what comes out when the second step has both batches' gradients")]
    compare("the weights after an epoch", model.w.detach(), right, known)
    modes = {"training": set(), "validation": set()}  # type: dict[str, set[tuple[bool, bool]]]
    for name, mode, graph in model.modes:
        modes[name].add((mode, graph))
    same("whether the model is in training mode with training batches", {mode for mode, _ in modes["training"]}, {True})
    same("whether it is with validation batches", {mode for mode, _ in modes["validation"]}, {False})
    same("whether a graph is built in the validation", {graph for _, graph in modes["validation"]}, {False})


def fit_modes(fit: Any) -> None:
    """Two epochs: the second trains in training mode, too."""
    model = Recorder()
    fit(2, model, distance, Descent(model, 0.125), TRAIN, VALID)
    modes = [mode for name, mode, _ in model.modes if name == "training"]
    hint = [([True, True, False, False], "the model is still in evaluation mode in the second epoch")]
    same("the modes of the training batches in two epochs", modes, [True] * 4, hint)


# --- How a stub shows ----------------------------------------------------------------------------------------------


def is_empty(*answers: Any) -> bool:
    """A class without a method of its own."""
    values = [value for answer in answers for value in vars(itself(answer)).values()]
    bases = [base for answer in answers for base in itself(answer).__mro__]
    return not any(base.__module__.startswith("torch") for base in bases) and not any(
        callable(value) and not isinstance(value, type) for value in values
    )


def stub_softmax(softmax: Any) -> bool:
    """It returns zeros."""
    return not bool(softmax(LOGITS.clone()).any())


def stub_log_softmax(logsumexp: Any, log_softmax: Any) -> bool:
    """One returns a column of x, the other zeros."""
    x = LOGITS.clone()
    return torch.equal(logsumexp(x), x[:, :1]) and not bool(log_softmax(x).any())


def stub_cross_entropy(nll: Any, cross_entropy: Any) -> bool:
    """Both return None."""
    labels = torch.tensor(Y)
    return nll(LOGITS.clone(), labels) is None and cross_entropy(LOGITS.clone(), labels) is None


def stub_accuracy(accuracy: Any) -> bool:
    """It returns 0.0 for any labels."""
    some = GUESSES.argmax(1), GUESSES.argmin(1), ANSWERS
    return all(type(value) is float and value == 0.0 for value in (accuracy(GUESSES.clone(), y) for y in some))


def stub_sequential(Sequential: Any, Module: Any) -> bool:
    """Sequential is empty."""
    return is_empty(Sequential)


def stub_dataloader(DataLoader: Any, collate: Any) -> bool:
    """The class is empty, and the function gives nothing."""
    return is_empty(DataLoader) and collate([(EXAMPLES[0], 1)]) == (None, None)


def stub_fit(fit: Any) -> bool:
    """It returns an empty list, and calls nothing."""
    model = Recorder()
    return fit(2, model, distance, Descent(model, 0.1), TRAIN, VALID) == [] and not model.modes


QUESTIONS = by_name(
    Question(
        "softmax", "softmax", stub_softmax, (softmax_value, softmax_large, softmax_gradient),
        forbidden=SOFTMAX, autograd=True,
    ),
    Question(
        "log_softmax", "logsumexp", stub_log_softmax, (logsumexp_value, log_softmax_value, log_softmax_gradient),
        also=("log_softmax",), forbidden=SOFTMAX, autograd=True,
    ),
    Question(
        "cross_entropy", "nll", stub_cross_entropy, (nll_value, cross_entropy_value, cross_entropy_gradient),
        also=("cross_entropy",), forbidden=SOFTMAX, autograd=True,
    ),
    Question("accuracy", "accuracy", stub_accuracy, (accuracy_value,)),
    Question("module", "Module", is_empty, (module_parameters, module_modes), what="class", forbidden=CONTAINERS),
    Question(
        "sequential", "Sequential", stub_sequential, (sequential_forward, sequential_layers),
        also=("Module",), what="class", forbidden=CONTAINERS,
    ),
    Question(
        "optimizer", "SGD", is_empty, (sgd_steps, sgd_zero_grad), what="class", forbidden=OPTIMISERS, autograd=True
    ),
    Question("dataset", "Dataset", is_empty, (dataset_items,), what="class", forbidden=DATA),
    Question(
        "sampler", "Sampler", is_empty, (sampler_orders, batch_sampler_batches),
        also=("BatchSampler",), what="class", forbidden=DATA,
    ),
    Question(
        "dataloader", "DataLoader", stub_dataloader, (collate_samples, dataloader_batches),
        also=("collate",), what="class", forbidden=DATA,
    ),
    Question("fit", "fit", stub_fit, (fit_validation, fit_training, fit_modes), autograd=True),
)  # fmt: skip
