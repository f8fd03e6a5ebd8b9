"""Examples that run side by side: their requests go out together, and none of them outlives the others' end."""

import pytest

from autograder.judge.batching import ask, run_together


def test_requests_cross_together_and_each_example_gets_its_own_answers():
    messages, got = [], {}

    def exchange(requests):
        messages.append([request["name"] for request in requests])
        return [request["name"].upper() for request in requests]

    def example(name, steps):
        def body():
            got[name] = [ask({"name": f"{name}{step}"}) for step in range(steps)]

        return body

    run_together([example("a", 1), example("b", 3), example("c", 2), example("d", 0)], exchange)
    assert messages == [["a0", "b0", "c0"], ["b1", "c1"], ["b2"]]
    assert got == {"a": ["A0"], "b": ["B0", "B1", "B2"], "c": ["C0", "C1"], "d": []}


@pytest.mark.parametrize("where", ["before asking", "after the answer", "in the exchange"])
def test_what_one_raises_ends_all_the_others(where):
    ended = []

    def exchange(requests):
        if where == "in the exchange":
            raise ValueError(where)
        return [None for _ in requests]

    def waits():
        try:
            ask({})
            ask({})
        finally:
            ended.append("waits")

    def raises():
        if where == "before asking":
            raise ValueError(where)
        ask({})
        if where == "after the answer":
            raise ValueError(where)

    examples = [waits, raises, waits] if where != "before asking" else [waits, waits, raises]
    with pytest.raises(ValueError, match=where) as info:
        run_together(examples, exchange)
    assert ended == ["waits", "waits"], info  # which keeps everything alive that nobody has ended
