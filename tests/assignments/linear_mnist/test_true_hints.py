"""What is said of wrong answers that nobody has registered is true of them, or nothing is said."""

import functools

import pytest

from autograder.assignments.linear_mnist import first_examples
from autograder.authoring.mutants import calls_of
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.diagnose import Observed, diagnose
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness

FUNCTIONS = {"ce_loss": "CE_loss", "grad_func": "grad_func", "sgd_momentum": "sgd_momentum_step", "adam": "adam_step"}
CHOSEN = {
    "ce_loss": [*first_examples.BATCHES_OF_ONE_CLASS, *first_examples.LARGE_LOGITS],
    "sgd_momentum": first_examples.SGD_STATES,
    "adam": first_examples.ADAM_STATES,
}
CHOSEN["grad_func"] = CHOSEN["ce_loss"]
SETTINGS = ("eta", "beta", "beta_1", "beta_2", "epsilon")


@functools.cache
def assignment():
    return Assignment.find("linear_mnist")


@functools.cache
def calls(question):
    """Calls such as the hidden tests of a question make: those that were chosen, and some that are drawn."""
    found = []
    for case in CHOSEN[question]:
        inputs = tuple(case["batch"] if "batch" in case else case["state"])
        found.append(RecordedCall(FUNCTIONS[question], (*inputs, *(case[name] for name in SETTINGS if name in case))))
    return [*found, *calls_of(assignment(), question, 30)]


def said_of(question, code):
    """The slug of what a student is told; "" for nothing. Asserts that the answer is wrong."""
    given = calls(question)
    seen = list(Formula((), code).outputs(given))
    canonical = assignment().canonical_answer(question)
    exact = Likeness(tolerance=assignment().tolerance_of_call)
    right = Formula((), canonical).outputs(given)
    wrong = [yours for yours, other in zip(seen, right, strict=True) if not exact.same(yours, other)]
    assert wrong, "that is a right answer"
    known = [entry for entry in assignment().registry.wrong if entry.question == question]
    observed = Observed({"test_seen": seen, "test_failed": wrong[:1]}, frozenset({"test_failed"}), code)
    found = diagnose(observed, canonical, known, assignment().tolerance_of_call)
    return found.slug if found else ""


LOSS = "def CE_loss(X, ystar, w):\n    z = X @ w\n"
GRAD = "def grad_func(X, ystar, w):\n    z = X @ w\n"


def loss(*lines):
    return LOSS + "".join(f"    {line}\n" for line in lines)


def grad(*lines):
    return GRAD + "".join(f"    {line}\n" for line in lines)


SHIFTED = "z = z - z.max(dim=1, keepdim=True).values"
SOFTMAX = "p = torch.exp(z) / torch.exp(z).sum(dim=1, keepdim=True)"
MEAN = "return float(-(ystar * torch.log(p)).sum(dim=1).mean())"
BACK = "return X.T @ (p - ystar) / len(X)"
UNDERFLOW = {
    "product": loss(SHIFTED, SOFTMAX, MEAN),
    "summed at once": loss(SHIFTED, SOFTMAX, "return float(-(ystar * torch.log(p)).sum() / X.shape[0])"),
    "index": loss(SHIFTED, SOFTMAX, "return float(-torch.log(p[torch.arange(len(X)), ystar.argmax(1)]).mean())"),
    "chosen first": loss(SHIFTED, SOFTMAX, "return float(-torch.log((p * ystar).sum(dim=1)).mean())"),
    "mask": loss(SHIFTED, SOFTMAX, "return float(-torch.log(p[ystar.bool()]).mean())"),
    "loop": loss(
        "total = 0.0",
        "for i in range(len(X)):",
        "    e = torch.exp(z[i] - z[i].max())",
        "    total -= float(torch.log(e / e.sum())[ystar[i].argmax()])",
        "return total / len(X)",
    ),
    "numpy": loss(
        "z = z.numpy()",
        "e = np.exp(z - z.max(axis=1, keepdims=True))",
        "p = e / e.sum(axis=1, keepdims=True)",
        "return float(-np.sum(ystar.numpy() * np.log(p)) / len(X))",
    ),
}


@pytest.mark.parametrize("code", UNDERFLOW.values(), ids=UNDERFLOW)
def test_the_logarithm_of_a_probability_that_underflowed_is_not_taken_for_an_overflow(code):
    assert said_of("ce_loss", code) == "log-of-softmax"


def test_what_underflows_is_named_beside_another_mistake():
    said = said_of("ce_loss", loss("p = torch.softmax(z, dim=1)", "return float(-(ystar * torch.log(p)).sum())"))
    assert said == "sum-over-batch+log-of-softmax"


OVERFLOW = {
    "loss": ("ce_loss", loss(SOFTMAX, MEAN)),
    "loss, index": ("ce_loss", loss(SOFTMAX, "return float(-torch.log(p[ystar.bool()]).mean())")),
    "log of sum": (
        "ce_loss",
        loss("return float((torch.log(torch.exp(z).sum(dim=1)) - (z * ystar).sum(dim=1)).mean())"),
    ),
    "grad": ("grad_func", grad(SOFTMAX, BACK)),
    "grad, exp of a difference": (
        "grad_func",
        grad("p = torch.exp(z - torch.log(torch.exp(z).sum(dim=1, keepdim=True)))", BACK),
    ),
}


