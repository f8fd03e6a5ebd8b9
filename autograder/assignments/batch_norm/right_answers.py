"""Right answers, written as differently as students write them. All of them must get all points.

The first one of a question is the canonical answer: what the misconceptions edit.
"""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right

from .knows_nothing import KNOWS_NOTHING
from .right_layers import LAYERS
from .right_networks import NETWORKS

__all__ = ["KNOWS_NOTHING", "RIGHT", "TEXTS"]

FUNCTIONS = (
    Right("standardise", "two-numbers", "mean and standard deviation of all pixels", """
def standardise(train, test):
    mean, std = train.mean(), train.std()
    return (train - mean) / std, (test - mean) / std
"""),
    Right("standardise", "numpy-numbers", "NumPy's mean and standard deviation, as floats", """
def standardise(train, test):
    pixels = train.numpy()
    mean, std = float(np.mean(pixels)), float(np.std(pixels))
    return (train - mean) / std, (test - mean) / std
"""),
    Right("standardise", "in-place-copies", "copies that are changed in place, a list of the two", """
def standardise(train, test):
    mean = train.mean()
    std = ((train - mean) ** 2).mean().sqrt()
    found = []
    for images in (train, test):
        copy = images.clone()
        copy -= mean
        copy /= std
        found.append(copy)
    return found
"""),
    Right("standardise", "std-mean", "torch.std_mean over a flat view", """
def standardise(train, test):
    std, mean = torch.std_mean(train.flatten())
    def scale(images):
        return images.sub(mean).div(std)
    return scale(train), scale(test)
"""),
    Right("batch_norm", "biased", "mean, biased variance, root", """
def batch_norm(x, gamma, beta, eps=1e-5):
    mean = x.mean(dim=0)
    var = ((x - mean) ** 2).mean(dim=0)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma * x_hat + beta
"""),
    Right("batch_norm", "var-unbiased-false", "torch.var without Bessel's correction", """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu, sigma2 = x.mean(0, keepdim=True), x.var(0, keepdim=True, unbiased=False)
    return gamma * (x - mu) * torch.rsqrt(sigma2 + eps) + beta
"""),
    Right("batch_norm", "var-mean", "torch.var_mean, and a fused scale", """
def batch_norm(x, gamma, beta, eps=1e-5):
    var, mean = torch.var_mean(x, dim=0, correction=0)
    scale = gamma / (var + eps) ** 0.5
    return (x - mean) * scale + beta
"""),
    Right("batch_norm", "column-by-column", "one feature at a time", """
def batch_norm(x, gamma, beta, eps=1e-5):
    columns = []
    for j in range(x.shape[1]):
        column = x[:, j]
        centred = column - column.mean()
        columns.append(gamma[j] * centred / (centred.square().mean() + eps).sqrt() + beta[j])
    return torch.stack(columns, dim=1)
"""),
    Right("batch_norm", "sums", "sums divided by N", """
def batch_norm(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = x.sum(axis=0) / N
    xmu = x - mu
    var = (xmu * xmu).sum(axis=0) / N
    ivar = 1.0 / torch.sqrt(var + eps)
    xhat = xmu * ivar
    return xhat * gamma + beta
"""),
    Right("batch_norm", "float64-inside", "float64 on the way", """
def batch_norm(x, gamma, beta, eps=1e-5):
    d = x.double()
    d = d - d.mean(0)
    d = d / torch.sqrt(d.pow(2).mean(0) + eps)
    return (d * gamma.double() + beta.double()).to(x.dtype)
"""),
    Right("batch_norm", "length-of-a-vector", "the length of each column over the root of N", """
def batch_norm(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(dim=0)
    length = torch.linalg.vector_norm(torch.cat([centred, torch.full_like(centred[:1], (len(x) * eps) ** 0.5)]), dim=0)
    return gamma * centred * len(x) ** 0.5 / length + beta
"""),
    Right("batch_norm_grad", "one-line", "the formula in its short form", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    mean = x.mean(dim=0)
    var = ((x - mean) ** 2).mean(dim=0)
    std = torch.sqrt(var + eps)
    x_hat = (x - mean) / std
    dbeta = dy.sum(dim=0)
    dgamma = (dy * x_hat).sum(dim=0)
    dx_hat = dy * gamma
    dx = (dx_hat - dx_hat.mean(dim=0) - x_hat * (dx_hat * x_hat).mean(dim=0)) / std
    return dx, dgamma, dbeta
"""),
    Right("batch_norm_grad", "paper", "the paper's steps: variance, mean, then x", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    m = x.shape[0]
    mu = x.mean(0)
    var = x.var(0, unbiased=False)
    dxhat = dy * gamma
    dvar = (dxhat * (x - mu) * -0.5 * (var + eps) ** -1.5).sum(0)
    dmu = (-dxhat / torch.sqrt(var + eps)).sum(0) + dvar * (-2 * (x - mu)).mean(0)
    dx = dxhat / torch.sqrt(var + eps) + dvar * 2 * (x - mu) / m + dmu / m
    return dx, (dy * (x - mu) / torch.sqrt(var + eps)).sum(0), dy.sum(0)
"""),
    Right("batch_norm_grad", "times-n", "everything over N, as in many lecture notes", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N = len(x)
    centred = x - x.mean(0)
    ivar = torch.rsqrt(centred.pow(2).mean(0) + eps)
    xhat = centred * ivar
    dbeta, dgamma = dy.sum(0), (dy * xhat).sum(0)
    dx = gamma * ivar / N * (N * dy - dbeta - xhat * dgamma)
    return [dx, dgamma, dbeta]
"""),
    Right("batch_norm_grad", "jacobian", "the Jacobian of each column, as a matrix", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N, D = x.shape
    dx = torch.zeros_like(x)
    dgamma, dbeta = torch.zeros_like(gamma), torch.zeros_like(gamma)
    for j in range(D):
        c = x[:, j] - x[:, j].mean()
        s = torch.sqrt(c.dot(c) / N + eps)
        h = c / s
        J = (torch.eye(N, dtype=x.dtype) - 1 / N - torch.outer(h, h) / N) / s
        dx[:, j] = gamma[j] * (J @ dy[:, j])
        dgamma[j], dbeta[j] = dy[:, j] @ h, dy[:, j].sum()
    return dx, dgamma, dbeta
"""),
    Right("batch_norm_grad", "graph", "backwards through a graph, node by node", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N, D = dy.shape
    mu = 1 / N * torch.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1 / N * torch.sum(sq, axis=0)
    sqrtvar = torch.sqrt(var + eps)
    ivar = 1 / sqrtvar
    xhat = xmu * ivar
    dbeta = torch.sum(dy, axis=0)
    dgamma = torch.sum(dy * xhat, axis=0)
    dxhat = dy * gamma
    divar = torch.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1 / (sqrtvar ** 2) * divar
    dvar = 0.5 / torch.sqrt(var + eps) * dsqrtvar
    dsq = 1 / N * torch.ones((N, D), dtype=x.dtype) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * torch.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1 / N * torch.ones((N, D), dtype=x.dtype) * dmu
    return dx1 + dx2, dgamma, dbeta
"""),
    Right("batch_norm_grad", "einsum", "einsum for the sums", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    var, mean = torch.var_mean(x, 0, correction=0)
    r = (var + eps).rsqrt()
    h = torch.einsum("nd,d->nd", x - mean, r)
    dgamma = torch.einsum("nd,nd->d", dy, h)
    dbeta = torch.einsum("nd->d", dy)
    return (dy - (dbeta + h * dgamma) / x.size(0)) * (gamma * r), dgamma, dbeta
"""),
    Right("error_ratio", "fraction", "the errors' ratio", """
def error_ratio(accuracy, accuracy_bn):
    return (1 - accuracy_bn) / (1 - accuracy)
"""),
    Right("error_ratio", "errors-in-percent", "errors in percent first", """
def error_ratio(accuracy, accuracy_bn):
    without, with_bn = 100 * (1 - float(accuracy)), 100 * (1 - float(accuracy_bn))
    return with_bn / without
"""),
    Right("error_ratio", "tensor", "as a tensor", """
def error_ratio(accuracy, accuracy_bn):
    accuracy = torch.as_tensor(accuracy)
    return torch.sub(1, torch.as_tensor(accuracy_bn)).div(1 - accuracy)
"""),
)  # fmt: skip

RIGHT = (*FUNCTIONS, *LAYERS, *NETWORKS)
TEXTS = {
    "what_changes": (
        "With the layer the loss falls faster and ends lower, and larger learning rates work. I put it before the "
        "ReLU, where the numbers are roughly symmetric; after it half of them are 0 and the mean is not where most "
        "are. In a small batch mean and variance are noisy, so each example's output depends on chance, and the "
        "running statistics are not what the layer saw in training.",
        "The curves with it are better. It goes before ReLU. Small batches are noisy.",
        "",
    )
}
