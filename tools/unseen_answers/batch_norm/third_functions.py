"""Wrong answers of a third set, those whose hints were not all true or missing at first: the gradient and the layer."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong
from tools.unseen_answers.batch_norm.layer_head import HEAD

WRONG = (
    wrong("batch_norm_grad", "only-easy-two", "dx is left as zeros", {"dx-missing"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    dx = torch.zeros_like(x)
    mu = x.mean(0)
    xhat = (x - mu) / torch.sqrt(x.var(0, unbiased=False) + eps)
    dbeta = dy.sum(dim=0)
    dgamma = (dy * xhat).sum(dim=0)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_layer", "two-dims-only", "works for (N, features) only", {"rows-only"}, HEAD + """
    def forward(self, x):
        if self.training:
            y = batch_norm(x, self.gamma, self.beta, self.eps)
            self.mean = (1 - self.momentum) * self.mean + self.momentum * x.mean(0).detach()
            self.var = (1 - self.momentum) * self.var + self.momentum * x.var(0).detach()
        else:
            y = self.gamma * (x - self.mean) / torch.sqrt(self.var + self.eps) + self.beta
        return y
"""),
    wrong("batch_norm_layer", "per-pixel", "one mean and variance for each pixel, averaged for the buffers",
          {"each-pixel"}, HEAD + """
    def forward(self, x):
        s = (1, -1, 1, 1) if x.dim() == 4 else (1, -1)
        if self.training:
            mu = x.mean(0, keepdim=True)
            var = x.var(0, unbiased=False, keepdim=True)
            n = x.shape[0]
            with torch.no_grad():
                m, v = mu[0], var[0]
                if x.dim() == 4:
                    m, v = m.mean((1, 2)), v.mean((1, 2))
                self.mean = (1 - self.momentum) * self.mean + self.momentum * m
                self.var = (1 - self.momentum) * self.var + self.momentum * v * n / (n - 1)
            return self.gamma.view(s) * (x - mu) / torch.sqrt(var + self.eps) + self.beta.view(s)
        x_hat = (x - self.mean.view(s)) / torch.sqrt(self.var.view(s) + self.eps)
        return self.gamma.view(s) * x_hat + self.beta.view(s)
"""),
    wrong("batch_norm_layer", "eval-updates-too", "the statistics are updated in evaluation, too",
          {"updated-in-evaluation"}, HEAD + """
    def forward(self, x):
        dims = (0, 2, 3) if x.dim() == 4 else (0,)
        s = (1, -1, 1, 1) if x.dim() == 4 else (1, -1)
        mu, var = x.mean(dims), x.var(dims, unbiased=False)
        n = x.numel() // x.shape[1]
        with torch.no_grad():
            self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
            self.var = (1 - self.momentum) * self.var + self.momentum * var * n / max(n - 1, 1)
        if not self.training:
            mu, var = self.mean, self.var
        return self.gamma.view(s) * (x - mu.view(s)) / torch.sqrt(var.view(s) + self.eps) + self.beta.view(s)
"""),
    wrong("batch_norm_layer", "swapped-branches", "evaluation and training exchanged", {"modes-swapped"}, HEAD + """
    def forward(self, x):
        dims = (0, 2, 3) if x.dim() == 4 else (0,)
        s = (1, -1, 1, 1) if x.dim() == 4 else (1, -1)
        if self.training:
            mu, var = self.mean, self.var
        else:
            mu, var = x.mean(dims), x.var(dims, unbiased=False)
            n = x.numel() // x.shape[1]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / max(n - 1, 1)
        return self.gamma.view(s) * (x - mu.view(s)) / torch.sqrt(var.view(s) + self.eps) + self.beta.view(s)
"""),
    wrong("batch_norm_layer", "whole-mean", "one mean and variance of all numbers", {"all-numbers"}, HEAD + """
    def forward(self, x):
        s = (1, -1, 1, 1) if x.dim() == 4 else (1, -1)
        if self.training:
            mu, var = x.mean(), x.var(unbiased=False)
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * x.var()
            xhat = (x - mu) / torch.sqrt(var + self.eps)
        else:
            xhat = (x - self.mean.view(s)) / torch.sqrt(self.var.view(s) + self.eps)
        return self.gamma.view(s) * xhat + self.beta.view(s)
"""),
)  # fmt: skip
