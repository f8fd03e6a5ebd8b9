"""Wrong answers of a fifth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("softmax", "switches-requires-grad-on",
          "Sets x.requires_grad_() on the caller's tensor 'so that autograd can go through it': what is given "
          "must stay as it is",
          {"changes-input"}, """
def softmax(x):
    '''Return the softmax of each row.'''
    x.requires_grad_(True)     # autograd has to go through it
    e = torch.exp(x - x.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)
"""),
    wrong("log_softmax", "logsumexp-shifts-in-place",
          "logsumexp takes the maximum off its argument in place: x must be left as it is (log_softmax is "
          "written on its own and is right)",
          {"input-overwritten"}, """
def logsumexp(x):
    '''Return the logarithm of the sum of the exponentials of each row.'''
    a = x.max(dim=1, keepdim=True).values
    x -= a
    return a + torch.log(torch.exp(x).sum(dim=1, keepdim=True))


def log_softmax(x):
    '''Return the logarithm of the softmax of each row.'''
    z = x - x.max(dim=1, keepdim=True).values
    return z - torch.log(torch.exp(z).sum(dim=1, keepdim=True))
"""),
    wrong("log_softmax", "logsumexp-fills-the-stubs-view",
          "The stub's result = x[:, :1] is a view of x, and it is filled in place: the first column of the "
          "caller's x is overwritten. log_softmax hands over a copy, so it is right",
          {"input-overwritten"}, """
def logsumexp(x):
    '''Return the logarithm of the sum of the exponentials of each row.'''
    result = x[:, :1]
    a = x.max(dim=1, keepdim=True).values
    result[:] = a + torch.log(torch.sum(torch.exp(x - a), dim=1, keepdim=True))
    return result


def log_softmax(x):
    '''Return the logarithm of the softmax of each row.'''
    log_p = torch.zeros_like(x)
    log_p = x - logsumexp(x.clone())
    return log_p
"""),
    wrong("log_softmax", "clamped-at-minus-ten-thousand",
          "log_softmax is cut off at -10,000, but with logits of +10,000 and -10,000 in a row it goes down to "
          "-20,000",
          {"log-softmax-wrong"}, """
def logsumexp(x):
    '''Return the logarithm of the sum of the exponentials of each row.'''
    a = x.amax(dim=1, keepdim=True)
    return a + (x - a).exp().sum(dim=1, keepdim=True).log()


def log_softmax(x):
    '''Return the logarithm of the softmax of each row.'''
    log_p = x - logsumexp(x)
    return log_p.clamp(min=-10_000)   # finite
"""),
    wrong("log_softmax", "logsumexp-log1p-forgets-ties",
          "The 1 of log1p stands for one largest entry, but the mask x < top throws out all that equal it: "
          "wrong wherever a row has its maximum more than once",
          set(), """
def logsumexp(x):
    # log(sum exp) = top + log(1 + sum over the OTHERS of exp(x - top)), log1p is more exact than log
    top = x.max(dim=1, keepdim=True).values
    others = torch.exp(x - top) * (x < top)
    return top + torch.log1p(others.sum(dim=1, keepdim=True))


def log_softmax(x):
    return x - logsumexp(x)
"""),
    wrong("log_softmax", "lse-first-column-view-in-place",
          "The stub's x[:, :1] is a view and += writes into the caller's x, which must be left as it is; "
          "besides, shifting by the first entry overflows where another one is much larger",
          set(), """
def logsumexp(x):
    result = x[:, :1]
    result += torch.log(torch.exp(x - result).sum(dim=1, keepdim=True))
    return result


def log_softmax(x):
    log_p = torch.zeros_like(x)
    log_p = log_p + x - logsumexp(x.clone())
    return log_p
"""),
    wrong("cross_entropy", "nll-clamped-at-minus-100",
          "nll cuts the log-probabilities off at -100, as binary_cross_entropy does; they may be any finite "
          "numbers. cross_entropy goes its own way and is right",
          {"clamped"}, """
def nll(log_p, y):
    '''Return the mean negative log-likelihood.'''
    chosen = log_p[torch.arange(len(y)), y].clamp(min=-100)   # no infinite loss
    return -chosen.mean()


def cross_entropy(logits, y):
    '''Return the mean cross-entropy.'''
    return (logsumexp(logits)[:, 0] - logits[torch.arange(len(y)), y]).mean()
"""),
    wrong("cross_entropy", "nll-by-way-of-probabilities",
          "nll makes probabilities of the log-probabilities and takes the logarithm again: inf (and a NaN "
          "gradient) where exp gives 0. cross_entropy goes its own way and is right",
          {"nll-wrong"}, """
def nll(log_p, y):
    '''Return the mean negative log-likelihood.'''
    p = torch.exp(log_p)
    right = p[torch.arange(len(y)), y]
    return -torch.log(right).mean()


def cross_entropy(logits, y):
    '''Return the mean cross-entropy.'''
    losses = logsumexp(logits).squeeze(1) - logits.gather(1, y.unsqueeze(1)).squeeze(1)
    return losses.mean()
