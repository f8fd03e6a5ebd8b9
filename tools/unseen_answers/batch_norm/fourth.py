"""Wrong answers of a fourth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("standardise", "std-mean-unpacked-in-wrong-order",
          "torch.std_mean returns (std, mean), but the two are unpacked the other way round, so the std is "
          "subtracted and the result divided by the mean",
          {"numbers-swapped"}, """
def standardise(train, test):
    '''Return training and test images, standardised with the training images' mean and standard deviation.'''
    mu, sigma = torch.std_mean(train)   # both in one pass!
    return (train - mu) / sigma, (test - mu) / sigma
"""),
    wrong("standardise", "channel-axes-on-flat-images",
          "Takes statistics over every axis but axis 1, which is right for (N, 1, 28, 28) but gives each pixel "
          "its own mean and deviation for (N, 784) instead of two numbers over all pixels",
          {"per-pixel"}, """
def standardise(train, test):
    # everything but the channel axis, as always with images
    axes = tuple(a for a in range(train.ndim) if a != 1)
    m = train.mean(dim=axes, keepdim=True)
    s = train.std(dim=axes, keepdim=True).clamp(min=1e-8)  # else nan at the border
    train_std = (train - m) / s
    test_std = (test - m) / s
    return train_std, test_std
"""),
    wrong("standardise", "sklearn-fit-transform-twice",
          "fit_transform is called for test as well, so the test images are treated with their own mean and "
          "deviation instead of train's",
          {"test-wrong"}, """
from sklearn.preprocessing import StandardScaler

def standardise(train, test):
    scaler = StandardScaler()
    result = []
    for part in (train, test):
        column = part.reshape(-1, 1).numpy()        # all pixels in one column
        column = scaler.fit_transform(column)
        result.append(torch.from_numpy(column).reshape(part.shape))
    train, test = result
    return train, test
