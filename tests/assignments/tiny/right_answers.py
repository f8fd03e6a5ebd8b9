"""Right answers as students write them."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer

CHUNKS = """class Chunks:
    def __init__(self, items, size):
        self.items, self.size = items, size

    def __len__(self):
        return -(-len(self.items) // self.size)

    def __iter__(self):
        for start in range(0, len(self.items), self.size):
            yield self.items[start:start + self.size]
"""
MADE_AT_ONCE = """class Chunks(list):
    def __init__(self, items, size):
        super().__init__(items[i:i + size] for i in range(0, len(items), size))
"""
RIGHT = (
    RightAnswer("rms", "by-hand", "squares, mean, root", "def rms(x):\n    return (x ** 2).mean().sqrt()\n"),
    RightAnswer("rms", "norm", "the length over the root of n", "def rms(x):\n    return x.norm() / len(x) ** 0.5\n"),
    RightAnswer("chunks", "generator", "a generator", CHUNKS),
    RightAnswer("chunks", "list", "all chunks made at once", MADE_AT_ONCE),
)

KNOWS_NOTHING = {
    "rms": ("def rms(x):\n    return torch.zeros(1)\n", "def rms(x):\n    return x\n"),
    "chunks": ("class Chunks(list):\n    def __init__(self, items, size):\n        super().__init__()\n",),
}
