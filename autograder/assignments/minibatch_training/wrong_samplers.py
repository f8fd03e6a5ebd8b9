"""Named wrong answers for the samplers."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause
from autograder.judge.diagnosis.registry import Misconception as Wrong

_ORDER = "order = torch.randperm(self.n).tolist() if self.shuffle else list(range(self.n))"
_SHUFFLE = """import random
        order = list(range(self.n))
        if self.shuffle:
            random.shuffle(order)"""
_KEPT = "        self.shuffle = shuffle\n"
_LAST = "        if batch and not self.drop_last:\n            yield batch"
_FULL = "return full + 1 if rest and not self.drop_last else full"
_CLEARED = "                yield batch\n                batch = []\n"
_LOOP = (
    "        batch = []\n        for i in self.sampler:\n            batch.append(i)\n"
    f"            if len(batch) == self.batch_size:\n{_CLEARED}{_LAST}\n"
)
_BEFORE = """        batch = []
        for k, i in enumerate(self.sampler):
            if k % self.batch_size == 0:
                yield batch
                batch = []
            batch.append(i)
"""
_SLICES = (
    "        for start in range(0, len(self.sampler), self.batch_size):\n"
    "            batch = list(self.sampler[start:start + self.batch_size])\n"
)
_EVEN = """        numbers = list(self.sampler)
        if self.drop_last:
            numbers = numbers[:len(self) * self.batch_size]
        for part in np.array_split(numbers, len(self)) if numbers else ():
            yield part.tolist()