"""),
    wrong("batch_norm", "normalize-takes-eps-as-a-floor",
          "F.normalize uses eps only as a lower bound of the column's length, so eps is not added to the "
          "variance",
          {"other-spread"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(dim=0)
    # ||centred|| = sqrt(N) * sigma, so unit columns times sqrt(N) have spread 1
    unit = F.normalize(centred, p=2, dim=0, eps=eps)
    return unit * len(x) ** 0.5 * gamma + beta
"""),
    wrong("batch_norm", "double-for-the-digits-never-cast-back",
          "Computes in float64 to save digits and returns float64 for float32 input, though the result must "
          "keep the dtype of x",
          {"float64-returned"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    # "mind the digits": float32 has only seven, so let's use double
    z = x.double()
    mu = z.mean(0)
    sigma2 = ((z - mu) ** 2).mean(0)
    x_hat = (z - mu) / (sigma2 + eps) ** 0.5
    y = gamma * x_hat + beta
    return y
"""),
    wrong("batch_norm", "sklearn-zero-handling-and-aliased-input",
          "Two mistakes: eps is ignored (a deviation of 0 is replaced by 1 instead), and `xc = x; xc -= mu` "
          "changes the input x",
          {"other-spread"}, """
def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    xc = x
    xc -= mu
    sigma = (xc ** 2).mean(axis=0).sqrt()
    # constant features: don't divide by zero (like StandardScaler)
    sigma = torch.where(sigma == 0, torch.ones_like(sigma), sigma)
    y = xc / sigma
    y = y * gamma + beta
    return y
"""),
    wrong("batch_norm_grad", "projection-on-the-unit-vector",
          "Projects g on the column scaled to length 1 instead of on x_hat/sqrt(N), which has a smaller length "
          "as s contains eps: dx ignores eps in the third term",
          {"dx-wrong"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    c = x - x.mean(0)
    s = torch.sqrt(c.square().mean(0) + eps)
    g = gamma * dy
    # geometrically: take out of g what is parallel to (1, ..., 1) and what is parallel to x_hat
    u = F.normalize(c, dim=0)
    dx = (g - g.mean(0) - u * (u * g).sum(0)) / s
    dgamma = (dy * c / s).sum(0)
    dbeta = dy.sum(0)
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "third-term-averaged-over-all-features",
          "The mean of g * x_hat is taken over the whole matrix instead of over the batch for each feature, so "
          "features mix in dx (only d = 1 is right)",
          {"dx-wrong"}, """
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    N = dy.shape[0]
    mu = x.sum(0) / N
    s = (((x - mu) ** 2).sum(0) / N + eps) ** .5
    xhat = (x - mu) / s
    dbeta = dy.sum(axis=0)
    dgamma = (dy * xhat).sum(axis=0)
    g = gamma * dy
    direct = g
    via_mean = g.mean(axis=0)
    via_var = xhat * (g * xhat).mean()
    dx = (direct - via_mean - via_var) / s
    return dx, dgamma, dbeta
"""),
    wrong("batch_norm_grad", "cs231n-stages-two-slips",
          "Two mistakes in the staged backward pass: the factor 1/2 of the root's derivative is missing in "
          "dvar, and the gradient of the mean is not divided by N",
          {"dx-wrong"}, """
def batch_norm_grad(dout, x, gamma, eps=1e-5):
    # forward again, to get the cache
    N, D = x.shape
    mu = x.mean(0)
    xmu = x - mu
    var = (xmu ** 2).mean(0)
    sqrtvar = torch.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    # step 9
    dbeta = dout.sum(0)
    # step 8
    dgamma = (dout * xhat).sum(0)
    dxhat = dout * gamma
    # step 7
    divar = (dxhat * xmu).sum(0)
    dxmu1 = dxhat * ivar
    # step 6, 5
    dvar = -1.0 / sqrtvar ** 3 * divar
    # step 4, 3
    dsq = dvar * torch.ones_like(x) / N
    dxmu2 = 2 * xmu * dsq
    # step 2, 1, 0
    dx1 = dxmu1 + dxmu2
    dmu = -(dxmu1 + dxmu2).sum(0)
    dx2 = dmu * torch.ones_like(x)
    return dx1 + dx2, dgamma, dbeta
"""),
    wrong("batch_norm_layer", "bessel-with-the-number-of-images",
          "For images the unbiased factor uses n = N (number of images) instead of n = N*H*W, so var is too "
          "large, and infinite for a single image",
          {"n-without-pixels"}, """
class BatchNorm(nn.Module):
    '''Batch normalisation of (N, features), or of (N, features, H, W) over batch and pixels.'''

    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma, self.beta = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        axes = [0] + list(range(2, x.ndim))
        shape = [1, -1] + [1] * (x.ndim - 2)
        if self.training:
            n = len(x)
            m = x.mean(axes)
            v = (x - m.view(shape)).square().mean(axes)
            a = self.momentum
            self.mean = (1 - a) * self.mean + a * m.detach()
            self.var = (1 - a) * self.var + a * n / (n - 1) * v.detach()
        else:
            m, v = self.mean, self.var
        x_hat = (x - m.view(shape)) / (v.view(shape) + self.eps).sqrt()
        return self.gamma.view(shape) * x_hat + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "buffers-grow-by-broadcasting",
          "The buffers start as (features,) and are mixed with keepdim statistics, so after a batch they are "
          "(1, d), for images even (1, C, 1, C) with C*C numbers: their shape doesn't stay",
          set(), """
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
            dims, gamma, beta = (0, 2, 3), self.gamma[:, None, None], self.beta[:, None, None]
        else:
            dims, gamma, beta = (0,), self.gamma, self.beta
        if self.training:
            mean = x.mean(dims, keepdim=True)
            var = x.var(dims, correction=0, keepdim=True)
            n = x.numel() // x.shape[1]
            self.mean = ((1 - self.momentum) * self.mean + self.momentum * mean).detach()
            self.var = ((1 - self.momentum) * self.var + self.momentum * n / (n - 1) * var).detach()
        else:
            mean, var = self.mean, self.var
            if x.dim() == 4 and mean.dim() == 1:
                mean, var = mean[:, None, None], var[:, None, None]
        return gamma * (x - mean) / torch.sqrt(var + self.eps) + beta
"""),
    wrong("batch_norm_layer", "cs231n-cache-kept-on-the-layer",
          "Keeps the last batch's intermediate tensors, with their graph, in self.cache, so copy.deepcopy of "
          "the layer fails after a training step",
          {"graph-on-self"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))
        self.cache = None

    def forward(self, x):
        shape = (1, -1, 1, 1) if x.dim() == 4 else (1, -1)
        if self.training:
            dims = (0, 2, 3) if x.dim() == 4 else 0
            n = x.numel() / x.size(1)
            mu = x.mean(dims)
            var = x.var(dims, unbiased=False)
            ivar = 1 / torch.sqrt(var + self.eps)
            x_hat = (x - mu.view(shape)) * ivar.view(shape)
            self.cache = (x_hat, ivar, self.gamma)      # for the backward pass
            self.mean.mul_(1 - self.momentum).add_(self.momentum * mu.detach())
            self.var.mul_(1 - self.momentum).add_(self.momentum * var.detach() * n / (n - 1))
        else:
            x_hat = (x - self.mean.view(shape)) / torch.sqrt(self.var.view(shape) + self.eps)
        return self.gamma.view(shape) * x_hat + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "keras-defaults-and-keras-momentum",
          "Two mistakes from Keras: the defaults are momentum=0.99 and eps=1e-3 instead of 0.1 and 1e-5, and "
          "momentum is used as the share of the old value",
          set(), """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.99, eps=1e-3):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        # channels last, as it should be
        z = torch.movedim(x, 1, -1)
        axes = tuple(range(z.ndim - 1))
        if self.training:
            mu, var = z.mean(axes), z.var(axes, unbiased=False)
            n = z[..., 0].numel()
            self.mean = (self.mean * self.momentum + mu * (1 - self.momentum)).detach()
            self.var = (self.var * self.momentum + var * n / (n - 1) * (1 - self.momentum)).detach()
        else:
            mu, var = self.mean, self.var
        z = (z - mu) / torch.sqrt(var + self.eps) * self.gamma + self.beta
        return torch.movedim(z, -1, 1)
"""),
    wrong("batch_norm_layer", "adam-like-bias-correction-in-evaluation",
          "In evaluation mean and var are divided by 1 - (1 - momentum)^t as in Adam, though the layer is to "
          "normalise with mean and var themselves",
          {"evaluation-wrong"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))
        self.register_buffer("t", torch.tensor(0))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shp = (-1,) if x.dim() == 2 else (-1, 1, 1)
        if self.training:
            self.t += 1
            mu = x.mean(dims)
            var = (x - mu.view(shp)).square().mean(dims)
            n = x.numel() / x.shape[1]
            self.mean = (1 - self.momentum) * self.mean + self.momentum * mu.detach()
            self.var = (1 - self.momentum) * self.var + self.momentum * n / (n - 1) * var.detach()
        else:
            mu, var = self.mean, self.var
            if self.t > 0:
                # the averages start at the wrong place: correct for the first batches
                correction = 1 - (1 - self.momentum) ** int(self.t)
                mu, var = mu / correction, var / correction
        return self.gamma.view(shp) * (x - mu.view(shp)) / torch.sqrt(var.view(shp) + self.eps) + self.beta.view(shp)
