"""A hint names what the answer's value is equal to; where that is not known, there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from autograder.handed_out.selfcheck.comparing import answers, compare, kind, show, tensor, unchanged
from autograder.handed_out.selfcheck.questions import Question, WrongError, by_name, matrix

TEXTS = ("what_changes",)  # the cells for written answers
HIDDEN_TESTS = "The hidden tests go further: other shapes, float32 and float64, columns far from 0, constant columns."
NOT_CHECKED = "the grader trains with your layer; the cells under 'Does it learn?' show you one epoch"
READY_MADE = {
    torch.nn.functional.batch_norm: "F.batch_norm",
    torch.nn.functional.layer_norm: "F.layer_norm",
    torch.nn.functional.group_norm: "F.group_norm",
    torch.nn.functional.instance_norm: "F.instance_norm",
    torch.nn.BatchNorm1d: "nn.BatchNorm1d",
    torch.nn.BatchNorm2d: "nn.BatchNorm2d",
}
AUTOGRAD = {torch.Tensor.backward: "backward", torch.autograd.grad: "torch.autograd.grad"}


def single(value: Any, right: float, what: str) -> float:
    """Return value, which must be a float or a tensor with one number in it."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", f"a number: {show(right)}")


def attribute(layer: Any, name: str, right: torch.Tensor) -> torch.Tensor:
    """Return the numbers that a layer has under a name."""
    value = getattr(layer, name, None)
    if not isinstance(value, torch.Tensor):
        raise WrongError(f"the layer's {name} is missing", show(value), f"a tensor: {show(right)}")
    if value.numel() != right.numel():
        raise WrongError(f"the layer's {name} has the wrong size", f"shape {tuple(value.shape)}", "a number a feature")
    return value.detach().reshape(-1)


# --- Question 1: standardised data ---------------------------------------------------------------------------------


def standardised_images(standardise: Callable[..., Any]) -> None:
    """Training images of two brightnesses, test images of a third."""
    train = torch.cat([torch.zeros(2, 784), torch.ones(2, 784) * 4]).double()
    train[0, 0] = 1.0
    test = torch.full((3, 784), 6.0, dtype=torch.float64)
    test[:, 0] = 4.0
    mean, std = 2.0003188775510203, 2.000079717798967  # of all pixels of train
    found = answers(standardise(train.clone(), test.clone()), ("train", "test"), "standardise")
    right = (train - mean) / std
    first = tensor(found[0], train, "a tensor", "the training part", "train")
    by_pixel = (train - train.mean(0)) / train.std(0)
    compare(
        "the training part",
        first,
        right,
        [
            (train - mean, "yours is the images minus the mean: they are divided by the standard deviation, too"),
            (train / std, "yours is the images divided by the standard deviation: the mean is taken off first"),
            ((train - mean) / std**2, "yours is divided by the variance: its root is the standard deviation"),
            (by_pixel, "yours takes a mean and a standard deviation of each pixel: take those of all pixels together"),
        ],
        tolerance=1e-3,
    )
    second = tensor(found[1], test, "a tensor", "the test part", "test")
    compare(
        "the test part",
        second,
        (test - mean) / std,
        [
            ((test - test.mean()) / test.std(), "yours takes the test images' own mean and standard deviation"),
            ((test - mean) / test.std(), "yours is divided by the test images' own standard deviation"),
            ((test - test.mean()) / std, "yours is minus the test images' own mean"),
            (test, "yours is the test images as they came"),
        ],
        tolerance=1e-3,
    )


def standardise_leaves_images(standardise: Callable[..., Any]) -> None:
    """The images are the caller's."""
    train, test = torch.arange(8.0).repeat(98).view(1, 784), torch.ones(1, 784)
    given = train.clone(), test.clone()
    standardise(*given)
    unchanged(given[0], train, "train")
    unchanged(given[1], test, "test")


# --- Question 2: the function --------------------------------------------------------------------------------------

