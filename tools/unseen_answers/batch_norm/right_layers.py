"""Right answers to the layer, that look unusual."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("batch_norm_layer", "fastai", "buffers of shape (1, f, 1, 1), lerp_", """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.mom, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features, 1, 1))
        self.beta = nn.Parameter(torch.zeros(features, 1, 1))
        self.register_buffer("var", torch.ones(1, features, 1, 1))
        self.register_buffer("mean", torch.zeros(1, features, 1, 1))

    def update_stats(self, x):
        m = x.mean((0, 2, 3), keepdim=True)
        v = x.var((0, 2, 3), keepdim=True)
        self.mean.lerp_(m.detach(), self.mom)
        self.var.lerp_(v.detach(), self.mom)
        return m, x.var((0, 2, 3), keepdim=True, unbiased=False)

    def forward(self, x):
        flat = x.dim() == 2
        if flat:
            x = x[:, :, None, None]
        m, v = self.update_stats(x) if self.training else (self.mean, self.var)
        x = (x - m) / (v + self.eps).sqrt()
        x = x * self.gamma + self.beta
        return x[:, :, 0, 0] if flat else x
"""),
    right("batch_norm_layer", "d2l", "a function with moving averages, and a class", """
def _batch_norm(X, gamma, beta, moving_mean, moving_var, eps, momentum, training):
    if not training:
        X_hat = (X - moving_mean) / torch.sqrt(moving_var + eps)
        return gamma * X_hat + beta, moving_mean, moving_var
    if X.dim() == 2:
        mean = X.mean(dim=0, keepdim=True)
        var = ((X - mean) ** 2).mean(dim=0, keepdim=True)
        n = X.shape[0]
    else:
        mean = X.mean(dim=(0, 2, 3), keepdim=True)
        var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
        n = X.shape[0] * X.shape[2] * X.shape[3]
    X_hat = (X - mean) / torch.sqrt(var + eps)
    moving_mean = (1.0 - momentum) * moving_mean + momentum * mean
    moving_var = (1.0 - momentum) * moving_var + momentum * var * (n / (n - 1.0))
    return gamma * X_hat + beta, moving_mean.detach(), moving_var.detach()


class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, X):
        shape = (1, -1) if X.dim() == 2 else (1, -1, 1, 1)
        Y, mean, var = _batch_norm(X, self.gamma.view(shape), self.beta.view(shape), self.mean.view(shape),
                                   self.var.view(shape), self.eps, self.momentum, self.training)
        if self.training:
            self.mean, self.var = mean.flatten(), var.flatten()
        return Y
"""),
    right("batch_norm_layer", "own-batch-norm", "batch_norm of question 2 on rows", """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        if x.dim() == 4:
            n, c, h, w = x.shape
            rows = x.permute(0, 2, 3, 1).reshape(-1, c)
            return self.forward(rows).reshape(n, h, w, c).permute(0, 3, 1, 2)
        if self.training:
            with torch.no_grad():
                self.mean.copy_((1 - self.momentum) * self.mean + self.momentum * x.mean(0))
                self.var.copy_((1 - self.momentum) * self.var + self.momentum * x.var(0))
            return batch_norm(x, self.gamma, self.beta, self.eps)
        return self.gamma * (x - self.mean) / (self.var + self.eps).sqrt() + self.beta
"""),
    right("batch_norm_layer", "counting", "with torch's third buffer and reset method", """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.num_features = features
        self.momentum = momentum
        self.eps = eps
        self.gamma = nn.Parameter(torch.empty(features))
        self.beta = nn.Parameter(torch.empty(features))
        self.register_buffer("mean", torch.empty(features))
        self.register_buffer("var", torch.empty(features))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.ones_(self.gamma)
        nn.init.zeros_(self.beta)
        self.mean.zero_()
        self.var.fill_(1)

    def extra_repr(self):
        return f"{self.num_features}, momentum={self.momentum}"

    def forward(self, x):
        reduce = [d for d in range(x.dim()) if d != 1]
        bshape = [1 if d != 1 else x.size(1) for d in range(x.dim())]
        if self.training:
            var, mean = torch.var_mean(x, reduce, correction=0)
            count = x.numel() / x.size(1)
            self.num_batches_tracked += 1
            self.mean += self.momentum * (mean.detach() - self.mean)
            self.var += self.momentum * (var.detach() * count / (count - 1) - self.var)
        else:
            mean, var = self.mean, self.var
        scale = self.gamma * torch.rsqrt(var + self.eps)
        return (x - mean.reshape(bshape)) * scale.reshape(bshape) + self.beta.reshape(bshape)
"""),
    right("batch_norm_layer", "autograd-function", "with a torch.autograd.Function of its own", """
