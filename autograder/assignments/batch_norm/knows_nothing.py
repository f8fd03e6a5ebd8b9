"""Answers that know nothing of their question: not one of them may get a point, whatever it is for."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import giving


def _layer(value: str) -> str:
    return (
        "class BatchNorm(nn.Module):\n    def __init__(self, features, momentum=0.1, eps=1e-5):\n"
        f"        super().__init__()\n\n    def forward(self, x):\n        return {value}\n"
    )


KNOWS_NOTHING = {
    "standardise": giving(
        "standardise(train, test)", "None", "0.0, 0.0", "train", "train, test", "-train, -test",
        "torch.zeros_like(train), torch.zeros_like(test)", "torch.ones_like(train), torch.ones_like(test)",
        "torch.rand_like(train), torch.rand_like(test)", "train * float('nan'), test * float('nan')",
    ),
    "batch_norm": giving(
        "batch_norm(x, gamma, beta, eps=1e-5)", "None", "0.0", "x", "-x", "torch.zeros_like(x)", "torch.ones_like(x)",
        "torch.full_like(x, math.nan)", "torch.rand_like(x)", "torch.randn_like(x)", "gamma + 0 * x", "beta + 0 * x",
    ),
    "batch_norm_grad": giving(
        "batch_norm_grad(dy, x, gamma, eps=1e-5)", "None", "0.0, 0.0, 0.0", "dy, gamma, gamma", "x, gamma, gamma",
        "0 * x, 0 * gamma, 0 * gamma", "0 * x + 1, 0 * gamma + 1, 0 * gamma + 1",
        "torch.full_like(x, math.nan), math.nan * gamma, math.nan * gamma",
        "torch.rand_like(x), torch.rand_like(gamma), torch.rand_like(gamma)",
        "torch.randn_like(x), torch.randn_like(gamma), torch.randn_like(gamma)",
    ),
    "batch_norm_layer": (
        "class BatchNorm(nn.Module):\n    pass\n",
        *map(_layer, ("None", "0.0", "x", "torch.zeros_like(x)", "torch.ones_like(x)", "torch.full_like(x, math.nan)")),
    ),
    "conv_net": giving(
        "conv_net(channels, norm=None)", "None", "nn.Sequential()", "nn.Identity()", "nn.Linear(784, 10)",
        "nn.Sequential(*[nn.Identity() for _ in channels])",
    ),
    "evaluate": giving(
        "evaluate(model, loss_func, loader)", "None", "0.0", "0.0, 0.0", "1.0, 1.0", "2.3, 0.1", "math.nan, math.nan",
        "torch.zeros(()), torch.zeros(())", "float(torch.rand(())), float(torch.rand(()))",
    ),
    "error_ratio": giving(
        "error_ratio(accuracy, accuracy_bn)", "None", "0.0", "0.5", "1.0", "math.nan", "accuracy", "accuracy_bn",
        "1 - accuracy", "float(torch.rand(()))",
    ),
}  # fmt: skip
