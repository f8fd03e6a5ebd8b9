"""Wrong answers to evaluate."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("evaluate", "mean-of-means",
          "mean of the batches' means",
          {"accuracy-mean-of-means", "loss-mean-of-means", "mean-of-means"}, """
def evaluate(model, loss_func, loader):
    mode = model.training
    model.eval()
    losses, accs = [], []
    with torch.no_grad():
        for X, y in loader:
            out = model(X)
            losses.append(loss_func(out, y).item())
            accs.append((out.argmax(1) == y).float().mean().item())
    model.train(mode)
    return sum(losses) / len(losses), sum(accs) / len(accs)
"""),
    wrong("evaluate", "train-always",
          "model.train() at the end, whatever it was",
          {"train-afterwards"}, """
def evaluate(model, loss_func, loader):
    model.eval()
    total, hits, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            pred = model(X)
            total += loss_func(pred, y).item() * X.size(0)
            hits += (pred.argmax(1) == y).sum().item()
            n += X.size(0)
    model.train()
    return total / n, hits / n
"""),
    wrong("evaluate", "left-in-eval",
          "the mode isn't restored",
          {"eval-left-on"}, """
@torch.no_grad()
def evaluate(model, loss_func, loader):
    model.eval()
    total, hits, n = 0.0, 0, 0
    for X, y in loader:
        pred = model(X)
        total += loss_func(pred, y).item() * len(y)
        hits += (pred.argmax(-1) == y).sum().item()
        n += len(y)
    return total / n, hits / n
"""),
    wrong("evaluate", "no-eval",
          "eval() forgotten",
          {"never-eval"}, """
@torch.no_grad()
def evaluate(model, loss_func, loader):
    total, hits, n = 0.0, 0, 0
    for X, y in loader:
        pred = model(X)
        total += loss_func(pred, y).item() * len(y)
        hits += (pred.argmax(-1) == y).sum().item()
        n += len(y)
    return total / n, hits / n
"""),
    wrong("evaluate", "graph-built",
          "no no_grad",
          {"graph"}, """
def evaluate(model, loss_func, loader):
    was = model.training
    model.eval()
    total, hits, n = 0.0, 0, 0
    for X, y in loader:
        pred = model(X)
        total += loss_func(pred, y).item() * len(y)
        hits += (pred.argmax(-1) == y).sum().item()
        n += len(y)
    model.train(was)
    return total / n, hits / n
"""),
    wrong("evaluate", "loader-dataset-len",
          "len(loader.dataset), pytorch's quickstart",
          {"needs-dataset"}, """