X = matrix([[1.0, -2.0], [3.0, 0.5], [0.5, 4.0], [-1.5, 1.0], [2.0, -0.5]])
GAMMA, BETA, EPS = matrix([[2.0, -0.5]])[0], matrix([[0.5, 1.0]])[0], 0.5
Y = matrix(
    [
        [0.5, 1.616952697],
        [2.890457219, 1.02372895],
        [-0.09761430467, 0.1932157036],
        [-2.488071523, 0.9050842004],
        [1.695228609, 1.261018449],
    ]
)
WRONG_ROWS = (  # the second row of y
    (
        [2.677324216, 1.02146694],
        "yours divides by N - 1 in the variance: here it is the biased one, which divides by N",
    ),
    ([2.483561149, 1.020121183], "yours has eps outside the root: it is added to the variance, inside"),
    ([3.137521894, 1.025189636], "yours is what comes out for eps = 0; given is 0.5"),
    ([3.13751616, 1.025189604], "yours takes 1e-5 for eps; given is 0.5"),
    ([1.928571429, 1.011261261], "yours divides by the variance: the root is missing"),
    ([1.695228609, 0.9525421002], "yours is right up to gamma: each column is multiplied by its gamma"),
    ([2.390457219, 0.02372894989], "yours is right up to beta: it is added at the end"),
    ([4.5, 1.05], "yours takes off the mean, but doesn't divide"),
    ([4.085685828, 0.8813552505], "yours divides, but doesn't take off the mean"),
    ([2.24077656, 1.43519414], "yours normalises each row: a feature is a column"),
    ([2.799916843, 1.078406256], "yours takes one mean and variance of all numbers: each column has its own"),
    ([2.551956704, 1.022821773], "yours takes the mean of the squares for the variance: the mean comes off first"),
    ([3.390457219, -0.4762710501], "yours multiplies beta by gamma: it is added at the end"),
)


def normalised(batch_norm: Callable[..., Any]) -> None:
    """Five examples, two features, eps = 0.5."""
    y = tensor(batch_norm(X.clone(), GAMMA.clone(), BETA.clone(), EPS), X, Y, "y", "x")
    compare("the second row of y", y[1], Y[1], [(matrix([row])[0], hint) for row, hint in WRONG_ROWS])
    compare("y", y, Y)


