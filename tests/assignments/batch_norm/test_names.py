"""What answers are told that no entry of the registry writes in just this way."""

from collections.abc import Callable

import pytest

from autograder.judge.evidence import Outcome, QuestionResult

Judge = Callable[..., QuestionResult]

ONE_IMAGE_SIZE = """
def conv_net(channels, norm=None):
    layers, before, size = [], 1, 28
    for c in channels:
        layers += [nn.Conv2d(before, c, 3, 2, 1, bias=norm is None), *([norm(c)] if norm else []), nn.ReLU()]
        before, size = c, (size + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * size**2, 10))
"""
IN_FLOAT32 = """
def evaluate(model, loss_func, loader):
    was = model.training
    model.eval()
    loss, right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            loss += loss_func(logits, y)
            right += (logits.argmax(dim=1) == y).sum()
            n += len(y)
    model.train(was)
    return float(loss / n), float(right / n)
"""
OTHER_DIVISOR = """
def standardise(train, test):
    mean = train.mean()
    return (train - mean) / train.std(correction=0), (test - mean) / test.std(correction=0)
"""


@pytest.mark.parametrize(
    ("question", "code", "name"),
    [
        ("conv_net", ONE_IMAGE_SIZE, "one-image-size"),  # and not the padding, without which small images fail, too
        ("evaluate", IN_FLOAT32, "loss-not-weighted"),
        ("standardise", OTHER_DIVISOR, "test-own-std"),
    ],
)
def test_it_is_told_what_it_does(question: str, code: str, name: str, judge_answer: Judge) -> None:
    failed = [test for test in judge_answer("batch_norm", question, code).tests if test.outcome is Outcome.FAILED]
    assert {test.diagnosis for test in failed} == {name}