def evaluate(model, loss_func, loader):
    size, num_batches = len(loader.dataset), len(loader)
    was = model.training
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in loader:
            pred = model(X)
            test_loss += loss_func(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    model.train(was)
    return test_loss / num_batches, correct / size
"""),
    wrong("evaluate", "loss-summed-over-batches",
          "the loss isn't weighted by the batch, the accuracy is",
          {"loss-not-weighted"}, """
def evaluate(model, loss_func, loader):
    training = model.training
    model.eval()
    loss, correct, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            loss += loss_func(logits, y)
            correct += (logits.argmax(dim=1) == y).sum()
            count += y.shape[0]
    model.train(training)
    return float(loss / count), float(correct / count)
"""),
    wrong("evaluate", "last-batch-only",
          "the accuracy of the last batch",
          {"accuracy-last-batch"}, """
def evaluate(model, loss_func, loader):
    training = model.training
    model.eval()
    loss, count = 0.0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            loss += loss_func(logits, y).item() * len(y)
            count += len(y)
            accuracy = (logits.argmax(1) == y).float().mean()
    model.train(training)
    return loss / count, accuracy
"""),
    wrong("evaluate", "first-batch-size",
          "all batches are taken to be as large as the first",
          {"first-batch-size"}, """
def evaluate(model, loss_func, loader):
    training = model.training
    model.eval()
    loss = correct = batches = 0
    size = None
    with torch.no_grad():
        for X, y in loader:
            size = size or len(y)
            out = model(X)
            loss += loss_func(out, y).item()
            correct += (out.argmax(1) == y).sum().item()
            batches += 1
    model.train(training)
    return loss / batches, correct / (batches * size)
"""),
    wrong("evaluate", "percent",
          "accuracy in per cent",
          {"percent"}, """
def evaluate(model, loss_func, loader):
    training = model.training
    model.eval()
    loss = correct = n = 0
    with torch.no_grad():
        for X, y in loader:
            out = model(X)
            loss += loss_func(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(training)
    return loss / n, 100 * correct / n
"""),
    wrong("evaluate", "swapped-return",
          "(accuracy, loss)",
          {"swapped"}, """
def evaluate(model, loss_func, loader):
    training = model.training
    model.eval()
    loss = correct = n = 0
    with torch.no_grad():
        for X, y in loader:
            out = model(X)
            loss += loss_func(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.train(training)
    return correct / n, loss / n
"""),
    wrong("evaluate", "grad-mode-left-off",
          "set_grad_enabled(False), never switched on again",
          {"grad-mode-left-off"}, """
def evaluate(model, loss_func, loader):
    training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    loss = correct = n = 0
    for X, y in loader:
        out = model(X)
        loss += loss_func(out, y).item() * len(y)
        correct += (out.argmax(1) == y).sum().item()
        n += len(y)
    model.train(training)
    return loss / n, correct / n
"""),
    wrong("evaluate", "double-softmax",
          "softmax before the loss",
          {"softmax-before-loss"}, """
def evaluate(model, loss_func, loader):
    was = model.training
    model.eval()
    total = hits = n = 0
    with torch.no_grad():
        for X, y in loader:
            p = F.softmax(model(X), dim=1)
            total += loss_func(p, y).item() * len(y)
            hits += (p.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was)
    return total / n, hits / n
"""),
    wrong("evaluate", "argmax-of-all",
          "argmax without a dim",
          {"argmax-over-all"}, """
def evaluate(model, loss_func, loader):
    was = model.training
    model.eval()
    total = hits = n = 0
    with torch.no_grad():
        for X, y in loader:
            out = model(X)
            total += loss_func(out, y).item() * len(y)
            hits += (out.argmax() == y).sum().item()
            n += len(y)
    model.train(was)
    return total / n, hits / n
"""),
    wrong("evaluate", "float32-mean-of-means",
          "float tensors, divided by the number of batches",
          {"accuracy-mean-of-means", "loss-mean-of-means", "mean-of-means"}, """
def evaluate(model, loss_func, loader):
    was_training = model.training
    model.eval()
    loss = torch.tensor(0.0)
    acc = torch.tensor(0.0)
    i = 0
    with torch.no_grad():
        for X, y in loader:
            out = model(X)
            loss += loss_func(out, y)
            acc += (torch.argmax(out, 1) == y).float().mean()
            i += 1
    model.train(was_training)
    return (loss / i).item(), (acc / i).item()
"""),
    wrong("evaluate", "no-restore-in-eval-and-no-eval",
          "train() while measuring",
          {"modes-swapped", "never-eval"}, """
def evaluate(model, loss_func, loader):
    total, hits, n = 0.0, 0, 0
    model.train()
    with torch.no_grad():
        for X, y in loader:
            out = model(X)
            total += loss_func(out, y).item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
            n += len(y)
    model.eval()
    return total / n, hits / n
"""),
    wrong("evaluate", "lists-mean",
          "torch.tensor(list).mean() of the batches",
          {"accuracy-mean-of-means", "loss-mean-of-means", "mean-of-means"}, """
def evaluate(model, loss_func, loader):
    training = model.training
    model.eval()
    losses, accs = [], []
    with torch.no_grad():
        for xb, yb in loader:
            preds = model(xb)
            losses.append(loss_func(preds, yb))
            accs.append((preds.argmax(dim=1) == yb).float().mean())
    model.train(training)
    return torch.stack(losses).mean(), torch.stack(accs).mean()
"""),
    wrong("evaluate", "count-batches-loss",
          "loss over batches, accuracy over examples",
          {"loss-mean-of-means"}, """
def evaluate(model, loss_func, loader):
    state = model.training
    model.eval()
    loss_sum, correct, total, batches = 0, 0, 0, 0
    with torch.no_grad():
        for inputs, targets in loader:
            outputs = model(inputs)
            loss_sum += loss_func(outputs, targets).item()
            _, predicted = outputs.max(1)
            total += targets.size(0)
            correct += predicted.eq(targets).sum().item()
            batches += 1
    model.train(state)
    return loss_sum / batches, correct / total
"""),
    wrong("evaluate", "return-in-loop",
          "the return is indented too far",
          {"first-batch"}, """
def evaluate(model, loss_func, loader):
    was = model.training
    model.eval()
    loss, right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            z = model(X)
            loss += loss_func(z, y).item() * len(y)
            right += (z.argmax(1) == y).sum().item()
            n += len(y)
            model.train(was)
            return loss / n, right / n
"""),
    wrong("evaluate", "wrong-weight",
          "weighted with the number of columns",
           set(), """
def evaluate(model, loss_func, loader):
    was = model.training
    model.eval()
    loss, right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            z = model(X)
            loss += loss_func(z, y).item() * X.shape[1]
            right += (z.argmax(1) == y).sum().item()
            n += len(y)
    model.train(was)
    return loss / n, right / n
"""),
)  # fmt: skip