def normalised_in_float32(batch_norm: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    y = tensor(batch_norm(X.float(), GAMMA.float(), BETA.float(), EPS), X.float(), Y, "y in float32", "x")
    compare("y in float32", y, Y, tolerance=1e-5)


def far_from_zero(batch_norm: Callable[..., Any]) -> None:
    """The same numbers, 2,000 further on, in float32."""
    x, one, zero = (X + 2048).float(), torch.ones(2), torch.zeros(2)
    right = (Y - BETA) / GAMMA
    hint = (
        "x*x has seven digits in float32, and the mean of the squares minus the square of the mean keeps none of them"
    )
    compare("y where the mean is 2048", batch_norm(x, one, zero, EPS), right, otherwise=hint, tolerance=1e-2)


def gradient_through_statistics(batch_norm: Callable[..., Any]) -> None:
    """Autograd goes through mean and variance."""
    x = X.clone().requires_grad_()
    y = batch_norm(x, GAMMA.clone(), BETA.clone(), EPS)
    what = "the gradient of (y * dy).sum() with respect to x"
    if not y.requires_grad:
        raise WrongError(
            what, "none: y doesn't require grad", show(DX[0]), "something in it detaches, or is under no_grad"
        )
    (y * DY).sum().backward()
    hint = "yours treats mean and variance as constants: is something detached, or under no_grad?"
    found = x.grad if x.grad is not None else torch.zeros_like(x)
    compare(f"{what}, its second row", found[1], DX[1], [(matrix([[-0.5976143047, -0.4745789979]])[0], hint)])


def leaves_batch(batch_norm: Callable[..., Any]) -> None:
    """x, gamma and beta are the caller's."""
    given = X.clone(), GAMMA.clone(), BETA.clone()
    batch_norm(*given, EPS)
    for value, before, name in zip(given, (X, GAMMA, BETA), ("x", "gamma", "beta")):  # noqa: B905 (Python 3.9)
        unchanged(value, before, name)


# --- Question 3: its gradient --------------------------------------------------------------------------------------

DY = matrix([[1.0, 0.5], [-0.5, 2.0], [2.0, -1.0], [0.0, 1.5], [0.5, -0.5]])
DX = matrix(
    [
        [0.4780914437, 0.1042149826],
        [-1.058631054, -0.3519259798],
        [1.609289949, 0.2196531173],
        [-1.037287686, -0.2533225732],
        [0.00853734721, 0.2813804531],
    ]
)
WRONG_DX = (  # the second row
    ([-0.5976143047, -0.4745789979], "yours treats mean and variance as constants: two terms are missing"),
    ([-0.3414938884, -0.4705707293], "yours lacks the way through the mean: its columns don't add up to 0"),
    ([-1.31475147, -0.3559342484], "yours lacks the way through the variance"),
    ([-0.529315527, 0.7038519597], "yours is right up to gamma"),
    ([-1.771428571, -0.7415540541], "yours is right up to the factor 1/s"),
    ([-2.902698051, 0.1386860923], "yours has sums over the batch where the formula has means"),
    ([-1.570871887, -0.359942517], "yours has another sign before the way through the variance"),
    ([-1.106612447, -0.3730495599], "yours is what comes out for eps = 0; given is 0.5"),
    ([-1.106611537, -0.3730490987], "yours takes 1e-5 for eps; given is 0.5"),
    ([-1.003988388, -0.3190363134], "yours divides by N - 1 in the variance: here it is the biased one"),
)
WRONG_SUMS = {
    "dgamma": (
        ([1.5, -2.25], "yours takes x itself: gamma multiplies the normalised x"),
        ([-1.5, -3.75], "yours takes x minus its mean: gamma multiplies the normalised x"),
        ([-0.1792842914, -0.3559342484], "yours is a mean over the batch: here it is a sum"),
        ([-1.792842914, 0.889835621], "yours is multiplied by gamma"),
        ([-0.8164965809, -1.610020465], "yours divides by N - 1 in the variance: here it is the biased one"),
    ),
    "dbeta": (
        ([0.6, 0.5], "yours is a mean over the batch: here it is a sum"),
        ([6.0, -1.25], "yours is multiplied by gamma"),
    ),
}


def gradients_by_formula(batch_norm_grad: Callable[..., Any]) -> None:
    """The same batch: dbeta and dgamma, then dx."""
    names, given = ("dx", "dgamma", "dbeta"), (DY.clone(), X.clone(), GAMMA.clone())
    found = dict(zip(names, answers(batch_norm_grad(*given, EPS), names, "batch_norm_grad")))  # noqa: B905
    for name, right in (("dbeta", [3.0, 2.5]), ("dgamma", [-0.896421457, -1.779671242])):
        wanted = matrix([right])[0]
        value = tensor(found[name], GAMMA, wanted, name, "gamma")
        compare(name, value, wanted, [(matrix([row])[0], hint) for row, hint in WRONG_SUMS[name]])
    dx = tensor(found["dx"], X, DX, "dx", "x")
    compare("the second row of dx", dx[1], DX[1], [(matrix([row])[0], hint) for row, hint in WRONG_DX])
    compare("dx", dx, DX)
    for value, before, name in zip(given, (DY, X, GAMMA), ("dy", "x", "gamma")):  # noqa: B905
        unchanged(value, before, name)


def gradients_in_float32(batch_norm_grad: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    found = answers(batch_norm_grad(DY.float(), X.float(), GAMMA.float(), EPS), ("dx", "dgamma", "dbeta"), "in float32")
    dx = tensor(found[0], X.float(), DX, "dx in float32", "x")
    compare("dx in float32", dx, DX, tolerance=1e-4)


# --- Question 4: the layer -----------------------------------------------------------------------------------------

NORMALISED = (Y - BETA) / GAMMA
MOMENTUM = 0.25
WRONG_RUNNING = {
    "mean": (
        ([0.75, 0.45], "yours gives the new batch the share 1 - momentum: momentum is the share of the new one"),
        ([1.0, 0.6], "yours is the batch's mean: the running one moves towards it, by the share momentum"),
        ([0.0, 0.0], "yours is still 0"),
        ([0.1, 0.06], "yours takes 0.1 for momentum; given is 0.25"),
    ),
    "var": (
        ([1.325, 1.735], "yours takes the biased variance: what goes into var is the unbiased one"),
        ([2.40625, 3.94375], "yours gives the new batch the share 1 - momentum: momentum is the share of the new one"),
        ([2.875, 4.925], "yours is the batch's variance: the running one moves towards it, by the share momentum"),
        ([2.3, 3.94], "yours is the batch's biased variance: the running one moves towards the unbiased one"),
        ([1.0, 1.0], "yours is still 1"),
        ([1.1875, 1.3925], "yours takes 0.1 for momentum; given is 0.25"),
        ([1.59375, 2.10625], "yours has eps in it: that belongs into the root alone"),
    ),
}


def new_layer(BatchNorm: Any) -> Any:
    """Return a layer for two features, in float64."""
    return BatchNorm(2, MOMENTUM, EPS).double()


def parameters_and_buffers(BatchNorm: Any) -> None:
    """gamma, beta, mean and var of a new layer."""
    layer = BatchNorm(3)
    for name, right in (("gamma", 1.0), ("beta", 0.0), ("mean", 0.0), ("var", 1.0)):
        numbers = torch.full((3,), right)
        compare(f"{name} of a new layer", attribute(layer, name, numbers), numbers)
    example = "layer = BatchNorm(3)"
    names = sorted(name for name, _ in layer.named_parameters())
    if names != ["beta", "gamma"]:
        hint = "nn.Parameter makes a parameter, register_buffer a buffer"
        raise WrongError("the parameters", str(names), "['beta', 'gamma']", hint, example=example)
    missing = [name for name in ("mean", "var") if name not in layer.state_dict()]
    if missing:
        what, hint = "what state_dict() holds", "self.register_buffer(name, tensor) makes a buffer"
        raise WrongError(what, f"no {' and no '.join(missing)}", "mean and var, too", hint, example=example)


def layer_in_training(BatchNorm: Any) -> None:
    """The batch of question 2 in training, as rows and as images."""
    images = X.t().reshape(1, 2, 5, 1)
    wrong = [((matrix([row])[0] - BETA) / GAMMA, hint) for row, hint in WRONG_ROWS[:5]]
    for x, what in ((X, "the second row of the output"), (images, "an image's second pixel")):
        y = tensor(new_layer(BatchNorm)(x.clone()), x, "a tensor", "the output in training", "x")
        found = y.detach().reshape(2, 5).t() if x.dim() == 4 else y.detach()
        compare(what, found[1], NORMALISED[1], wrong)
        compare("the output in training", found, NORMALISED)


def running_statistics(BatchNorm: Any) -> None:
    """Running mean and variance after that batch."""
    layer = new_layer(BatchNorm)
    layer(X.clone())
    for name, right in (("mean", [0.25, 0.15]), ("var", [1.46875, 1.98125])):
        wanted = matrix([right])[0]
        wrong = [(matrix([row])[0], hint) for row, hint in WRONG_RUNNING[name]]
        compare(f"{name} after one batch", attribute(layer, name, wanted), wanted, wrong)
        if getattr(layer, name).requires_grad:
            raise WrongError(f"{name} belongs to a graph", "it requires grad", "no graph", "detach it, or use no_grad")


def layer_in_evaluation(BatchNorm: Any) -> None:
    """In evaluation, mean 1 and variance 4 are taken, and kept."""
    layer = new_layer(BatchNorm)
    with torch.no_grad():
        layer.mean.fill_(1.0)
        layer.var.fill_(4.0)
    layer.eval()
    right = (X - 1.0) / 4.5**0.5
    hint = "yours takes the batch's own statistics: in evaluation the running ones are taken"
    y = tensor(layer(X.clone()), X, right, "the output in evaluation", "x").detach()
    compare("the output in evaluation", y, right, [(NORMALISED, hint)])
    for name, value in (("mean", 1.0), ("var", 4.0)):
        numbers = torch.full((2,), value).double()
        compare(f"{name} after evaluation", attribute(layer, name, numbers), numbers)


# --- Question 5: the convnet ---------------------------------------------------------------------------------------


class Tripling(nn.Module):
    """Stands in for a normalising layer: three times its input, minus 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return 3 x - 1."""
        return 3 * x - 1


def filled(network: Any, value: float) -> Any:
    """Give all parameters of a network one value."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(value)
    return network


def first_logit(network: Any, image: torch.Tensor) -> float:
    """Return the first of a network's ten logits for an image."""
    logits = network(image)
    if not isinstance(logits, torch.Tensor) or logits.shape != (len(image), 10):
        expected = f"shape {(len(image), 10)}"
        yours = f"shape {tuple(logits.shape)}" if isinstance(logits, torch.Tensor) else show(logits)
        raise WrongError(
            "the output of the network", yours, expected, example="conv_net([2, 3])(torch.ones(1, 1, 4, 4))"
        )
    return float(logits[0, 0])


def shapes_of_parameters(conv_net: Callable[..., Any]) -> None:
    """The parameters of a network with two blocks, without and with a norm."""
    for norm, biases in ((None, [[2], [3]]), (lambda channels: Tripling(), [])):
        wanted = sorted([[2, 1, 3, 3], [3, 2, 3, 3], *biases, [10, 3], [10]])
        found = sorted(list(parameter.shape) for parameter in conv_net([2, 3], norm).parameters())
        what = f"the parameters' shapes {'without' if norm is None else 'with'} norm"
        if found != wanted:
            raise WrongError(what, str(found), str(wanted), example="conv_net([2, 3], norm).parameters()")


def values_of_network(conv_net: Callable[..., Any]) -> None:
    """Weights of 0.1 and an image of ones: 4x4 pixels, 2x2 after the first block, one after the second."""
    image, example = torch.ones(1, 1, 4, 4), "conv_net([2, 3])(torch.ones(1, 1, 4, 4))"
    # 4, 6, 6 and 9 pixels lie below the first convolution's four positions, all four below the second's
    first = [0.1 * pixels + 0.1 for pixels in (4, 6, 6, 9)]
    second = 0.1 * 2 * sum(first) + 0.1
    right = 0.1 * 3 * second + 0.1
    found = first_logit(filled(conv_net([2, 3]), 0.1), image)
    if abs(found - right) > 1e-4:
        raise WrongError("a logit where all weights are 0.1", f"{found:.6g}", f"{right:.6g}", example=example)
    found = first_logit(filled(conv_net([2, 3]), -0.1), image)
    if abs(found + 0.1) > 1e-4:
        hint = "with a ReLU after each block, the last one included, only the last bias is left"
        raise WrongError("a logit where all weights are -0.1", f"{found:.6g}", "-0.1", hint, example=example)


def norm_in_network(conv_net: Callable[..., Any]) -> None:
    """norm is called with each number of channels, and what it returns is applied before the ReLU."""
    asked: list[int] = []

    def norm(channels: int) -> nn.Module:
        asked.append(channels)
        return Tripling()

    network = filled(conv_net([2, 3], norm), 0.1)
    if sorted(asked) != [2, 3]:
        raise WrongError("what norm was called with", str(asked), "[2, 3]", example="conv_net([2, 3], norm)")
    first = [3 * 0.1 * pixels - 1 for pixels in (4, 6, 6, 9)]
    second = 3 * 0.1 * 2 * sum(value for value in first if value > 0) - 1
    right = 0.1 * 3 * max(second, 0.0) + 0.1
    found = first_logit(network, torch.ones(1, 1, 4, 4))
    if abs(found - right) > 1e-4:
        hint = "the order is convolution, norm, ReLU; with norm the convolutions have no bias"
        raise WrongError("a logit with a norm that is 3 x - 1", f"{found:.6g}", f"{right:.6g}", hint, calls=False)


# --- Question 6: measuring -----------------------------------------------------------------------------------------


class Notes(list):  # type: ignore[type-arg]
    """What a model notes of its calls. A copy of the model writes into the same notes."""

    def __deepcopy__(self, memo: Any) -> Any:
        """Return these notes themselves."""
        return self


class Table(nn.Module):
    """A model whose logits are its input; it notes its mode."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))
        self.modes = Notes()

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        self.modes.append(self.training)
        return self.factor * X


# three examples, then one: labels, logits; right are 1 of 3, and 1 of 1
BATCHES = (
    (torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]]), torch.tensor([0, 0, 1])),
    (torch.tensor([[0.0, 4.0]]), torch.tensor([1])),
)


def half_squares(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return a loss: the mean of the first logits."""
    return logits[:, 0].mean()


def uneven_batches(evaluate: Callable[..., Any]) -> None:
    """Three examples, then one."""
    model = Table()
    loss, accuracy = answers(evaluate(model, half_squares, list(BATCHES)), ("loss", "accuracy"), "evaluate")
    each = "each example counts the same, and yours is the mean of the batches' means"
    wrong_loss = [
        (5 / 6, each),
        (5 / 3, "yours is the sum of the batches' means"),
        (5.0, "yours is a sum: divide by 4"),
    ]
    compare("the loss", single(loss, 1.25, "the loss"), 1.25, wrong_loss)
    wrong = [
        (2 / 3, each),
        (2.0, "yours is the number of right ones: divide by 4, the number of examples"),
        (1.0, "yours is the number of right ones divided by that of the batches"),
        (0.5 * 100, "yours is in per cent: a fraction is wanted"),
    ]
    compare("the accuracy", single(accuracy, 0.5, "the accuracy"), 0.5, wrong)


def modes_of_model(evaluate: Callable[..., Any]) -> None:
    """The model is in evaluation mode when it is called, and in its old mode afterwards."""
    for training in (True, False):
        model = Table().train(training)
        evaluate(model, half_squares, list(BATCHES))
        if any(model.modes):
            raise WrongError("the model's mode when it is called", "training", "evaluation", calls=False)
        if model.training is not training:
            found, wanted = ("training" if mode else "evaluation" for mode in (model.training, training))
            raise WrongError("the model's mode afterwards", found, f"{wanted}, as before", calls=False)


def no_graph(evaluate: Callable[..., Any]) -> None:
    """No graph is recorded."""
    seen = []

    def noting(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        seen.append(logits.requires_grad)
        return half_squares(logits, y)

    evaluate(Table(), noting, list(BATCHES))
    if any(seen):
        raise WrongError("the logits", "they require grad", "no graph", "torch.no_grad() records none", calls=False)


# --- Question 7: the ratio of the errors ---------------------------------------------------------------------------


def ratio_of_errors(error_ratio: Callable[..., Any]) -> None:
    """Accuracies of 0.95 without and 0.98 with it."""
    wrong = [
        (2.5, "yours is the errors without, divided by the errors with it: the other way round"),
        (0.98 / 0.95, "yours is the ratio of the accuracies: take the errors"),
        (0.95 / 0.98, "yours is the ratio of the accuracies: take the errors"),
        (0.03, "yours is the difference of the accuracies: a ratio of the errors is wanted"),
        (0.6, "yours is the share of the errors that is gone: wanted is the one that is left"),
        (40.0, "yours is in per cent: a fraction is wanted"),
    ]
    compare("the ratio", single(error_ratio(0.95, 0.98), 0.4, "the ratio"), 0.4, wrong, tolerance=1e-4)


# --- How a stub shows ----------------------------------------------------------------------------------------------


def stub_standardise(standardise: Callable[..., Any]) -> bool:
    """It returns the images as they came."""
    train, test = torch.eye(4, 784), torch.eye(2, 784)
    answer = standardise(train.clone(), test.clone())
    return torch.equal(answer[0], train) and torch.equal(answer[1], test)


def stub_batch_norm(batch_norm: Callable[..., Any]) -> bool:
    """It returns x."""
    return torch.equal(batch_norm(X.clone(), GAMMA.clone(), BETA.clone()), X)


def stub_gradient(batch_norm_grad: Callable[..., Any]) -> bool:
    """It returns nothing but zeros."""
    return not any(bool(part.any()) for part in batch_norm_grad(DY.clone(), X.clone(), GAMMA.clone()))


def stub_layer(BatchNorm: Any) -> bool:
    """It has no parameters and returns x."""
    layer = BatchNorm(2)
    return not list(layer.parameters()) and torch.equal(layer(X.clone()), X)


def stub_conv_net(conv_net: Callable[..., Any]) -> bool:
    """It has no layers."""
    return not list(conv_net([2, 3]).parameters())


def stub_evaluate(evaluate: Callable[..., Any]) -> bool:
    """It doesn't call the model."""
    model = Table()
    evaluate(model, half_squares, list(BATCHES))
    return not model.modes


def stub_ratio(error_ratio: Callable[..., Any]) -> bool:
    """It returns 0."""
    return bool(error_ratio(0.5, 0.75) == 0.0)


QUESTIONS = by_name(
    Question(
        "standardise",
        "standardise",
        stub_standardise,
        (standardised_images, standardise_leaves_images),
        forbidden=READY_MADE,
    ),
    Question(
        "batch_norm",
        "batch_norm",
        stub_batch_norm,
        (normalised, normalised_in_float32, far_from_zero, gradient_through_statistics, leaves_batch),
        forbidden=READY_MADE,
        autograd=True,
    ),
    Question(
        "batch_norm_grad",
        "batch_norm_grad",
        stub_gradient,
        (gradients_by_formula, gradients_in_float32),
        forbidden={**READY_MADE, **AUTOGRAD},
    ),
    Question(
        "batch_norm_layer",
        "BatchNorm",
        stub_layer,
        (parameters_and_buffers, layer_in_training, running_statistics, layer_in_evaluation),
        what="class",
        forbidden=READY_MADE,
        autograd=True,
    ),
    Question("conv_net", "conv_net", stub_conv_net, (shapes_of_parameters, values_of_network, norm_in_network)),
    Question("evaluate", "evaluate", stub_evaluate, (uneven_batches, modes_of_model, no_graph), autograd=True),
    Question("error_ratio", "error_ratio", stub_ratio, (ratio_of_errors,)),
)
