"""Right answers for fit."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right

RIGHT = (
    Right("fit", "weighted-sums", "sums weighted by the sizes of the batches", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        total_loss, total_accuracy, count = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                n = len(y)
                total_loss += float(loss_func(logits, y)) * n
                total_accuracy += float(accuracy(logits, y)) * n
                count += n
        history.append((total_loss / count, total_accuracy / count))
    return history
"""),
    Right("fit", "zero-first", "gradients are cleared first; hits are counted without accuracy", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    result = []
    for _ in range(epochs):
        model.train()
        for xb, yb in train_loader:
            optimizer.zero_grad()
            prediction = model(xb)
            loss = loss_func(prediction, yb)
            loss.backward()
            optimizer.step()

        model.eval()
        losses, hits, seen = 0, 0, 0
        with torch.no_grad():
            for xb, yb in valid_loader:
                prediction = model(xb)
                losses += loss_func(prediction, yb).item() * xb.shape[0]
                hits += (prediction.argmax(1) == yb).sum().item()
                seen += xb.shape[0]
        result.append([losses / seen, hits / seen])
    return result
"""),
    Right("fit", "concatenated", "all logits are put together, and measured at once", """
def validate(model, loss_func, loader):
    model.eval()
    with torch.no_grad():
        pairs = [(model(X), y) for X, y in loader]
    logits = torch.cat([logits for logits, _ in pairs])
    y = torch.cat([y for _, y in pairs])
    return float(loss_func(logits, y)), float(accuracy(logits, y))

def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss_func(model(X), y).backward()
            optimizer.step()
        history.append(validate(model, loss_func, valid_loader))
    return history
"""),
    Right("fit", "parameters", "the gradients are cleared by hand; torch.stack and a weighted mean", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    def train_epoch():
        model.train()
        for X, y in train_loader:
            loss_func(model(X), y).backward()
            optimizer.step()
            for p in model.parameters():
                p.grad = None

    @torch.no_grad()
    def validation():
        model.train(False)
        losses, accuracies, sizes = [], [], []
        for X, y in valid_loader:
            out = model(X)
            losses.append(torch.as_tensor(loss_func(out, y), dtype=torch.float64))
            accuracies.append(torch.as_tensor(float(accuracy(out, y)), dtype=torch.float64))
            sizes.append(len(X))
        w = torch.tensor(sizes, dtype=torch.float64)
        w /= w.sum()
        return (torch.stack(losses) @ w).item(), (torch.stack(accuracies) @ w).item()

    pairs = []
    while len(pairs) < epochs:
        train_epoch()
        pairs.append(validation())
    return pairs
"""),
    Right("fit", "numpy-average", "np.average with weights, inference_mode", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(1, epochs + 1):
        model.train()
        for batch in train_loader:
            X, y = batch
            optimizer.zero_grad()
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
        model.eval()
        rows = []
        with torch.inference_mode():
            for X, y in valid_loader:
                logits = model(X)
                rows.append((loss_func(logits, y).item(), float(accuracy(logits, y)), y.shape[0]))
        losses, accuracies, sizes = zip(*rows)
        history.append((np.average(losses, weights=sizes), np.average(accuracies, weights=sizes)))
    return history
"""),
)  # fmt: skip
