"""Wrong answers to batch_norm."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("batch_norm", "tensor-std",
          "x.std(0): unbiased, and eps beside the root",
          {"eps-outside", "unbiased"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    x_hat = (x - x.mean(0)) / (x.std(0) + eps)
    return gamma * x_hat + beta
"""),
    wrong("batch_norm", "makemore",
          "as in a lecture: x.var(0), that is n - 1",
          {"unbiased"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    xmean = x.mean(0, keepdim=True)
    xvar = x.var(0, keepdim=True)
    xhat = (x - xmean) / torch.sqrt(xvar + eps)
    return gamma * xhat + beta
"""),
    wrong("batch_norm", "layer-norm",
          "over the features of an example",
          {"rows"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mean = x.mean(dim=1, keepdim=True)
    var = x.var(dim=1, unbiased=False, keepdim=True)
    return (x - mean) / torch.sqrt(var + eps) * gamma + beta
"""),
    wrong("batch_norm", "one-pass",
          "mean of squares minus square of the mean",
          {"one-pass"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.sum(0) / x.shape[0]
    var = (x * x).sum(0) / x.shape[0] - mu ** 2
    return gamma * (x - mu) * torch.rsqrt(var + eps) + beta
"""),
    wrong("batch_norm", "relu-guard-one-pass",
          "one pass, clamped at 0",
          {"one-pass"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = torch.mean(x, 0)
    var = torch.clamp(torch.mean(x ** 2, 0) - mu ** 2, min=0)
    return gamma * ((x - mu) / (var + eps) ** 0.5) + beta
"""),
    wrong("batch_norm", "statistics-no-grad",
          "statistics under no_grad",
          {"mean-detached", "statistics-detached", "variance-detached"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    with torch.no_grad():
        mu = x.mean(0)
        var = ((x - mu) ** 2).mean(0)
    return (x - mu) / (var + eps).sqrt() * gamma + beta
"""),
    wrong("batch_norm", "variance-of-everything",
          "x.var() without a dim",
          {"one-variance"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(dim=0)
    var = x.var(correction=0)
    return gamma * (x - mu) / torch.sqrt(var + eps) + beta
"""),
    wrong("batch_norm", "no-root",
          "divided by the variance",
          {"no-root"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(0)
    sigma2 = torch.var(x, 0, unbiased=False)
    x_norm = (x - mu) / (sigma2 + eps)
    return x_norm * gamma + beta
"""),
    wrong("batch_norm", "numpy",
          "NumPy: right numbers, no gradient",
          {"nothing-differentiable", "variance-detached"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    a = x.detach().numpy()
    mu, var = a.mean(axis=0), a.var(axis=0)
    out = gamma.detach().numpy() * (a - mu) / np.sqrt(var + eps) + beta.detach().numpy()
    return torch.from_numpy(out)
"""),
    wrong("batch_norm", "eps-hardcoded",
          "eps of its own",
          {"eps-fixed"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    var = x.var(axis=0, correction=0)
    return gamma * (x - mu) / torch.sqrt(var + 1e-5) + beta
"""),
    wrong("batch_norm", "beta-before-gamma",
          "shifted before it is scaled",
          {"shifted-first"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu, var = x.mean(0), x.var(0, unbiased=False)
    return gamma * ((x - mu) / torch.sqrt(var + eps) + beta)
"""),
    wrong("batch_norm", "wraps-f",
          "the ready-made one",
          {"ready-made"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)
"""),
    wrong("batch_norm", "module",
          "nn.BatchNorm1d, made in the function",
          {"ready-made"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    bn = nn.BatchNorm1d(x.shape[1], eps=eps, affine=False, dtype=x.dtype)
    return gamma * bn(x) + beta
"""),
    wrong("batch_norm", "eps-at-the-end",
          "eps is added to the result",
          {"eps-added-to-result", "eps-squared"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(0)
    sigma = ((x - mu) ** 2).mean(0).sqrt()
    return gamma * (x - mu) / sigma + eps + beta
"""),
    wrong("batch_norm", "std-biased-eps",
          "biased std, eps beside it",
          {"eps-outside"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = torch.mean(x, dim=0, keepdim=True)
    sd = torch.std(x, dim=0, keepdim=True, unbiased=False)
    out = (x - mu) / (sd + eps)
    return out * gamma + beta
"""),
    wrong("batch_norm", "data",
          ".data of the variance",
          {"variance-detached"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(0)
    xc = x - mu
    var = xc.data.pow(2).mean(0)
    return gamma * xc * (var + eps).pow(-0.5) + beta
"""),
    wrong("batch_norm", "n-minus-one-by-hand",
          "sums over N − 1 by hand, detached",
          {"unbiased"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    n = x.size(0)
    mu = x.sum(0) / n
    var = ((x - mu) ** 2).sum(0) / (n - 1)
    inv = 1.0 / torch.sqrt(var + eps)
    return gamma * (x - mu) * inv + beta
"""),
    wrong("batch_norm", "sum-not-mean",
          "the sum of squares, torch.norm of the centred",
          {"eps-outside", "sum-of-squares"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    xc = x - x.mean(0)
    return gamma * xc / (torch.norm(xc, dim=0) + eps) + beta
"""),
    wrong("batch_norm", "median-no-grad",
          "mean under no_grad, variance with the graph",
          {"mean-detached"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    with torch.no_grad():
        mean = x.mean(dim=0, keepdim=True)
    var = ((x - mean) ** 2).mean(dim=0, keepdim=True)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta
"""),
    wrong("batch_norm", "eps-squared-root",
          "sqrt(var) + sqrt(eps)",
          {"roots-apart"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(0), x.var(0, unbiased=False)
    return (x - mean) / (var ** 0.5 + eps ** 0.5) * gamma + beta
"""),
)  # fmt: skip