@pytest.mark.parametrize(("question", "code"), OVERFLOW.values(), ids=OVERFLOW)
def test_raw_exponentials_are_named(question, code):
    assert said_of(question, code) == "no-max-shift"


BROKEN = {
    "nan everywhere": ("ce_loss", loss("return float('nan')"), "not-finite"),
    "nan from a log of negative numbers": (
        "ce_loss",
        loss("return float(torch.log(-torch.exp(z)).mean())"),
        "not-finite",
    ),
    "nan, and a number": ("ce_loss", loss("return float('nan') * 784"), "not-finite"),
    "nan gradient": ("grad_func", grad("return torch.full_like(w, float('nan'))")),
    "infinite for other reasons": ("ce_loss", loss(SHIFTED, SOFTMAX, MEAN.replace("torch.log(p)", "1 / (p - 1)"))),
    "nan where one class": (
        "grad_func",
        grad("p = torch.softmax(z, dim=1) * (z.std(dim=1, keepdim=True) / z.std(dim=1, keepdim=True))", BACK),
    ),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_what_is_not_finite_for_other_reasons_is_no_overflow(answer):
    question, code, *seen = answer
    assert said_of(question, code) == "".join(seen)


RAISING = {
    "a tuple": ("ce_loss", loss("z = z - z.max(1)", "return float(z.sum())"), "values-and-indices"),
    "a tuple, grad": ("grad_func", grad("z = z - torch.max(z, dim=1, keepdim=True)", "return z"), "values-and-indices"),
    "transpose": ("grad_func", grad("return X.transpose() @ z"), "transpose-without-axes"),
    "power": ("adam", "def adam_step(w, m, v, grad, t, *settings):\n    return w, m, v + grad^2\n", "no-power"),
    "a GPU": ("grad_func", grad("return (X.to('cuda').T @ z)"), "no-gpu"),
    "another pair": ("ce_loss", loss("z = z - z.sort(1)", "return float(z.sum())"), ""),
    "value error": ("ce_loss", loss("raise ValueError('shape')"), ""),
    "type error": ("ce_loss", loss("return float(None)"), ""),
    "shapes": ("grad_func", grad("return X @ (z - ystar)[:, :0].T @ X"), "product-shapes"),
    "key error": ("sgd_momentum", "def sgd_momentum_step(w, m, grad, eta, beta):\n    return {}['w']\n", ""),
}


SOMETIMES = {
    "keepdim": (
        "ce_loss",
        loss("z = z - z.max(1).values", "return float(-(ystar * torch.log_softmax(z, 1)).sum(1).mean())"),
        "keepdim-missing",
    ),
    "keepdim, own softmax": (
        "grad_func",
        grad("e = torch.exp(z - z.max())", "p = e / e.sum(dim=1)", BACK),
        "right-for-one",
    ),
    "other shapes, grad": ("grad_func", grad("return X @ (torch.softmax(z, 1) - ystar) / len(X)"), "product-shapes"),
    "other shapes": ("ce_loss", loss("return float(-(ystar.T * torch.log_softmax(z, 1)).sum(1).mean())"), ""),
    "not contiguous": (
        "ce_loss",
        loss("y = ystar.view(-1)", "return float(-(y * torch.log_softmax(z, 1).reshape(-1)).sum() / 10)"),
        "",
    ),
    "ten classes only": (
        "ce_loss",
        loss("z = z + torch.zeros(10)", "return float(-(ystar * torch.log_softmax(z, 1)).sum(1).mean())"),
        "",
    ),
}


@pytest.mark.parametrize(("question", "code", "expected"), SOMETIMES.values(), ids=SOMETIMES)
def test_what_raises_for_some_shapes_is_told_of_nothing_else(question, code, expected):
    assert said_of(question, code) == expected


@pytest.mark.parametrize(("question", "code", "expected"), RAISING.values(), ids=RAISING)
def test_no_formula_explains_an_exception(question, code, expected):
    assert said_of(question, code) == expected


NOT_ROUNDED = {
    "1e-8 beside N": ("grad_func", grad("p = torch.softmax(z, dim=1)", "return X.T @ (p - ystar) / (len(X) + 1e-6)")),
    "1e-8 beside N, loss": (
        "ce_loss",
        loss("return float(-(ystar * torch.log_softmax(z, 1)).sum() / (len(X) + 1e-6))"),
    ),
    "small number in softmax": (
        "grad_func",
        grad(SHIFTED, "p = torch.exp(z) / (torch.exp(z).sum(1, keepdim=True) + 1e-6)", BACK),
    ),
    "float32 and no mean": (
        "grad_func",
        grad("p = torch.softmax(z.float(), dim=1)", "return (X.float().T @ (p - ystar)).to(w.dtype) * 1.00001"),
    ),
}


@pytest.mark.parametrize(("question", "code"), NOT_ROUNDED.values(), ids=NOT_ROUNDED)
def test_nobody_is_told_of_rounding_that_is_not_there(question, code):
    said = said_of(question, code)
    assert "round" not in said and "float32" not in said and "missing-mean" not in said and "clamped" not in said, said