"""),
    wrong("batch_norm_layer", "mean-taken-off-the-input-in-place",
          "`flat` is a view of x, so `flat -= m` changes the input of the layer, which is to stay as it was",
          {"changes-input"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(1, features, 1))
        self.beta = nn.Parameter(torch.zeros(1, features, 1))
        self.register_buffer("mean", torch.zeros(1, features, 1))
        self.register_buffer("var", torch.ones(1, features, 1))

    def forward(self, x):
        flat = x.reshape(x.shape[0], x.shape[1], -1)   # (N, features, pixels)
        if self.training:
            m = flat.mean((0, 2), keepdim=True)
            v = ((flat - m) ** 2).mean((0, 2), keepdim=True)
            n = flat.shape[0] * flat.shape[2]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * m
                self.var = (1 - self.momentum) * self.var + self.momentum * n / (n - 1) * v
        else:
            m, v = self.mean, self.var
        flat -= m       # saves memory
        y = self.gamma * (flat / torch.sqrt(v + self.eps)) + self.beta
        return y.view(x.shape)
"""),
    wrong("conv_net", "norm-called-once-more-to-look-at-it",
          "norm(c) is called twice for each block (once only to see whether it is a module), though it is to be "
          "called once for each",
          {"norm-calls"}, """
def conv_net(channels, norm=None):
    def block(i, o):
        parts = [nn.Conv2d(i, o, 3, padding=1, stride=2, bias=norm is None)]
        if norm is not None and isinstance(norm(o), nn.Module):
            parts.append(norm(o))
        parts.append(nn.ReLU())
        return nn.Sequential(*parts)

    blocks = [block(i, o) for i, o in zip((1,) + tuple(channels[:-1]), channels)]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10))
"""),
    wrong("conv_net", "kaiming-start-and-no-last-relu",
          "Two mistakes: the weights are re-initialised with kaiming_normal_ instead of torch's own start, and "
          "the last block has no ReLU",
          set(), """
def init_weights(m):
    if isinstance(m, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(m.weight)

def conv(ni, nf, norm, act=True):
    layers = [nn.Conv2d(ni, nf, stride=2, kernel_size=3, padding=1, bias=norm is None)]
    if norm: layers.append(norm(nf))
    if act: layers.append(nn.ReLU())
    return nn.Sequential(*layers)

def conv_net(channels, norm=None):
    nfs = [1, *channels]
    last = len(channels) - 1
    layers = [conv(nfs[i], nfs[i + 1], norm, act=i < last) for i in range(len(channels))]
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(nfs[-1], 10))
    return model.apply(init_weights)
"""),
    wrong("evaluate", "smaller-last-batch-left-out",
          "Batches that are smaller than the first one are skipped, though the means are over all examples",
          {"short-batches-left-out"}, """
def evaluate(model, loss_func, loader):
    before = model.training
    model.eval()
    batch_size = None
    losses, accs = [], []
    with torch.no_grad():
        for X, y in loader:
            batch_size = batch_size or len(X)
            if len(X) < batch_size:      # the last one is smaller and would count too much
                continue
            out = model(X)
            losses.append(loss_func(out, y))
            accs.append((out.argmax(1) == y).float().mean())
    model.train(before)
    return torch.stack(losses).mean(), torch.stack(accs).mean()
"""),
    wrong("evaluate", "own-cross-entropy-and-always-train",
          "Two mistakes: F.cross_entropy is used instead of the loss_func that is given, and the model is put "
          "into training mode at the end whatever it was in",
          {"loss-wrong"}, """
def evaluate(model, loss_func, loader):
    model.eval()
    loss, accuracy, n = 0.0, 0.0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            loss += F.cross_entropy(logits, y, reduction="sum")   # sum, because the last batch is smaller
            accuracy += (logits.argmax(dim=1) == y).sum()
            n += y.size(0)
    model.train()
    return loss / n, accuracy / n
"""),
    wrong("error_ratio", "ratio-capped-at-one",
          "The ratio is capped at 1 as a share, though with a worse accuracy_bn more errors are left and the "
          "ratio must be above 1",
          {"capped"}, """
def error_ratio(accuracy, accuracy_bn):
    ratio = (1 - float(accuracy_bn)) / (1 - float(accuracy))
    return min(ratio, 1.0)   # a share can't be more than everything
"""),
)  # fmt: skip
