"""Right answers to the functions, that look unusual."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("standardise", "numpy-inside", "NumPy's mean and std (n)", """
def standardise(train, test):
    a = train.numpy()
    mu, sd = a.mean(), a.std()
    return (train - mu) / sd, (test - mu) / sd
"""),
    right("standardise", "std-mean", "torch.std_mean, and a comprehension", """
def standardise(train, test):
    sigma, mu = torch.std_mean(train)
    return [t.sub(mu).div(sigma) for t in (train, test)]
"""),
    right("standardise", "float-numbers", "numbers as Python floats", """
def standardise(train, test):
    mean = train.mean().item()
    std = ((train - mean) ** 2).mean().sqrt().item()
    scale = lambda images: (images - mean) / std
    train, test = scale(train), scale(test)
    return train, test
"""),
    right("standardise", "clone-in-place", "in place on clones", """
def standardise(train, test):
    train, test = train.clone(), test.clone()
    m, s = train.mean(), train.std(unbiased=False)
    return train.sub_(m).div_(s), test.sub_(m).div_(s)
"""),
    right("batch_norm", "var-mean", "torch.var_mean and addcmul", """
def batch_norm(x, gamma, beta, eps=1e-5):
    var, mu = torch.var_mean(x, dim=0, correction=0)
    return torch.addcmul(beta, gamma, (x - mu) * (var + eps).rsqrt())
"""),
    right("batch_norm", "paper-loop", "a loop over the features, stacked", """
def batch_norm(x, gamma, beta, eps=1e-5):
    columns = []
    for j in range(x.shape[1]):
        col = x[:, j]
        mu = col.sum() / len(col)
        var = ((col - mu) ** 2).sum() / len(col)
        columns.append(gamma[j] * (col - mu) / (var + eps) ** 0.5 + beta[j])
    return torch.stack(columns, dim=1)
"""),
    right("batch_norm", "transposed", "on the transpose", """
def batch_norm(x, gamma, beta, eps=1e-5):
    t = x.T
    t = t - t.mean(1, keepdim=True)
    t = t / (t.pow(2).mean(1, keepdim=True) + eps).sqrt()
    return t.T * gamma + beta
"""),
    right("batch_norm", "bessel-undone", "the unbiased variance, corrected", """
def batch_norm(x, gamma, beta, eps=1e-5):
    n = x.shape[0]
    var = x.var(dim=0) * (n - 1) / n
    return (x - x.mean(dim=0)) / torch.sqrt(var + eps) * gamma + beta
"""),
    right("batch_norm", "centering-matrix", "the centring matrix, and norms of columns", """
def batch_norm(x, gamma, beta, eps=1e-5):
    n = x.shape[0]
    ones = torch.ones(n, 1, dtype=x.dtype)
    centred = x - ones @ (ones.T @ x) / n
    sigma2 = torch.linalg.vector_norm(centred, dim=0) ** 2 / n
    scale = gamma / torch.sqrt(sigma2 + eps)
    return centred * scale + beta
"""),
    right("batch_norm", "einsum", "einsum for the variance", """
def batch_norm(x, gamma, beta, eps=1e-5):
    c = x - x.mean(0, keepdim=True)
    var = torch.einsum("nd,nd->d", c, c) / x.size(0)
    return torch.einsum("nd,d->nd", c, gamma / torch.sqrt(var + eps)) + beta.unsqueeze(0)
