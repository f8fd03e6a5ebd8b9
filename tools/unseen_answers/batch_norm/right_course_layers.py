"""Right answers of a third set, many as public courses write them: the layer."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("batch_norm_layer", "r-d2l", "two cases with shapes (1, d) or (1, d, 1, 1): the buffers are vectors", """
def _bn(X, gamma, beta, moving_mean, moving_var, eps, momentum, training):
    shape = (1, -1) if X.dim() == 2 else (1, -1, 1, 1)
    if not training:
        X_hat = (X - moving_mean.view(shape)) / torch.sqrt(moving_var.view(shape) + eps)
    else:
        if X.dim() == 2:
            mean = X.mean(dim=0)
            var = ((X - mean) ** 2).mean(dim=0)
        else:
            mean = X.mean(dim=(0, 2, 3), keepdim=True)
            var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
        X_hat = (X - mean) / torch.sqrt(var + eps)
        n = X.numel() / X.shape[1]
        moving_mean = (1.0 - momentum) * moving_mean + momentum * mean.reshape(-1)
        moving_var = (1.0 - momentum) * moving_var + momentum * var.reshape(-1) * (n / (n - 1))
    Y = gamma.view(shape) * X_hat + beta.view(shape)
    return Y, moving_mean.data, moving_var.data


class BatchNorm(nn.Module):
    def __init__(self, num_features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("var", torch.ones(num_features))
        self.momentum, self.eps = momentum, eps

    def forward(self, X):
        statistics, settings = (self.mean, self.var), (self.eps, self.momentum, self.training)
        Y, self.mean, self.var = _bn(X, self.gamma, self.beta, *statistics, *settings)
        return Y
"""),
    right("batch_norm_layer", "r-fastai", "lerp_ on (1, nf, 1, 1) buffers", """
class BatchNorm(nn.Module):
    def __init__(self, nf, mom=0.1, eps=1e-5):
        super().__init__()
        self.mom, self.eps = mom, eps
        self.gamma = nn.Parameter(torch.ones(1, nf, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, nf, 1, 1))
        self.register_buffer("var", torch.ones(1, nf, 1, 1))
        self.register_buffer("mean", torch.zeros(1, nf, 1, 1))

    def update_stats(self, x):
        m = x.mean((0, 2, 3), keepdim=True)
        v = x.var((0, 2, 3), keepdim=True, unbiased=False)
        n = x.numel() / x.shape[1]
        with torch.no_grad():
            self.mean.lerp_(m, self.mom)
            self.var.lerp_(v * n / (n - 1), self.mom)
        return m, v

    def forward(self, x):
        shape = x.shape
        x = x.reshape(*shape[:2], *(shape[2:] or (1, 1)))
        if self.training:
            m, v = self.update_stats(x)
        else:
            m, v = self.mean, self.var
        x = (x - m) / (v + self.eps).sqrt()
        return (x * self.gamma + self.beta).reshape(shape)
"""),
    right("batch_norm_layer", "r-flatten", "images become rows, the question's function does the rest", """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps, self.features = momentum, eps, features
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def rows(self, x):
        if x.dim() == 2:
            return self._rows(x)
        n, c, h, w = x.shape
        flat = x.permute(0, 2, 3, 1).reshape(-1, c)
        return self._rows(flat).reshape(n, h, w, c).permute(0, 3, 1, 2)

    def _rows(self, x):
        if not self.training:
            return self.gamma * (x - self.mean) / torch.sqrt(self.var + self.eps) + self.beta
        self.mean += self.momentum * (x.detach().mean(0) - self.mean)
        self.var += self.momentum * (x.detach().var(0) - self.var)
        return batch_norm(x, self.gamma, self.beta, self.eps)

    def forward(self, x):
        return self.rows(x)
"""),
    right("batch_norm_layer", "r-counter", "with a further buffer and swapaxes", """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))
        self.register_buffer("batches", torch.tensor(0))

    def forward(self, x):
        z = x.transpose(1, -1)
        axes = tuple(range(z.dim() - 1))
        if self.training:
            unbiased, mu = torch.var_mean(z, axes)
            n = z[..., 0].numel()
            sigma2 = unbiased * ((n - 1) / n)
            a = self.momentum
            self.mean.data = (1 - a) * self.mean + a * mu.data
            self.var.data = (1 - a) * self.var + a * unbiased.data
            self.batches += 1
        else:
            mu, sigma2 = self.mean, self.var
        z = self.gamma * ((z - mu) * (sigma2 + self.eps).rsqrt()) + self.beta
        return z.transpose(1, -1)
"""),
)  # fmt: skip
