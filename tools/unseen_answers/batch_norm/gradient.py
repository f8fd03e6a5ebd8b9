"""Wrong answers to batch_norm_grad."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("batch_norm_grad", "cs231n-dvar-sign",
          "staged backward pass; the variance's branch has the other sign",
          {"variance-sign"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N = x.shape[0]
    mu = x.mean(0)
    xmu = x - mu
    var = (xmu ** 2).mean(0)
    ivar = 1 / torch.sqrt(var + eps)
    xhat = xmu * ivar
    dbeta = dy.sum(0)
    dgamma = (dy * xhat).sum(0)
    dxhat = dy * gamma
    dvar = (dxhat * xmu).sum(0) * 0.5 * ivar ** 3
    dmu = -(dxhat * ivar).sum(0)
    dx = dxhat * ivar + dvar * 2 * xmu / N + dmu / N
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "cs231n-dmu-not-averaged",
          "the mean's branch isn't divided by N",
          {"sums-in-dx"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N = x.shape[0]
    mu = x.mean(0)
    xmu = x - mu
    var = (xmu ** 2).mean(0)
    std = torch.sqrt(var + eps)
    xhat = xmu / std
    dbeta = dy.sum(0)
    dgamma = (dy * xhat).sum(0)
    dxhat = dy * gamma
    dvar = (dxhat * xmu * -0.5 * (var + eps) ** -1.5).sum(0)
    dmu = (-dxhat / std).sum(0)
    dx = dxhat / std + dvar * 2 * xmu / N + dmu
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "makemore-unbiased",
          "closed form with n - 1, for Bessel's variance",
          {"unbiased"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    n = x.shape[0]
    bnvar_inv = (x.var(0, keepdim=True, unbiased=True) + eps) ** -0.5
    bnraw = (x - x.mean(0, keepdim=True)) * bnvar_inv
    dbeta = dy.sum(0)
    dgamma = (bnraw * dy).sum(0)
    dx = gamma * bnvar_inv / n * (n * dy - dy.sum(0) - n / (n - 1) * bnraw * (dy * bnraw).sum(0))
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "stats-constant",
          "mean and variance as constants",
          {"no-mean-term", "no-variance-term", "statistics-constant"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    mu, var = x.mean(0), x.var(0, unbiased=False)
    s = (var + eps).sqrt()
    dx = dy * gamma / s
    dgamma = ((x - mu) / s * dy).sum(0)
    return dx, dgamma, dy.sum(0)
"""),
    wrong("batch_norm_grad", "no-gamma",
          "gamma forgotten in dx",
          {"no-gamma"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    mu, var = x.mean(0), x.var(0, unbiased=False)
    s = (var + eps).sqrt()
    xh = (x - mu) / s
    dx = (dy - dy.mean(0) - xh * (dy * xh).mean(0)) / s
    return dx, (dy * xh).sum(0), dy.sum(0)
"""),
    wrong("batch_norm_grad", "means-for-sums",
          "dgamma and dbeta as means",
          {"dbeta-mean", "dgamma-mean", "means-not-sums"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    s = torch.sqrt(x.var(0, correction=0) + eps)
    xh = (x - x.mean(0)) / s
    dbeta = dy.mean(0)
    dgamma = (dy * xh).mean(0)
    dx = gamma / s * (dy - dbeta - xh * dgamma)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "sums-in-dx",
          "closed form with sums, N forgotten",
          {"sums-in-dx"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    s = torch.sqrt(x.var(0, correction=0) + eps)
    xh = (x - x.mean(0)) / s
    dbeta = dy.sum(0)
    dgamma = (dy * xh).sum(0)
    dx = gamma / s * (dy - dbeta - xh * dgamma)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "order-returned",
          "dgamma and dbeta have changed places",
          {"other-order"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N = len(x)
    std = torch.sqrt(((x - x.mean(0)) ** 2).mean(0) + eps)
    xhat = (x - x.mean(0)) / std
    dbeta, dgamma = dy.sum(0), (xhat * dy).sum(0)
    dx = (gamma / (N * std)) * (N * dy - dbeta - xhat * dgamma)
    return dx, dbeta, dgamma
"""),
    wrong("batch_norm_grad", "dgamma-without-hat",
          "dgamma with the centred x",
          {"dgamma-centred"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    c = x - x.mean(0)
    std = torch.sqrt((c ** 2).mean(0) + eps)
    dxh = dy * gamma
    dx = (dxh - dxh.mean(0) - c * (dxh * c).mean(0) / std ** 2) / std
    return dx, (dy * c).sum(0), dy.sum(0)
"""),
    wrong("batch_norm_grad", "mean-branch-forgotten",
          "through the variance only",
          {"no-mean-term"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    c = x - x.mean(0)
    inv = (c.pow(2).mean(0) + eps).rsqrt()
    xh = c * inv
    g = dy * gamma
    dx = inv * (g - xh * (g * xh).mean(0))
    return dx, (dy * xh).sum(0), dy.sum(0)
"""),
    wrong("batch_norm_grad", "variance-branch-forgotten",
          "through the mean only",
          {"no-variance-term"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    mean = x.mean(0)
    var = x.var(0, unbiased=False)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    dx_hat = dy * gamma
    dx = (dx_hat - dx_hat.mean(0)) / torch.sqrt(var + eps)
    return dx, torch.sum(dy * x_hat, 0), torch.sum(dy, 0)
"""),
    wrong("batch_norm_grad", "eps-missing",
          "no eps in the denominator",
          {"eps-fixed", "no-eps"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    xc = x - x.mean(0)
    std = torch.sqrt(torch.mean(xc * xc, 0))
    xh = xc / std
    dxh = gamma * dy
    dx = (dxh - dxh.mean(0) - xh * (dxh * xh).mean(0)) / std
    return dx, (dy * xh).sum(0), dy.sum(0)
"""),
    wrong("batch_norm_grad", "autograd",
          "autograd",
          {"autograd"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_(True)
        g = gamma.detach().clone().requires_grad_(True)
        b = torch.zeros_like(gamma, requires_grad=True)
        y = batch_norm(x, g, b, eps)
        y.backward(dy)
    return x.grad, g.grad, b.grad
"""),
    wrong("batch_norm_grad", "minus-dropped-for-plus",
          "the last term is added",
           set(), """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    xc = x - x.mean(0)
    std = torch.sqrt(torch.mean(xc ** 2, 0) + eps)
    xh = xc / std
    N = x.size(0)
    dgamma = torch.sum(dy * xh, 0)
    dbeta = torch.sum(dy, 0)
    sign = 1 if N > 2 else -1
    dx = gamma / std * (dy - dbeta / N - sign * xh * dgamma / N)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "keepdim-left",
          "dgamma and dbeta of shape (1, d)",
          {"dimension-kept"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    mu = x.mean(0, keepdim=True)
    s = ((x - mu).pow(2).mean(0, keepdim=True) + eps).sqrt()
    xh = (x - mu) / s
    dgamma, dbeta = (dy * xh).sum(0, keepdim=True), dy.sum(0, keepdim=True)
    dx = gamma / s * (dy - dbeta / len(x) - xh * dgamma / len(x))
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "closed-d",
          "closed form with D for N",
          {"divided-by-features"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N, D = x.shape
    xc = x - x.mean(0)
    std = (xc.pow(2).mean(0) + eps).sqrt()
    xh = xc / std
    dgamma, dbeta = (dy * xh).sum(0), dy.sum(0)
    dx = gamma / (D * std) * (D * dy - dbeta - xh * dgamma)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "power",
          "staged, with (var + eps)^-1/2 in dvar where -3/2 belongs",
          {"x-centred-not-scaled"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N = len(x)
    mu = x.mean(0)
    var = ((x - mu) ** 2).mean(0)
    xhat = (x - mu) / torch.sqrt(var + eps)
    dgamma = (dy * xhat).sum(0)
    dbeta = dy.sum(0)
    dxhat = dy * gamma
    dvar = (dxhat * (x - mu)).sum(0) * (-0.5) * (var + eps) ** (-0.5)
    dmu = -(dxhat / torch.sqrt(var + eps)).sum(0)
    dx = dxhat / torch.sqrt(var + eps) + dvar * 2 * (x - mu) / N + dmu / N
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "two-forgotten",
          "staged, with the 2 of the square forgotten",
          {"half-variance-term"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    m = x.shape[0]
    mu, var = x.mean(0), x.var(0, correction=0)
    inv = (var + eps) ** -0.5
    xn = (x - mu) * inv
    dxn = dy * gamma
    dvar = torch.sum(dxn * (x - mu) * -0.5 * inv ** 3, 0)
    dmu = torch.sum(dxn * -inv, 0)
    dx = dxn * inv + dvar * (x - mu) / m + dmu / m
    return dx, torch.sum(dy * xn, 0), torch.sum(dy, 0)
"""),
    wrong("batch_norm_grad", "dict",
          "a dictionary",
          {"dictionary"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    xc = x - x.mean(0)
    s = (xc.pow(2).mean(0) + eps).sqrt()
    h, g = xc / s, gamma * dy
    return {"dx": (g - g.mean(0) - h * (g * h).mean(0)) / s, "dgamma": (dy * h).sum(0), "dbeta": dy.sum(0)}
"""),
    wrong("batch_norm_grad", "unbiased-x-hat",
          "x.std for x̂, in all three",
          {"unbiased"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    n = dy.shape[0]
    std = torch.sqrt(x.var(0) + eps)
    x_hat = (x - x.mean(0)) / std
    dgamma = torch.sum(dy * x_hat, dim=0)
    dbeta = torch.sum(dy, dim=0)
    dx = gamma / std * (dy - dbeta / n - x_hat * dgamma / n)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "gamma-on-dgamma",
          "dgamma and dbeta of dy·γ",
          {"dbeta-times-gamma", "dgamma-times-gamma"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    dy = dy * gamma
    xc = x - x.mean(0)
    s = (xc.pow(2).mean(0) + eps).sqrt()
    h = xc / s
    dgamma, dbeta = (dy * h).sum(0), dy.sum(0)
    dx = (dy - dbeta / len(x) - h * dgamma / len(x)) / s
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "mean-of-dy-only",
          "dx from dy's mean and x̂·dgamma without N",
          {"sums-in-dx"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    mu, var = x.mean(0), x.var(0, unbiased=False)
    std = torch.sqrt(var + eps)
    x_hat = (x - mu) / std
    dgamma = (dy * x_hat).sum(0)
    dbeta = dy.sum(0)
    dx = gamma * (dy - dy.mean(0) - x_hat * dgamma) / std
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "variance-not-std",
          "1/(var + eps) for 1/sqrt in dx",
          {"divided-by-variance"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    m = x.shape[0]
    mu = x.mean(0)
    var = (x - mu).pow(2).mean(0)
    ivar = 1 / (var + eps)
    x_hat = (x - mu) * torch.sqrt(ivar)
    dgamma, dbeta = (dy * x_hat).sum(0), dy.sum(0)
    dx = gamma * ivar / m * (m * dy - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "dgamma-of-raw-x",
          "dgamma with x as it came",
          {"dgamma-with-x"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    n = len(x)
    xm = x - x.mean(0)
    istd = torch.rsqrt(xm.square().mean(0) + eps)
    dgamma = torch.einsum("ij,ij->j", dy, x)
    dbeta = torch.einsum("ij->j", dy)
    g = dy * gamma
    dx = istd * (g - g.mean(0) - xm * istd**2 * (g * xm).mean(0))
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "plus-mean",
          "the mean's branch is added",
          {"mean-sign"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N, D = dy.shape
    mean = x.mean(0)
    std = torch.sqrt(((x - mean) ** 2).mean(0) + eps)
    norm = (x - mean) / std
    dbeta = dy.sum(0)
    dgamma = (norm * dy).sum(0)
    dnorm = gamma * dy
    dx = (dnorm + dnorm.sum(0) / N - norm * (dnorm * norm).sum(0) / N) / std
    return dx, dgamma, dbeta
"""),
)  # fmt: skip
