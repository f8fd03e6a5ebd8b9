"""Wrong answers of a second set, written when the first had been mended: functions."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

_LSE = """
def logsumexp(x):
    m = x.max(dim=1, keepdim=True)[0]
    return m + (x - m).exp().sum(dim=1, keepdim=True).log()
"""
_CROSS = """

def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""
_FIT = "\ndef fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):"


WRONG = (
    wrong("softmax", "shifted-by-columns", "the largest of each column is taken off", {"shifted-by-columns"}, """
def softmax(x):
    z = x - x.max(dim=0, keepdim=True)[0]
    e = z.exp()
    return e / e.sum(dim=1, keepdim=True)
"""),
    wrong("softmax", "rescaled-when-large", "large logits are made smaller by a factor", {"rescaled"}, """
def softmax(x):
    biggest = x.abs().max()
    if biggest > 80:
        x = x * (80 / biggest)
    e = torch.exp(x)
    return e / e.sum(dim=1, keepdim=True)
"""),
    wrong("softmax", "always-double", "float64 comes back, whatever came in", {"single-result"}, """
def softmax(x):
    z = x.double()
    z = z - z.max(dim=1, keepdim=True)[0]
    return z.exp() / z.exp().sum(dim=1, keepdim=True)
"""),
    wrong("log_softmax", "logsumexp-of-the-shifted", "the shifted sum is taken off the unshifted logits",
          {"shifted-in-one-place"}, _LSE + """

def log_softmax(x):
    shifted = x - x.max(dim=1, keepdim=True)[0]
    return x - logsumexp(shifted)
"""),
    wrong("log_softmax", "transposed-away", "a vector, and log_softmax makes do with it", {"not-a-column"}, """
def logsumexp(x):
    m = torch.amax(x, dim=1)
    return m + torch.log(torch.exp(x.T - m).sum(dim=0))


def log_softmax(x):
    return (x.T - logsumexp(x)).T
"""),
    wrong("cross_entropy", "labels-as-factors", "the labels are multiplied with", {"labels-as-factors"}, """
def nll(log_p, y):
    return -(log_p * y.unsqueeze(1)).sum(dim=1).mean()
""" + _CROSS),
    wrong("cross_entropy", "one-hot-guesses-classes", "one_hot finds the number of classes from the labels",
          {"classes-of-the-labels"}, """
def nll(log_p, y):
    target = F.one_hot(y)
    return -(target * log_p).sum(dim=1).mean()
""" + _CROSS),
    wrong("cross_entropy", "return-in-the-loop", "return stands in the loop over examples", {"first-example"}, """
def nll(log_p, y):
    total = 0
    for i in range(len(y)):
        total = total - log_p[i, y[i]]
        return total
""" + _CROSS),
    wrong("cross_entropy", "indices-swapped", "rows and columns exchanged", {"indices-exchanged"}, """
def nll(log_p, y):
    return -log_p[y, torch.arange(len(y))].mean()
""" + _CROSS),
    wrong("accuracy", "argmax-of-everything", "argmax without an axis", {"one-for-all"}, """
def accuracy(logits, y):
    pred = torch.argmax(logits)
    return torch.sum(pred == y) / y.shape[0]
"""),
    wrong("accuracy", "divided-by-all-entries", "divided by the number of logits", {"divided-by-all-logits"}, """
def accuracy(logits, y):
    hits = logits[logits.argmax(1) == y]
    return len(hits) / logits.numel()
"""),
    wrong("fit", "length-of-the-dataset", "divides by len(valid_loader.dataset), as a tutorial does",
          {"loaders-need-a-data-set"}, _FIT + """
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            pred = model(X)
            loss = loss_func(pred, y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        size = len(valid_loader.dataset)
        test_loss, correct = 0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                pred = model(X)
                test_loss += loss_func(pred, y).item() * len(X)
                correct += (pred.argmax(1) == y).type(torch.float).sum().item()
        history.append((test_loss / size, correct / size))
    return history
"""),
    wrong("fit", "hits-over-batches", "hits divided by the number of batches", {"hits-over-batches"}, _FIT + """
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss_func(model(X), y).backward()
            optimizer.step()
        model.eval()
        loss, correct, n, batches = 0.0, 0, 0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                pred = model(X)
                loss += loss_func(pred, y).item() * len(y)
                correct += (pred.argmax(1) == y).sum().item()
                n += len(y)
                batches += 1
        history.append((loss / n, correct / batches))
    return history
"""),
    wrong("fit", "validation-indented", "the validation stands in the loop over training batches",
          {"validation-in-training"}, _FIT + """
    history = []
    for epoch in range(epochs):
        for X, y in train_loader:
            model.train()
            optimizer.zero_grad()
            loss_func(model(X), y).backward()
            optimizer.step()
            model.eval()
            loss, correct, n = 0.0, 0, 0
            with torch.no_grad():
                for xv, yv in valid_loader:
                    pred = model(xv)
                    loss += loss_func(pred, yv).item() * len(yv)
                    correct += (pred.argmax(1) == yv).sum().item()
                    n += len(yv)
            history.append((loss / n, correct / n))
    return history
"""),
    wrong("fit", "no-grad-around-all", "no_grad around the training, too", {"training-without-graph"}, _FIT + """
    history = []
    with torch.no_grad():
        for epoch in range(epochs):
            model.train()
            for X, y in train_loader:
                optimizer.zero_grad()
                loss = loss_func(model(X), y)
                loss.backward()
                optimizer.step()
            model.eval()
            loss, correct, n = 0.0, 0, 0
            for X, y in valid_loader:
                pred = model(X)
                loss += loss_func(pred, y).item() * len(y)
                correct += (pred.argmax(1) == y).sum().item()
                n += len(y)
            history.append((loss / n, correct / n))
    return history
"""),
    wrong("fit", "backward-after-the-loop", "the last batch's loss alone is learnt from",
          {"step-once-an-epoch"}, _FIT + """
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.eval()
        loss, correct, n = 0.0, 0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                pred = model(X)
                loss += loss_func(pred, y).item() * len(y)
                correct += (pred.argmax(1) == y).sum().item()
                n += len(y)
        history.append((loss / n, correct / n))
    return history
"""),
)  # fmt: skip
