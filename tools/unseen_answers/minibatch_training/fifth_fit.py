"""Wrong answers of a fifth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("optimizer", "one-list-for-all-optimisers",
          "The list of parameters belongs to the class: a second SGD also steps and clears the parameters of "
          "the first",
          {"step-wrong"}, """
class SGD:
    '''Stochastic gradient descent.'''

    params = []

    def __init__(self, parameters, lr=0.1):
        self.lr = lr
        for p in parameters:
            self.params.append(p)

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None
"""),
    wrong("optimizer", "only-generators-are-listed",
          "Only a generator is made a list: another iterator that can be gone through once (iter(...), map, "
          "filter, chain; also what Module.parameters() may give) is empty from the second loop on",
          set(), """
import types

class SGD:
    '''Stochastic gradient descent.'''

    def __init__(self, parameters, lr=0.1):
        if isinstance(parameters, types.GeneratorType):
            parameters = list(parameters)
        self.parameters = parameters
        self.lr = lr

    @torch.no_grad()
    def step(self):
        for p in self.parameters:
            if p.grad is not None:
                p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""),
    wrong("optimizer", "rate-of-zero-is-the-default",
          "self.lr = lr or 0.1: with a learning rate of 0 the parameters move all the same",
          {"step-wrong"}, """
class SGD:
    '''Stochastic gradient descent.'''

    def __init__(self, parameters, lr=None):
        self.parameters = list(parameters)
        self.lr = lr or 0.1

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""),
    wrong("optimizer", "gradients-clipped-at-ten",
          "Gradients are limited to +-10 'so that nothing explodes': a step with a larger gradient isn't p - lr "
          "* p.grad",
          {"step-wrong"}, """
class SGD:
    '''Stochastic gradient descent.'''

    def __init__(self, parameters, lr=0.1):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.lr * torch.clamp(p.grad, -10, 10)   # against exploding gradients

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""),
    wrong("optimizer", "row-by-row",
          "Each parameter is changed row by row, which a parameter without dimensions doesn't have",
          set(), """
class SGD:
    '''Stochastic gradient descent.'''

    def __init__(self, parameters, lr=0.1):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        for p in self.parameters:
            if p.grad is None:
                continue
            for i in range(len(p)):
                p.data[i] -= self.lr * p.grad[i]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""),
    wrong("fit", "model-zero-grad",
          "The gradients are cleared with model.zero_grad(), which the Module of this notebook doesn't have: of "
          "the model only calling it, train(), eval() and parameters() may be used",
          {"asks-more-of-the-model"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            model.zero_grad()
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()

        model.eval()
        total_loss, total_right, count = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                total_loss += float(loss_func(logits, y)) * len(y)
                total_right += float(accuracy(logits, y)) * len(y)
                count += len(y)
        history.append((total_loss / count, total_right / count))
    return history
"""),
    wrong("fit", "next-of-the-parameters",
          "next(model.parameters()) asks for an iterator; parameters() of a Module of this notebook may give a "
          "list as well",
          set(), """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    device = next(model.parameters()).device
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            X, y = X.to(device), y.to(device)
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        model.eval()
        total_loss, total_right, count = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                total_loss += float(loss_func(logits, y)) * len(y)
                total_right += float(accuracy(logits, y)) * len(y)
                count += len(y)
        history.append((total_loss / count, total_right / count))
    return history
"""),
    wrong("fit", "examples-flattened",
          "Each batch is flattened to (N, d) before the model sees it, which was right for the MNIST rows only: "
          "a network that wants images (N, 1, 28, 28) can't be trained",
          {"examples-flattened"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            X = X.view(X.size(0), -1)
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        total_loss, total_right, count = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X.view(X.size(0), -1))
                total_loss += float(loss_func(logits, y)) * len(y)
                total_right += float(accuracy(logits, y)) * len(y)
                count += len(y)
        history.append((total_loss / count, total_right / count))
    return history
"""),
    wrong("fit", "hits-cut-off-by-int",
          "The number of hits is int(accuracy * n), which cuts 14.999999999999998 off to 14: with 15 of 22 "
          "right one is lost",
          {"numbers-wrong"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        model.eval()
        total_loss, hits, count = 0.0, 0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                total_loss += loss_func(logits, y).item() * len(y)
                hits += int(float(accuracy(logits, y)) * len(y))
                count += len(y)
        history.append((total_loss / count, hits / count))
    return history
"""),
    wrong("fit", "stops-after-three-bad-epochs",
          "Training ends when the validation loss hasn't fallen for three epochs: the list has fewer pairs than "
          "epochs",
          {"stops-early"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    best, waited, patience = float("inf"), 0, 3
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        total_loss, total_right, count = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                total_loss += float(loss_func(logits, y)) * len(y)
                total_right += float(accuracy(logits, y)) * len(y)
                count += len(y)
        history.append((total_loss / count, total_right / count))
        if history[-1][0] < best:
            best, waited = history[-1][0], 0
        else:
            waited += 1
            if waited >= patience:
                break
    return history
"""),
    wrong("fit", "parameters-frozen-by-the-validation",
          "Instead of no_grad, requires_grad of all parameters is switched off for the validation and on for "
          "the training: after fit none of them can learn, and those that were frozen before are trained. The "
          "validation must change nothing",
          {"frozen-afterwards"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    for epoch in range(epochs):
        model.train()
        for p in model.parameters():
            p.requires_grad_(True)
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        for p in model.parameters():
            p.requires_grad_(False)
        total_loss, total_right, count = 0.0, 0.0, 0
        for X, y in valid_loader:
            logits = model(X)
            total_loss += float(loss_func(logits, y)) * len(y)
            total_right += float(accuracy(logits, y)) * len(y)
            count += len(y)
        history.append((total_loss / count, total_right / count))
    return history
"""),
    wrong("fit", "short-last-validation-batch-left-out",
          "A validation batch that is shorter than the first is left out: the examples of a shorter last batch "
          "don't count",
          set(), """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        model.eval()
        total_loss, total_right, count, batch_size = 0.0, 0.0, 0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                if len(y) < batch_size:     # incomplete
                    break
                batch_size = len(y)
                logits = model(X)
                total_loss += float(loss_func(logits, y)) * len(y)
                total_right += float(accuracy(logits, y)) * len(y)
                count += len(y)
        history.append((total_loss / count, total_right / count))
    return history
"""),
    wrong("fit", "rate-lowered-after-five-epochs",
          "After five epochs the learning rate is divided by ten through optimizer.lr, which nobody has asked "
          "for, and which fit may not rely on",
          set(), """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    for epoch in range(epochs):
        if epoch > 0 and epoch % 5 == 0:
            optimizer.lr = optimizer.lr / 10
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        model.eval()
        total_loss, total_right, count = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                total_loss += float(loss_func(logits, y)) * len(y)
                total_right += float(accuracy(logits, y)) * len(y)
                count += len(y)
        history.append((total_loss / count, total_right / count))
    return history
"""),
    wrong("fit", "calls-forward",
          "model.forward(X) instead of model(X): a model that is only called (a function with train, eval and "
          "parameters) has no forward",
          {"asks-more-of-the-model"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    '''Train a model, and measure it after each epoch.'''
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model.forward(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        total_loss, total_right, count = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model.forward(X)
                total_loss += float(loss_func(logits, y)) * len(y)
                total_right += float(accuracy(logits, y)) * len(y)
                count += len(y)
        history.append((total_loss / count, total_right / count))
    return history
"""),
    wrong("fit", "fit-validates-in-two-passes",
          "valid_loader is gone through twice in every epoch, once for the loss and once for the accuracy, "
          "though loaders are gone through once an epoch",
          {"two-passes"}, """
def evaluate(model, metric, loader):
    model.eval()
    total, n = 0.0, 0
    with torch.no_grad():
        for X, y in loader:
            total += float(metric(model(X), y)) * len(y)
            n += len(y)
    return total / n


def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss_func(model(X), y).backward()
            optimizer.step()
        optimizer.zero_grad()
        history.append((evaluate(model, loss_func, valid_loader), evaluate(model, accuracy, valid_loader)))
    return history
"""),
    wrong("fit", "fit-early-stopping",
          "Training stops as soon as the validation loss goes up, so there are fewer epochs, and fewer pairs in "
          "the list, than asked for",
          {"stops-early"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    best = float("inf")
    for epoch in range(1, epochs + 1):
        model.train()
        for xb, yb in train_loader:
            loss = loss_func(model(xb), yb)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            tot_loss, tot_acc, count = 0., 0., 0
            for xb, yb in valid_loader:
                pred = model(xb)
                n = len(xb)
                count += n
                tot_loss += loss_func(pred, yb).item() * n
                tot_acc += float(accuracy(pred, yb)) * n
        val_loss, val_acc = tot_loss / count, tot_acc / count
        history.append((val_loss, val_acc))
        print(f"epoch {epoch}: loss {val_loss:.4f} acc {val_acc:.4f}")
        if val_loss > best:
            print("overfitting, stop")
            break
        best = val_loss
    return history
"""),
    wrong("fit", "fit-keeps-the-batches-of-the-first-pass",
          "The training batches are put into a list once, so every epoch repeats the batches of one pass: the "
          "loader isn't gone through once an epoch (a shuffling one never shuffles again)",
          {"batches-kept"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    train_batches = list(train_loader)     # loading takes most of the time, do it once
    valid_batches = list(valid_loader)
    n_valid = sum(len(y) for _, y in valid_batches)
    for e in range(epochs):
        model.train()
        for X, y in train_batches:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            outs = [(model(X), y) for X, y in valid_batches]
            loss = sum(loss_func(o, y).item() * len(y) for o, y in outs) / n_valid
            acc = sum(float(accuracy(o, y)) * len(y) for o, y in outs) / n_valid
        history.append((loss, acc))
    return history
"""),
)  # fmt: skip
