"""Wrong answers to the question for fit."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong

_HEAD = "\ndef fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):"


def _wrong(slug: str, note: str, true: set[str], body: str) -> Unseen:
    return wrong("fit", slug, note, true, _HEAD + body)


WRONG = (
    _wrong("mean-of-batches", "mean of the batches' means", {"mean-of-means"}, """
    history = []
    for epoch in range(epochs):
        model.train()
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = loss_func(model(xb), yb)
            loss.backward()
            optimizer.step()
        model.eval()
        val_loss, val_acc, n_batches = 0.0, 0.0, 0
        with torch.no_grad():
            for xb, yb in valid_loader:
                out = model(xb)
                val_loss += loss_func(out, yb).item()
                val_acc += (out.argmax(1) == yb).float().mean().item()
                n_batches += 1
        history.append((val_loss / n_batches, val_acc / n_batches))
    return history
"""),
    _wrong("len-of-the-loader", "divides by len(valid_loader)", {"loaders-need-length", "mean-of-means"}, """
    res = []
    for epoch in range(epochs):
        model.train()
        for xb, yb in train_loader:
            loss_func(model(xb), yb).backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            tot_loss, tot_acc = 0.0, 0.0
            for xb, yb in valid_loader:
                pred = model(xb)
                tot_loss += loss_func(pred, yb)
                tot_acc += accuracy(pred, yb)
        nv = len(valid_loader)
        res.append((float(tot_loss / nv), float(tot_acc / nv)))
    return res
"""),
    _wrong("only-the-last-pair", "returns the last epoch's pair", {"last-epoch-only"}, """
    for epoch in range(epochs):
        model.train()
        for xb, yb in train_loader:
            loss = loss_func(model(xb), yb)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            tot_loss, tot_acc, count = 0.0, 0.0, 0
            for xb, yb in valid_loader:
                pred = model(xb)
                n = len(xb)
                count += n
                tot_loss += loss_func(pred, yb).item() * n
                tot_acc += float(accuracy(pred, yb)) * n
        print(epoch, tot_loss / count, tot_acc / count)
    return tot_loss / count, tot_acc / count
"""),
    _wrong("never-cleared", "no zero_grad", {"no-zero-grad"}, """
    history = []
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
        model.eval()
        seen = loss_sum = correct = 0
        with torch.no_grad():
            for X, y in valid_loader:
                z = model(X)
                loss_sum += loss_func(z, y).item() * y.numel()
                correct += (z.argmax(dim=1) == y).sum().item()
                seen += y.numel()
        history.append((loss_sum / seen, correct / seen))
    return history
"""),
    _wrong("cleared-before-the-step", "zero_grad between backward and step", {"zero-before-step"}, """
    history = []
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
        model.eval()
        seen = loss_sum = correct = 0
        with torch.no_grad():
            for X, y in valid_loader:
                z = model(X)
                loss_sum += loss_func(z, y).item() * y.numel()
                correct += (z.argmax(dim=1) == y).sum().item()
                seen += y.numel()
        history.append((loss_sum / seen, correct / seen))
    return history
"""),
    _wrong("train-said-once", "model.train() above the loop over epochs", {"train-not-restored"}, """
    history = []
    model.train()
    for _ in range(epochs):
        for X, y in train_loader:
            optimizer.zero_grad()
            loss_func(model(X), y).backward()
            optimizer.step()
        model.eval()
        losses, hits, total = [], [], 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                losses.append(float(loss_func(logits, y)) * len(X))
                hits.append(float(accuracy(logits, y)) * len(X))
                total += len(X)
        history.append((sum(losses) / total, sum(hits) / total))
    return history
"""),
    _wrong("return-too-deep", "return stands in the loop", {"one-epoch"}, """
    history = []
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            loss_func(model(X), y).backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        losses, hits, total = 0.0, 0.0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                losses += loss_func(logits, y).item() * len(X)
                hits += (logits.argmax(1) == y).sum().item()
                total += len(X)
        history.append((losses / total, hits / total))
        return history
"""),
    _wrong("sums-go-on", "the sums are not started anew in each epoch", {"sums-not-reset"}, """
    history = []
    losses, hits, total = 0.0, 0.0, 0
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            loss_func(model(X), y).backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            for X, y in valid_loader:
                logits = model(X)
                losses += loss_func(logits, y).item() * len(X)
                hits += (logits.argmax(1) == y).sum().item()
                total += len(X)
        history.append((losses / total, hits / total))
    return history
"""),
    _wrong("graph-in-validation", "nobody says no_grad", {"graph-in-validation"}, """
    history = []
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
        model.eval()
        total_loss, correct, n = 0, 0, 0
        for X, y in valid_loader:
            out = model(X)
            total_loss += loss_func(out, y).item() * X.size(0)
            correct += out.argmax(dim=1).eq(y).sum().item()
            n += X.size(0)
        history.append((total_loss / n, correct / n))
    return history
"""),
    _wrong("last-batch-only", "the measures of the last validation batch", {"last-batch-measured"}, """
    history = []
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            loss_func(model(X), y).backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            for X, y in valid_loader:
                out = model(X)
                loss, acc = loss_func(out, y), accuracy(out, y)
        history.append((float(loss), float(acc)))
    return history
"""),
    _wrong("one-step-an-epoch", "step after the loop over batches", {"step-once-an-epoch"}, """
    history = []
    for _ in range(epochs):
        model.train()
        optimizer.zero_grad()
        for X, y in train_loader:
            loss_func(model(X), y).backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            results = [(loss_func(z, y).item() * len(y), (z.argmax(1) == y).sum().item(), len(y))
                       for X, y in valid_loader for z in [model(X)]]
        loss, hits, n = (sum(column) for column in zip(*results))
        history.append((loss / n, hits / n))
    return history
"""),
)  # fmt: skip
