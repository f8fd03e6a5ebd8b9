"""Right answers of a third set, many as public courses write them: functions and networks."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("standardise", "r-std-mean", "torch.std_mean", """
def standardise(train, test):
    std, mean = torch.std_mean(train)
    return tuple((t - mean) / std for t in (train, test))
"""),
    right("standardise", "r-sklearn-like", "item() and population deviation", """
import math


def standardise(train, test):
    mu = train.mean().item()
    sigma = math.sqrt(((train - mu) ** 2).mean().item())
    return train.sub(mu).div(sigma), test.sub(mu).div(sigma)
"""),
    right("batch_norm", "r-cs231n", "sample_mean, sample_var", """
def batch_norm(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    sample_mean = x.sum(0) / N
    x_mean_zero = x - sample_mean
    sample_var = (x_mean_zero * x_mean_zero).sum(0) / N
    std_dev = torch.sqrt(sample_var + eps)
    x_normalized = x_mean_zero / std_dev
    return gamma * x_normalized + beta
"""),
    right("batch_norm", "r-loop", "a loop over the columns", """
def batch_norm(x, gamma, beta, eps=1e-5):
    cols = []
    for j in range(x.shape[1]):
        c = x[:, j]
        c = c - c.mean()
        cols.append(gamma[j] * c / (c.pow(2).mean() + eps).sqrt() + beta[j])
    return torch.stack(cols, 1)
"""),
    right("batch_norm", "r-makemore", "bnmeani, bndiff, bnvar_inv with population count", """
def batch_norm(hprebn, bngain, bnbias, eps=1e-5):
    n = hprebn.shape[0]
    bnmeani = 1/n*hprebn.sum(0, keepdim=True)
    bndiff = hprebn - bnmeani
    bndiff2 = bndiff**2
    bnvar = 1/n*(bndiff2).sum(0, keepdim=True)
    bnvar_inv = (bnvar + eps)**-0.5
    bnraw = bndiff * bnvar_inv
    return bngain * bnraw + bnbias
"""),
    right("batch_norm", "r-norm-length", "the length of the centred column", """
def batch_norm(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(0)
    second = torch.var(x, dim=0, correction=0)
    return torch.addcmul(beta, gamma, centred * torch.rsqrt(second + eps))
"""),
    right("batch_norm_grad", "r-kratzert", "the nine steps of the graph", """
def batch_norm_grad(dout, x, gamma, eps=1e-5):
    N, D = dout.shape
    mu = x.mean(0)
    xmu = x - mu
    var = (xmu ** 2).mean(0)
    sqrtvar = torch.sqrt(var + eps)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dxhat = dout * gamma
    divar = (dxhat * xmu).sum(0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / torch.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * torch.ones_like(dout) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * (dxmu1 + dxmu2).sum(0)
    dx2 = 1. / N * torch.ones_like(dout) * dmu
    return dx1 + dx2, dgamma, dbeta
"""),
    right("batch_norm_grad", "r-alt", "one line as in CS231n's alternative", """
def batch_norm_grad(dout, x, gamma, eps=1e-5):
    m = dout.shape[0]
    v, mean = torch.var_mean(x, 0, correction=0)
    istd = 1 / torch.sqrt(v + eps)
    x_hat = (x - mean) * istd
    dbeta, dgamma = dout.sum(0), (x_hat * dout).sum(0)
    return gamma * istd / m * (m * dout - x_hat * dgamma - dbeta), dgamma, dbeta
"""),
    right("batch_norm_grad", "r-jacobian", "the matrix of each column", """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    n, d = x.shape
    mu = x.mean(0)
    s = ((x - mu).square().mean(0) + eps).sqrt()
    xhat = (x - mu) / s
    dx = torch.empty_like(x)
    eye = torch.eye(n, dtype=x.dtype)
    for j in range(d):
        h = xhat[:, j]
        jac = (eye - 1 / n - torch.outer(h, h) / n) / s[j]
        dx[:, j] = jac @ (gamma[j] * dy[:, j])
    return dx, torch.einsum("nd,nd->d", dy, xhat), torch.einsum("nd->d", dy)
"""),
    right("conv_net", "r-fastai", "a conv function with act and norm", """
def conv(ni, nf, ks=3, stride=2, act=nn.ReLU, norm=None):
    layers = [nn.Conv2d(ni, nf, stride=stride, kernel_size=ks, padding=ks//2, bias=norm is None)]
    if norm: layers.append(norm(nf))
    if act: layers.append(act())
    return nn.Sequential(*layers)


def conv_net(channels, norm=None):
    nfs = [1, *channels]
    blocks = [conv(nfs[i], nfs[i + 1], norm=norm) for i in range(len(nfs) - 1)]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(nfs[-1], 10))
"""),
    right("conv_net", "r-class", "own class, ModuleList, functional", """
class Net(nn.Module):
    def __init__(self, channels, norm=None):
        super().__init__()
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        last = 1
        for c in channels:
            self.convs.append(nn.Conv2d(last, c, (3, 3), (2, 2), (1, 1), bias=not norm))
            if norm is not None:
                self.norms.append(norm(c))
            last = c
        self.fc = nn.Linear(last, 10)

    def forward(self, x):
        for i, conv in enumerate(self.convs):
            x = conv(x)
            if len(self.norms):
                x = self.norms[i](x)
            x = F.relu(x, inplace=True)
        x = F.adaptive_avg_pool2d(x, 1)
        return self.fc(x.squeeze(-1).squeeze(-1))


def conv_net(channels, norm=None):
    return Net(channels, norm)
"""),
    right("evaluate", "r-d2l", "Accumulator, isinstance Module", """
def evaluate(model, loss_func, loader):
    class Accumulator:
        def __init__(self, n): self.data = [0.0] * n
        def add(self, *args): self.data = [a + float(b) for a, b in zip(self.data, args)]
        def __getitem__(self, idx): return self.data[idx]

    training = model.training
    model.eval()
    metric = Accumulator(3)
    with torch.no_grad():
        for X, y in loader:
            y_hat = model(X)
            metric.add(loss_func(y_hat, y) * y.shape[0], (y_hat.argmax(1) == y).sum(), y.shape[0])
    if training:
        model.train()
    return metric[0] / metric[2], metric[1] / metric[2]
"""),
    right("evaluate", "r-try-finally", "inference_mode, try and finally, all logits together", """
def evaluate(model, loss_func, loader):
    mode = model.training
    model.train(False)
    try:
        with torch.inference_mode():
            outputs = [(model(X), y) for X, y in loader]
            logits = torch.cat([o for o, _ in outputs])
            y = torch.cat([t for _, t in outputs])
            return float(loss_func(logits, y)), float((logits.argmax(-1) == y).double().mean())
    finally:
        model.train(mode)
"""),
    right("evaluate", "r-decorator", "decorated with no_grad, numpy averages with weights", """
@torch.no_grad()
def evaluate(model, loss_func, loader):
    was_training = model.training
    model.eval()
    losses, hits, sizes = [], [], []
    for X, y in loader:
        z = model(X)
        losses.append(loss_func(z, y).item())
        hits.append((z.max(1)[1] == y).float().mean().item())
        sizes.append(y.size(0))
    model.train(was_training)
    return np.average(losses, weights=sizes), np.average(hits, weights=sizes)
"""),
    right("error_ratio", "r-plain", "in two steps", """
def error_ratio(accuracy, accuracy_bn):
    errors = 1.0 - accuracy
    errors_bn = 1.0 - accuracy_bn
    return errors_bn / errors
"""),
)  # fmt: skip