class _Normalise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, eps):
        mu = x.mean(0)
        inv = ((x - mu).pow(2).mean(0) + eps).rsqrt()
        x_hat = (x - mu) * inv
        ctx.save_for_backward(x_hat, inv)
        return x_hat

    @staticmethod
    def backward(ctx, g):
        x_hat, inv = ctx.saved_tensors
        return inv * (g - g.mean(0) - x_hat * (g * x_hat).mean(0)), None


class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        moved = x.transpose(1, -1)
        rows = moved.reshape(-1, moved.shape[-1])
        if self.training:
            x_hat = _Normalise.apply(rows, self.eps)
            with torch.no_grad():
                self.mean.lerp_(rows.mean(0), self.momentum)
                self.var.lerp_(rows.var(0), self.momentum)
        else:
            x_hat = (rows - self.mean) / torch.sqrt(self.var + self.eps)
        return (x_hat * self.gamma + self.beta).reshape(moved.shape).transpose(1, -1)
"""),
    right("batch_norm_layer", "data-attribute", "writes to .data", """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_parameter("beta", nn.Parameter(torch.zeros(1, features)))
        self.register_parameter("gamma", nn.Parameter(torch.ones(1, features)))
        self.register_buffer("var", torch.ones(1, features))
        self.register_buffer("mean", torch.zeros(1, features))

    def forward(self, x):
        tail = (1,) * (x.dim() - 2)
        dims = (0, 2, 3)[: 1 if x.dim() == 2 else 3]
        if self.training:
            mean = x.mean(dim=dims, keepdim=True)
            var = (x - mean).square().mean(dim=dims, keepdim=True)
            m = x.shape[0] * (x.shape[2] * x.shape[3] if x.dim() == 4 else 1)
            self.mean.data = self.mean.data * (1 - self.momentum) + mean.data.view(1, -1) * self.momentum
            self.var.data = self.var.data * (1 - self.momentum) + var.data.view(1, -1) * (m / (m - 1)) * self.momentum
        else:
            mean = self.mean.view(1, -1, *tail)
            var = self.var.view(1, -1, *tail)
        return (x - mean) / (var + self.eps) ** 0.5 * self.gamma.view(1, -1, *tail) + self.beta.view(1, -1, *tail)
"""),
    right("batch_norm_layer", "makemore", "one (1, features) layout, rows inside, update in no_grad", """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(1, features))
        self.beta = nn.Parameter(torch.zeros(1, features))
        self.register_buffer("mean", torch.zeros(1, features))
        self.register_buffer("var", torch.ones(1, features))

    def forward(self, x):
        if x.ndim == 4:
            b, c, h, w = x.size()
            rows = x.flatten(2).transpose(1, 2).flatten(0, 1)
        else:
            rows = x
        if self.training:
            xmean = rows.mean(0, keepdim=True)
            xvar = rows.var(0, keepdim=True, unbiased=False)
            with torch.no_grad():
                self.mean.mul_(1 - self.momentum).add_(xmean, alpha=self.momentum)
                self.var.mul_(1 - self.momentum).add_(rows.var(0, keepdim=True), alpha=self.momentum)
        else:
            xmean, xvar = self.mean, self.var
        out = self.gamma * (rows - xmean) / torch.sqrt(xvar + self.eps) + self.beta
        return out.unflatten(0, (b, h * w)).transpose(1, 2).unflatten(2, (h, w)) if x.ndim == 4 else out
"""),
    right("batch_norm_layer", "subclass-of-own-base", "a base class of its own, and a property", """
class _Affine(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))

    def affine(self, z, like):
        size = [1] * like.dim()
        size[1] = -1
        return z * self.gamma.reshape(size) + self.beta.reshape(size)


class BatchNorm(_Affine):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__(features)
        for name, start in {"mean": torch.zeros, "var": torch.ones}.items():
            self.register_buffer(name, start(features))
        self.rate, self.eps = momentum, eps

    def forward(self, x):
        size = [1] * x.dim()
        size[1] = -1
        if not self.training:
            return self.affine((x - self.mean.reshape(size)) / (self.var.reshape(size) + self.eps).sqrt(), x)
        axes = tuple(i for i in range(x.dim()) if i != 1)
        mu = x.mean(axes, keepdim=True)
        z = x - mu
        var = z.square().mean(axes, keepdim=True)
        bessel = x[:, 0].numel() / (x[:, 0].numel() - 1)
        self.mean = torch.lerp(self.mean, mu.detach().reshape(-1), self.rate)
        self.var = torch.lerp(self.var, bessel * var.detach().reshape(-1), self.rate)
        return self.affine(z / (var + self.eps).sqrt(), x)
"""),
)  # fmt: skip