"""
_COLLECTED_IN_ITSELF = (
    "        self.drop_last = drop_last\n",
    "        self.drop_last = drop_last\n        self.batch = []\n",
)
_IN_ITSELF = (
    _LOOP.replace("        batch = []\n        for", "        for")
    .replace("batch", "self.batch")
    .replace("self.self.batch_size", "self.batch_size")
)

WRONG = (
    Wrong("sampler", "data-set-gone-through", "the data set is gone through or asked for examples",
          "Your Sampler asks the data set for its examples. It needs their number alone, and not every data set has "
          "more to give here.",
          (("self.n = len(dataset)", "self.n = sum(1 for _ in dataset)"),),
          also=((("self.n = len(dataset)", "self.n = dataset[:].shape[0]"),),),
          raises=r"TypeError: 'Sized' object is not (iterable|subscriptable)|AttributeError: 'Sized' object has no"),
    Wrong("sampler", "never-shuffled", "shuffle is ignored",
          "Your sampler doesn't shuffle. Where does shuffle come in?",
          ((_ORDER, "order = list(range(self.n))"),)),
    Wrong("sampler", "order-drawn-once", "the same order at every pass",
          "Your sampler shuffles, and gives the same order at every pass. When and how is it drawn?",
          ((_KEPT, _KEPT + "        self.order = torch.randperm(self.n).tolist() if shuffle else "
                           "list(range(self.n))\n"),
           (_ORDER, "order = self.order")),
          also=(((_ORDER, f"torch.manual_seed(0)\n        {_ORDER}"),),
                ((_ORDER, "np.random.seed(0)\n        order = np.random.permutation(self.n) if self.shuffle else "
                          "np.arange(self.n)"),),
                ((_KEPT, _KEPT + "        self.order = torch.randperm(self.n) if shuffle else torch.arange(self.n)\n"),
                 (_ORDER, "order = self.order")),
                ((_KEPT, _KEPT + "        self.order = torch.randperm(self.n) if shuffle else range(self.n)\n"),
                 (_ORDER, "order = self.order")),
                (("torch.randperm(self.n).tolist()", "list(range(self.n))[::-1]"),))),
    Wrong("sampler", "always-shuffled", "the numbers are shuffled though that isn't asked for",
          "Your sampler shuffles where nobody has asked for it. Where does shuffle come in?",
          ((_ORDER, "order = torch.randperm(self.n).tolist()"),)),
    Wrong("sampler", "shuffle-inverted", "shuffle does the opposite",
          "Your sampler shuffles just when it shouldn't.",
          (("if self.shuffle else", "if not self.shuffle else"),)),
    Wrong("sampler", "with-replacement", "each number is drawn from all",
          "When your sampler shuffles, some examples come twice in a pass and others never.",
          (("torch.randperm(self.n).tolist()", "torch.randint(self.n, (self.n,)).tolist()"),)),
    Wrong("sampler", "range-shuffled", "a range is shuffled, which can't be changed",
          "A range can't be changed, so it can't be shuffled. What can be made of it first?",
          ((_ORDER, _SHUFFLE.replace("list(range(self.n))", "range(self.n)")),)),
    Wrong("sampler", "shuffle-returned", "what shuffle returns is taken for the order",
          "Shuffling a list changes that very list, and gives nothing back. What is your order afterwards?",
          ((_ORDER, _SHUFFLE.replace("random.sh", "order = random.sh")),)),
    Wrong("sampler", "rotated", "shuffling begins somewhere and goes on in order",
          "Your shuffled order is the usual one with another beginning. Every order should be possible.",
          ((_ORDER, "start = int(torch.randint(self.n, ())) if self.shuffle else 0\n"
                    "        order = [(start + i) % self.n for i in range(self.n)]"),)),
    Wrong("sampler", "tensors", "the numbers are tensors or NumPy's",
          "Your numbers are right, but they are no Python ints.",
          (("torch.randperm(self.n).tolist()", "torch.randperm(self.n)"),),
          also=((("torch.randperm(self.n).tolist() if self.shuffle else list(range(self.n))",
                  "torch.randperm(self.n) if self.shuffle else torch.arange(self.n)"),),
                (("torch.randperm(self.n).tolist()", "np.random.permutation(self.n)"),),
                (("torch.randperm(self.n).tolist() if self.shuffle else list(range(self.n))",
                  "np.random.permutation(self.n) if self.shuffle else np.arange(self.n)"),))),
    Wrong("sampler", "counts-from-one", "the numbers begin with 1",
          "Your numbers begin with 1. Which number has the first example?",
          (("list(range(self.n))", "list(range(1, self.n + 1))"), ("torch.randperm(self.n).tolist()",
                                                                   "(torch.randperm(self.n) + 1).tolist()")),
          also=((("list(range(self.n))", "list(range(1, self.n + 1))"),),)),
    Wrong("sampler", "last-missing", "the last example is missing",
          "Your sampler leaves out the last example.",
          (("list(range(self.n))", "list(range(self.n - 1))"), ("torch.randperm(self.n)",
           "torch.randperm(self.n - 1)"))),
    Wrong("sampler", "sampler-once", "the sampler can be gone through once only",
          "Nothing is left of your sampler at the second pass. What does each loop start with?",
          ((_KEPT, _KEPT + "        self.order = iter(torch.randperm(self.n).tolist() if shuffle else "
                           "list(range(self.n)))\n"),
           (f"{_ORDER}\n        return iter(order)", "return self.order"))),
    Wrong("sampler", "sampler-length", "the sampler's length is one too small",
          "The length of your sampler is off by one.", (("        return self.n\n", "        return self.n - 1\n"),)),
    Wrong("sampler", "len-floors", "the last batch doesn't count in the length",
          "The length of your batch sampler leaves out the last batch, which comes all the same. How do you round?",
          ((_FULL, "return full"),)),
    Wrong("sampler", "len-plus-one", "the length counts a last batch that isn't there",
          "The length of your batch sampler is one too large where the numbers come out even.",
          ((_FULL, "return full if self.drop_last else full + 1"),)),
    Wrong("sampler", "len-ignores-drop-last", "the length counts the last batch though it is left out",
          "With drop_last the length of your batch sampler still counts the batch that is left out.",
          ((_FULL, "return full + 1 if rest else full"),)),
    Wrong("sampler", "len-counts-numbers", "the length is the number of examples",
          "The length of your batch sampler is the number of examples. How many lists are there?",
          ((_FULL, "return len(self.sampler)"),), also=(((_FULL, "return self.batch_size"),),)),
    Wrong("sampler", "drop-last-inverted", "drop_last does the opposite",
          "Your last batch comes just when it shouldn't: what does drop_last say?",
          (("if batch and not self.drop_last", "if batch and self.drop_last"),),
          also=((("if batch and not self.drop_last", "if batch and self.drop_last"),
                 ("rest and not self.drop_last", "rest and self.drop_last")),)),
    Wrong("sampler", "drop-last-ignored", "the last batch always comes",
          "Your last batch comes with drop_last, too.",
          (("if batch and not self.drop_last", "if batch"), (_FULL, "return full + 1 if rest else full")),
          also=((("if batch and not self.drop_last", "if batch"),),)),
    Wrong("sampler", "drop-last-always", "the last batch never comes",
          "What is left at the end never comes, with drop_last or without.",
          ((_LAST, ""),), also=(((_LAST, ""), (_FULL, "return full")),)),
    Wrong("sampler", "full-batch-dropped", "drop_last leaves out the last batch even if it is full",
          "With drop_last your batch sampler leaves out a last batch that is as large as the others.",
          (("        batch = []\n        for i in self.sampler:",
            "        batch, left = [], len(self.sampler)\n        for i in self.sampler:\n            left -= 1"),
           ("                yield batch\n",
            "                if left or not self.drop_last:\n                    yield batch\n"))),
    Wrong("sampler", "empty-batch", "an empty list comes at the end where the numbers come out even",
          "Where the numbers come out even, an empty list comes at the end.",
          (("if batch and not self.drop_last", "if not self.drop_last"),)),
    Wrong("sampler", "empty-first", "a batch is given before anything is in it",
          "Your first list is empty. What is in it when you give it?",
          ((_LOOP, _BEFORE + "        if batch and not self.drop_last:\n            yield batch\n"),),
          also=(((_LOOP, _BEFORE + "        if not self.drop_last:\n            yield batch\n"),),
                ((_LOOP, _BEFORE + "        yield batch\n"),), ((_LOOP, _BEFORE),))),
    Wrong("sampler", "batches-as-tensors", "a batch is a tensor or an array",
          "Your batches are no lists: what are they made?",
          (("yield batch", "yield torch.tensor(batch)"),), also=((("yield batch", "yield np.array(batch)"),),)),
    Wrong("sampler", "batch-not-emptied", "the list goes on growing",
          "Your list is not emptied after it was given.",
          ((_CLEARED, "                yield batch\n"),)),
    Wrong("sampler", "list-reused", "the list that was given is emptied",
          "You empty the very list that you have given away. Whoever has kept it has an empty one.",
          ((_CLEARED, "                yield batch\n                batch.clear()\n"),)),
    Wrong("sampler", "even-batches", "all batches are about as large",
          "Your batches are all about as large. How large is each but the last one to be?",
          ((_LOOP, _EVEN),)),
    Wrong("sampler", "one-more", "each batch has one number too many",
          "Your batches have one number too many. When is a batch full?",
          (("== self.batch_size", "> self.batch_size"),)),
    Wrong("sampler", "size-from-elsewhere", "the size is a number of the notebook's",
          "Your batches don't have the size that was asked for. Where does it come from in your code?",
          (("class BatchSampler:", "bs = K\n\nclass BatchSampler:"), ("== self.batch_size", "== bs"),
           ("len(self.sampler), self.batch_size", "len(self.sampler), bs")),
          also=((("class BatchSampler:", "bs = K\n\nclass BatchSampler:"), ("== self.batch_size", "== bs")),),
          numbers=(64, 32, 128, 16, 256, 2, 10)),
    Wrong("sampler", "own-numbers", "the numbers 0, 1, 2 … whatever the sampler gives",
          "Your batch sampler counts by itself. Whose numbers should be in the lists?",
          (("for i in self.sampler:", "for i in range(len(self.sampler)):"),)),
    Wrong("sampler", "sliced", "the sampler is cut into slices like a list",
          "Your batch sampler cuts slices out of its sampler. That can be gone through, and need not be a list.",
          ((_LOOP, _SLICES + "            if len(batch) == self.batch_size or not self.drop_last:\n"
                             "                yield batch\n"),),
          also=(((_LOOP, _SLICES + "            yield batch\n"),),),
          raises=r"TypeError: .* is not subscriptable|TypeError: unhashable type: 'slice'"),
    Wrong("sampler", "half-done", "one of the two classes is as it was given",
          "One of your two classes is still empty, as it was given.",
          (("    def __init__(self, sampler, batch_size, drop_last=False):", "    def start(self):"),
           ("        self.sampler = sampler\n", ""), ("        self.batch_size = batch_size\n", ""),
           ("        self.drop_last = drop_last\n", "        pass\n")),
          raises=r"TypeError: (Batch)?Sampler\(\) takes no arguments"),
    Wrong("sampler", "batches-made-once", "the batches are made once, when the batch sampler is made",
          "Your batch sampler gives the same batches at each pass. When is the sampler asked?",
          (("        self.sampler = sampler\n", "        self.sampler = list(sampler)\n"),)),
    Wrong("sampler", "batches-once", "the batch sampler can be gone through once only",
          "Nothing is left of your batch sampler at the second pass. What does each loop start with?",
          (("        self.drop_last = drop_last\n",
           "        self.drop_last = drop_last\n        self.numbers = iter(sampler)\n"),
           ("for i in self.sampler:", "for i in self.numbers:"))),
    Wrong("sampler", "rest-kept", "what is left of a pass comes in the next one",
          "A list that isn't full at the end of a pass comes up again in the next pass. What does a pass begin with?",
          (_COLLECTED_IN_ITSELF, (_LOOP, _IN_ITSELF + "            self.batch = []\n")),
          also=((_COLLECTED_IN_ITSELF, (_LOOP, _IN_ITSELF)),)),
    Wrong("sampler", "of-torch", "torch's samplers", "This question asks for samplers of your own, without torch's.",
          (("self.sampler = sampler\n",
           "self.sampler = torch.utils.data.BatchSampler(sampler, batch_size, drop_last)\n"),
           ("        batch = []\n        for i in self.sampler:", "        yield from self.sampler\n        return\n"
                                                                 "        batch = []\n        for i in self.sampler:")),
          cause=Cause.DATA_TOOLS),
)  # fmt: skip