"""),
    right("batch_norm_grad", "cs231n-staged", "the graph, node by node", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N, D = x.shape
    mu = 1.0 / N * torch.sum(x, dim=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1.0 / N * torch.sum(sq, dim=0)
    sqrtvar = torch.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar

    dbeta = torch.sum(dy, dim=0)
    dgamma = torch.sum(dy * xhat, dim=0)
    dxhat = dy * gamma
    divar = torch.sum(dxhat * xmu, dim=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 / torch.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * torch.ones((N, D), dtype=x.dtype) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -torch.sum(dx1, dim=0)
    dx2 = 1.0 / N * torch.ones((N, D), dtype=x.dtype) * dmu
    return dx1 + dx2, dgamma, dbeta
"""),
    right("batch_norm_grad", "closed-form-n", "closed form with N outside", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N = dy.size(0)
    mu = x.mean(0)
    ivar = torch.rsqrt(x.var(0, unbiased=False) + eps)
    xhat = (x - mu) * ivar
    dbeta = dy.sum(0)
    dgamma = (dy * xhat).sum(0)
    dx = gamma * ivar / N * (N * dy - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
"""),
    right("batch_norm_grad", "projection-loop", "feature by feature with the Jacobian matrix", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    n, d = x.shape
    dx = torch.empty_like(x)
    dgamma = torch.empty_like(gamma)
    for j in range(d):
        c = x[:, j] - x[:, j].mean()
        s = (c.dot(c) / n + eps).sqrt()
        h = c / s
        jacobian = (torch.eye(n, dtype=x.dtype) - 1 / n - torch.outer(h, h) / n) / s
        dx[:, j] = jacobian.T @ (gamma[j] * dy[:, j])
        dgamma[j] = dy[:, j].dot(h)
    return dx, dgamma, dy.sum(0)
"""),
    right("batch_norm_grad", "numpy", "all in NumPy", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    dyn, xn, gn = (t.detach().cpu().numpy() for t in (dy, x, gamma))
    n = xn.shape[0]
    mu = xn.mean(axis=0)
    std = np.sqrt(xn.var(axis=0) + eps)
    xhat = (xn - mu) / std
    dbeta = dyn.sum(axis=0)
    dgamma = (dyn * xhat).sum(axis=0)
    g = dyn * gn
    dx = (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) / std
    return tuple(torch.from_numpy(np.asarray(a, dtype=xn.dtype)) for a in (dx, dgamma, dbeta))
"""),
    right("batch_norm_grad", "paper-equations", "the six equations of the paper", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    m = x.shape[0]
    mu_B = x.mean(dim=0)
    var_B = ((x - mu_B) ** 2).mean(dim=0)
    x_hat = (x - mu_B) / torch.sqrt(var_B + eps)
    dl_dxhat = dy * gamma
    dl_dvar = (dl_dxhat * (x - mu_B) * (-1 / 2) * (var_B + eps) ** (-3 / 2)).sum(dim=0)
    dl_dmu = (dl_dxhat * -1 / torch.sqrt(var_B + eps)).sum(dim=0) + dl_dvar * (-2 * (x - mu_B)).sum(dim=0) / m
    dl_dx = dl_dxhat / torch.sqrt(var_B + eps) + dl_dvar * 2 * (x - mu_B) / m + dl_dmu / m
    return dl_dx, (dy * x_hat).sum(dim=0), dy.sum(dim=0)
"""),
    right("batch_norm_grad", "via-own-batch-norm", "x_hat from their own batch_norm", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    one, zero = torch.ones_like(gamma), torch.zeros_like(gamma)
    xhat = batch_norm(x, one, zero, eps)
    s = torch.sqrt(torch.var(x, dim=0, unbiased=False) + eps)
    dgamma = torch.sum(xhat * dy, dim=0)
    dbeta = torch.sum(dy, dim=0)
    dx = (gamma / s) * (dy - dbeta / len(x) - xhat * dgamma / len(x))
    return dx, dgamma, dbeta
"""),
    right("error_ratio", "errors-named", "errors first", """
def error_ratio(accuracy, accuracy_bn):
    error, error_bn = (1.0 - a for a in (accuracy, accuracy_bn))
    return error_bn / error
"""),
    right("error_ratio", "signs-turned", "(a − 1) over (b − 1)", """
def error_ratio(accuracy, accuracy_bn):
    return float((accuracy_bn - 1) / (accuracy - 1))
"""),
    right("error_ratio", "per-cent", "both in per cent", """
def error_ratio(accuracy, accuracy_bn):
    ratio = (100 - 100 * accuracy_bn) / (100 - 100 * accuracy)
    return ratio
"""),
    right("standardise", "flattened", "reshape, z-score, reshape", """
def standardise(train, test):
    values = train.reshape(-1)
    mu = values.sum() / values.numel()
    sigma = torch.sqrt(((values - mu) ** 2).sum() / (values.numel() - 1))
    flat = [(part.reshape(-1) - mu) / sigma for part in (train, test)]
    return flat[0].reshape(train.shape), flat[1].reshape(test.shape)
"""),
    right("batch_norm", "double-inside", "float64 on the way", """
def batch_norm(x, gamma, beta, eps=1e-5):
    z = x.double()
    z = z - z.mean(0)
    z = z / torch.sqrt(z.square().mean(0) + eps)
    return (gamma.double() * z + beta.double()).to(x.dtype)
"""),
    right("batch_norm", "addcdiv", "addcdiv and a root of the mean of squares", """
def batch_norm(x, gamma, beta, eps=1e-5):
    centred = torch.sub(x, x.mean(dim=0, keepdim=True))
    rms = torch.sqrt(centred.mul(centred).mean(dim=0, keepdim=True).add(eps))
    return torch.addcdiv(beta.expand_as(x), centred * gamma, rms.expand_as(x))
"""),
    right("batch_norm_grad", "matrix", "the centring matrix", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    n = len(x)
    centring = torch.eye(n, dtype=x.dtype) - torch.full((n, n), 1.0 / n, dtype=x.dtype)
    xc = centring @ x
    s = torch.sqrt(torch.einsum("nd,nd->d", xc, xc) / n + eps)
    h = xc / s
    dgamma = torch.einsum("nd,nd->d", dy, h)
    dbeta = torch.ones(n, dtype=x.dtype) @ dy
    dx = (gamma / s) * (centring @ dy - h * (dgamma / n))
    return dx, dgamma, dbeta
"""),
    right("batch_norm_grad", "namedtuple", "a named tuple, in-place steps on own tensors", """
from collections import namedtuple

Gradients = namedtuple("Gradients", "dx dgamma dbeta")


def batch_norm_grad(dy, x, gamma, eps=1e-5):
    mean = x.mean(0, keepdim=True)
    rstd = (x.var(0, keepdim=True, unbiased=False) + eps).rsqrt()
    xn = (x - mean) * rstd
    db = dy.sum(0)
    dg = (dy * xn).sum(0)
    dx = dy.clone()
    dx -= db / x.shape[0]
    dx -= xn * dg / x.shape[0]
    dx *= gamma * rstd
    return Gradients(dx, dg, db)
"""),
    right("error_ratio", "numpy", "NumPy numbers", """
def error_ratio(accuracy, accuracy_bn):
    return np.float64(1 - float(accuracy_bn)) / np.float64(1 - float(accuracy))
"""),
)  # fmt: skip
