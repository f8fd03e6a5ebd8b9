"""Answers that know nothing of their question: not one of them may get a point, whatever it is for."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import giving

TENSORS = (
    "None", "0.0", "torch.zeros_like(x)", "torch.ones_like(x)", "torch.full_like(x, 0.1)",
    "torch.full_like(x, math.nan)", "x", "-x", "torch.rand_like(x)", "torch.randn_like(x)", "1 / x.shape[1]",
)  # fmt: skip
COLUMNS = (
    "None", "x", "x.new_zeros(len(x), 1)", "x.sum(1, keepdim=True)", "torch.rand(len(x), 1).to(x.dtype)",
)  # fmt: skip
LOSSES = (
    "None", "0.0", "1.0", "math.log(10)", "math.nan", "torch.tensor(1.0)", "torch.rand(())", "x.new_zeros(())",
    "x.new_full((), 2.3)", "x.mean()", "-x.mean()", "x.max()", "x.norm()", "(0 * x).sum()",
    "x.new_ones(()) * torch.rand(())",
)  # fmt: skip
FRACTIONS = (
    "None", "0.0", "1.0", "0.5", "math.nan", "torch.tensor(0.5)", "float(torch.rand(()))", "float(x.mean())", "len(y)",
    "1 / len(y)", "1 / x.shape[1]",
)  # fmt: skip
HISTORIES = (
    "None", "[]", "[(0.0, 0.0)] * epochs", "[(2.3, 0.1)] * epochs", "[(math.nan, math.nan)] * epochs",
    "[(float(torch.rand(())), float(torch.rand(()))) for _ in range(epochs)]",
)  # fmt: skip


def _losses(value: str) -> str:
    return f"def nll(x, y):\n    return {value}\n\n\ndef cross_entropy(x, y):\n    return {value}\n"


def _class(head: str, *methods: tuple[str, str]) -> str:
    return f"class {head}:\n" + "".join(f"    def {method}:\n        {body}\n\n" for method, body in methods)


def _module(value: str) -> str:
    """Return a module whose methods all do nothing."""
    methods = ("__init__(self)", "pass"), ("__call__(self, *xs)", value), ("parameters(self)", value)
    return _class("Module", *methods, ("train(self, mode=True)", "pass"), ("eval(self)", "pass"))


def _sequential(forward: str, length: str, layer: str, layers: str) -> str:
    made = "__init__(self, *layers)", "super().__init__()"
    methods = ("forward(self, x)", forward), ("__len__(self)", length), ("__getitem__(self, i)", layer)
    return _class("Sequential(Module)", made, *methods, ("__iter__(self)", f"return iter({layers})"))


def _dataset(length: str, example: str) -> str:
    made = "__init__(self, x, y)", "pass"
    return _class("Dataset", made, ("__len__(self)", length), ("__getitem__(self, i)", example))


def _samplers(length: str, numbers: str, batches: str) -> str:
    def sampler(head: str, options: str, given: str) -> str:
        made = f"__init__(self, {options})", "pass"
        return _class(head, made, ("__len__(self)", f"return {length}"), ("__iter__(self)", f"return iter({given})"))

    several = sampler("BatchSampler", "sampler, batch_size, drop_last=False", batches)
    return sampler("Sampler", "dataset, shuffle=False", numbers) + "\n" + several


def _loader(batch: str, length: str, batches: str) -> str:
    made = "__init__(self, dataset, batch_sampler, collate_fn=None)", "self.dataset = dataset"
    methods = ("__len__(self)", f"return {length}"), ("__iter__(self)", f"return iter({batches})")
    return giving("collate(samples)", batch)[0] + "\n\n" + _class("DataLoader", made, *methods)


KNOWS_NOTHING = {
    "softmax": giving("softmax(x)", *TENSORS),
    "log_softmax": tuple(
        "\n\n".join(giving("logsumexp(x)", column) + giving("log_softmax(x)", tensor))
        for column, tensor in [*((COLUMNS[0], tensor) for tensor in TENSORS), *((column, "x") for column in COLUMNS)]
    ),
    "cross_entropy": tuple(map(_losses, LOSSES)),
    "accuracy": giving("accuracy(x, y)", *FRACTIONS),
    "module": ("class Module:\n    pass\n", _module("pass"), _module("return []")),
    "sequential": (
        "class Sequential(Module):\n    pass\n",
        _sequential("return x", "return 0", "raise IndexError", "[]"),
        _sequential("pass", "return 1", "pass", "[None]"),
    ),
    "optimizer": (
        "class SGD:\n    pass\n",
        _class(
            "SGD", ("__init__(self, parameters, lr=0.1)", "pass"), ("step(self)", "pass"), ("zero_grad(self)", "pass")
        ),
    ),
    "dataset": (
        "class Dataset:\n    pass\n",
        _dataset("return 0", "return None"),
        _dataset("return 1", "raise IndexError"),
        _dataset("return 10", "return 0, 0"),
    ),
    "sampler": (
        "class Sampler:\n    pass\n\n\nclass BatchSampler:\n    pass\n",
        _samplers("0", "[]", "[]"),
        _samplers("1", "[0]", "[[0]]"),
        _samplers("3", "range(10)", "[[0, 1], [2, 3], [4, 5]]"),
    ),
    "dataloader": (
        _loader("None, None", "0", "[]"),
        _loader("samples", "1", "[None]"),
        _loader("torch.zeros(1), torch.zeros(1, dtype=torch.int64)", "1", "[(torch.zeros(1, 2), torch.zeros(1))]"),
        _loader("torch.empty(0), torch.empty(0)", "len(self.dataset)", "[self.dataset]"),
    ),
    "fit": giving("fit(epochs, model, loss_func, optimizer, train_loader, valid_loader)", *HISTORIES),
}
