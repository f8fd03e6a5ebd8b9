"""The pieces of the canonical layer that wrong ones have something else in place of."""

from __future__ import annotations

QUESTION = "batch_norm_layer"
RUNNING_MEAN = "self.mean = (1 - self.momentum) * self.mean + self.momentum * mean"
RUNNING_VAR = "self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)"
VAR = "var = x.var(dim=axes, unbiased=False)"
EVALUATION = "mean, var = self.mean, self.var"
HAT = "x_hat = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + self.eps)"
RETURN = "return self.gamma.view(shape) * x_hat + self.beta.view(shape)"
GAMMA, BETA = "self.gamma = nn.Parameter(torch.ones(features))", "self.beta = nn.Parameter(torch.zeros(features))"
BUFFERS = 'self.register_buffer("mean", torch.zeros(features))', 'self.register_buffer("var", torch.ones(features))'

OTHER_WEIGHTS = ("self.gamma", "self.weight"), ("self.beta", "self.bias")
OTHER_BUFFERS = tuple(
    edit for name in ("mean", "var") for edit in
    ((f"self.{name}", f"self.running_{name}"), (f'register_buffer("{name}"', f'register_buffer("running_{name}"'))
)  # fmt: skip


def running(mean: str, var: str) -> tuple[tuple[str, str], ...]:
    """Return the edits by which the running statistics become something else."""
    return (RUNNING_MEAN, f"self.mean = {mean}"), (RUNNING_VAR, f"self.var = {var}")