"""),
    wrong("cross_entropy", "loss-capped-for-stability",
          "cross_entropy cuts each example's loss off at 10,000; with logits of +-10,000 it may be 20,000",
          set(), """
def nll(log_p, y):
    '''Return the mean negative log-likelihood.'''
    return -log_p[torch.arange(len(y)), y].mean()


def cross_entropy(logits, y):
    '''Return the mean cross-entropy.'''
    log_p = log_softmax(logits)
    return nll(torch.clamp(log_p, min=-10000.0), y)
"""),
    wrong("cross_entropy", "nll-drop-zeros-of-masked-product",
          "The picked entries are found again as those that aren't 0, so an example with log-probability "
          "exactly 0 (one class, or a very sure network) drops out of the mean, which must be over all examples",
          set(), """
def nll(log_p, y):
    onehot = torch.zeros_like(log_p)
    onehot[torch.arange(len(y)), y] = 1
    product = log_p * onehot
    # only one entry per row is left, the others were multiplied with 0
    return -product[product != 0].mean()


def cross_entropy(logits, y):
    log_p = log_softmax(logits)
    return nll(log_p, y)
"""),
    wrong("cross_entropy", "nll-eye-ten-classes",
          "The one-hot rows always have ten columns (torch.eye(10)), so two classes (any number but 10 and 1) "
          "raise a size error: log_p is (N, C) of any size from 1 up",
          set(), """
def nll(log_p, y):
    one_hot = torch.eye(10)[y]              # like in the last notebook
    return -(one_hot * log_p).sum(dim=1).mean()


def cross_entropy(logits, y):
    loss = nll(log_softmax(logits), y)
    return loss
"""),
    wrong("accuracy", "subtracts-the-maximum-in-place",
          "The maximum is taken off the caller's logits in place: what is given must stay as it is",
          {"changes-input"}, """
def accuracy(logits, y):
    '''Return the fraction of the examples whose largest logit is that of the right class.'''
    logits -= logits.max(dim=1, keepdim=True).values
    hits = logits[torch.arange(len(y)), y] == 0
    return hits.float().mean()
"""),
    wrong("accuracy", "subtracts-the-guess-from-the-labels",
          "The guesses are taken off the caller's labels in place: y must stay as it is",
          {"changes-input"}, """
def accuracy(logits, y):
    '''Return the fraction of the examples whose largest logit is that of the right class.'''
    y -= logits.argmax(dim=1)
    return (y == 0).float().mean()
"""),
    wrong("accuracy", "naive-probabilities-first",
          "Makes probabilities by exp without a shift: with logits above 88 (float32) they are NaN, and argmax "
          "takes the first NaN",
          {"overflows"}, """
def accuracy(logits, y):
    '''Return the fraction of the examples whose largest logit is that of the right class.'''
    p = torch.exp(logits) / torch.exp(logits).sum(dim=1, keepdim=True)
    guess = p.argmax(dim=1)
    return (guess == y).float().mean()
"""),
    wrong("accuracy", "sigmoid-saturates",
          "Compares sigmoids of the logits: from about 17 on (float32) they are all 1, and the first one wins",
          {"overflows"}, """
def accuracy(logits, y):
    '''Return the fraction of the examples whose largest logit is that of the right class.'''
    probabilities = torch.sigmoid(logits)
    return (probabilities.argmax(1) == y).sum().item() / len(y)
"""),
    wrong("accuracy", "best-starts-at-minus-100",
          "The search for the largest logit starts at -100 with class 0: in a row of logits below that nothing "
          "is found",
          set(), """
def accuracy(logits, y):
    '''Return the fraction of the examples whose largest logit is that of the right class.'''
    right = 0
    for n in range(len(y)):
        best, guess = -100, 0
        for c in range(logits.shape[1]):
            if logits[n, c] > best:
                best, guess = logits[n, c], c
        if guess == y[n]:
            right += 1
    return right / len(y)
"""),
    wrong("accuracy", "accuracy-d2l-number-of-correct",
          "Returns the number of right predictions (as d2l's accuracy does) where the fraction, between 0 and "
          "1, is asked",
          {"count"}, """
def accuracy(logits, y):
    '''Compute the number of correct predictions.'''
    y_hat = logits
    if len(y_hat.shape) > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(axis=1)
    cmp = y_hat.type(y.dtype) == y
    return float(cmp.type(y.dtype).sum())
"""),
    wrong("accuracy", "accuracy-mean-over-classes",
          "It averages the fraction right of each class that occurs (balanced accuracy), which isn't the "
          "fraction of the examples where classes are of different size",
          {"mean-of-classes"}, """
def accuracy(logits, y):
    guess = logits.argmax(dim=1)
    per_class = []
    for c in y.unique():
        mine = y == c
        per_class.append((guess[mine] == c).float().mean().item())
    return float(np.mean(per_class))
"""),
)  # fmt: skip
