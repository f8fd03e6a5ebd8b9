"""Wrong answers that no formula explains: what is seen of all calls is said then, and where to look.

They come last: what they say is true of named ones, too.
"""

from __future__ import annotations

from autograder.judge.diagnosis.looks import WrongOnlyIn

from .looks_again import OTHER_CALLS

_EXP = "What is the largest number that an exponential of yours gets, and what becomes of a row of tiny ones?"
_OUT_OF_SIGHT = "Where is a number out of autograd's sight, or infinite on the way though not in the end?"
_seen = OTHER_CALLS.entry

WRONG = (
    _seen("softmax", "gradient-wrong", "the values are right, the gradient isn't",
          f"The values of your softmax are right, its gradient isn't. {_OUT_OF_SIGHT}",
          (("return e / e", "return (e + e.detach()) / 2 / e"),),
          WrongOnlyIn(r"softmax gradient.*", (r"softmax", r"softmax large"))),
    _seen("softmax", "large-wrong", "right for small entries, wrong for large ones",
          f"Your softmax is right for small entries and wrong for large ones. {_EXP}",
          (("(x - top)", "(x - top.clamp(max=1000))"),), WrongOnlyIn(r"softmax( gradient)? large", (r"softmax",))),
    _seen("log_softmax", "gradient-wrong", "the values are right, the gradient isn't",
          f"The values of your functions are right, a gradient isn't. {_OUT_OF_SIGHT}",
          (("return x - ", "return (x + x.detach()) / 2 - "),),
          WrongOnlyIn(r"(logsumexp|log_softmax) gradient.*", (r"logsumexp", r"log_softmax"))),
    _seen("log_softmax", "large-wrong", "right for small entries, wrong for large ones",
          f"Your functions are right for small entries and wrong for large ones. {_EXP}",
          (("keepdim=True).values", "keepdim=True).values.clamp(max=1000)"),),
          WrongOnlyIn(r"(logsumexp|log_softmax)( gradient)? large", (r"logsumexp", r"log_softmax"),
                      (r"logsumexp( gradient)? large", r"log_softmax( gradient)? large"))),
    _seen("log_softmax", "log-softmax-wrong", "logsumexp is right, log_softmax isn't",
          "Your logsumexp is right, your log_softmax isn't. How does it follow from logsumexp?",
          (("return x - logsumexp(x)", "return x - 0.9 * logsumexp(x)"),),
          WrongOnlyIn(r"log_softmax.*", (r"logsumexp", r"logsumexp gradient"))),
    _seen("log_softmax", "logsumexp-wrong", "log_softmax is right, logsumexp isn't",
          "Your log_softmax is right, your logsumexp isn't. Compare it with its formula before you go on.",
          (("return top + (x - top).exp().sum(dim=1, keepdim=True).log()",
            "return 0.9 * (top + (x - top).exp().sum(dim=1, keepdim=True).log())"),
           ("return x - logsumexp(x)", "return x - logsumexp(x) / 0.9")),
          WrongOnlyIn(r"logsumexp.*", (r"log_softmax", r"log_softmax gradient"))),
    _seen("cross_entropy", "gradient-wrong", "the values are right, a gradient isn't",
          f"The values of your losses are right, a gradient isn't. {_OUT_OF_SIGHT}",
          (("return nll(log_softmax(logits), y)",
            "loss = nll(log_softmax(logits), y)\n    return (loss + loss.detach()) / 2"),),
          WrongOnlyIn(r"(nll loss_gradient|cross_entropy logits_gradient).*", (r"nll", r"cross_entropy loss"))),
    _seen("cross_entropy", "large-wrong", "right for small logits, wrong for large ones",
          f"Your cross_entropy is right for small logits and wrong for large ones. {_EXP}",
          (("log_softmax(logits)", "log_softmax(logits.clamp(max=1000))"),),
          WrongOnlyIn(r"cross_entropy.* large", (r"cross_entropy loss",))),
    _seen("cross_entropy", "cross-entropy-wrong", "nll is right, cross_entropy isn't",
          "Your nll is right, your cross_entropy isn't. What does nll have to be given?",
          (("return nll(log_softmax(logits), y)", "return 0.9 * nll(log_softmax(logits), y)"),),
          WrongOnlyIn(r"cross_entropy.*", (r"nll",))),
    _seen("cross_entropy", "nll-wrong", "cross_entropy is right, nll isn't",
          "Your cross_entropy is right, your nll isn't. Which entry of each row counts, and what is the mean over?",
          (("return -log_p", "return -0.9 * log_p"), ("return nll(log_softmax(logits), y)",
                                                     "return nll(log_softmax(logits), y) / 0.9")),
          WrongOnlyIn(r"nll.*", (r"cross_entropy loss",))),
    _seen("module", "parameters-wrong", "modes and calls are right, parameters() isn't",
          "Calls and modes of your module are right. parameters() isn't: it gives too many of them, too few, or not in "
          "the order in which they were assigned.",
          (("in self._parts.values():\n            own", "in list(self._parts.values())[:2]:\n            own"),),
          WrongOnlyIn(r"Module (parameters|attributes)", (r"Module modes", r"Module called"), (r"Module parameters",))),
    _seen("module", "attributes-wrong", "all is right but with ordinary attributes and None",
          "Your module is right with layers and parameters alone. Where something else is assigned, or None, it isn't: "
          "what is registered then, and what does the name read?",
          (("object.__setattr__(self, name, value)",
            'object.__setattr__(self, name, value if name != "x1" and value is not None else 0)'),),
          WrongOnlyIn(r"Module attributes", (r"Module parameters", r"Module modes"))),
    _seen("module", "modes-wrong", "parameters and calls are right, the modes aren't",
          "Parameters and calls of your module are right. The modes aren't: whom do train() and eval() have to reach?",
          (("in self._submodules():", "in self._submodules()[:2]:"),),
          WrongOnlyIn(r"Module (modes|switched).*", (r"Module parameters", r"Module called"), (r"Module modes",))),
    _seen("sequential", "looking-wrong", "inputs pass as they should, len, s[i] or a loop aren't right",
          "Inputs pass through your Sequential as they should. Its length, s[i] or a loop over it isn't right: which "
          "methods does Python call for these?",
          (("return iter(self.layers)", "return iter(self.layers[:5])"),),
          WrongOnlyIn(r"Sequential layers_of", (r"Sequential through",))),
    _seen("sequential", "passing-wrong", "the layers are right, what passes through them isn't",
          "The layers of your Sequential are right, and so are its parameters. What comes out isn't: what is each "
          "layer given?",
          (("for layer in self.layers:", "for layer in self.layers[:5]:"),),
          WrongOnlyIn(r"Sequential through", (r"Sequential layers_of", r"Sequential parameters_of"))),
    _seen("optimizer", "step-wrong", "zero_grad is right, step isn't",
          "Your zero_grad is right, your step isn't. Which parameters does it change, how far, and in place?",
          (("p -= self.lr * p.grad", "p -= self.lr * p.grad.abs()"),),
          WrongOnlyIn(r"SGD (stepped|gradients_after).*", (r"SGD zeroed.*",))),
    _seen("optimizer", "zeroing-wrong", "step is right, zero_grad isn't",
          "Your step is right, your zero_grad isn't. Whose gradients does it reach?",
          (("for p in self.parameters:\n            p.grad =", "for p in self.parameters[:2]:\n            p.grad ="),),
          WrongOnlyIn(r"SGD zeroed.*", (r"SGD stepped.*",))),
    _seen("sampler", "batch-sampler-wrong", "Sampler is right, BatchSampler isn't",
          "Your Sampler is right, your BatchSampler isn't. Go by hand through batches of 2 of five indices, and of "
          "six: what stands in the last one, with drop_last and without?",
          (("            batch.append(i)\n", "            batch.append(i if i != 3 else 0)\n"),),
          WrongOnlyIn(r"BatchSampler.*", (r"Sampler.*",))),
    _seen("sampler", "sampler-wrong", "BatchSampler is right, Sampler isn't",
          "Your BatchSampler is right, your Sampler isn't. Which numbers come, in which order, and which in the next "
          "pass?",
          (("list(range(self.n))", "[min(i, 6) for i in range(self.n)]"),),
          WrongOnlyIn(r"Sampler.*", (r"BatchSampler.*",))),
    _seen("dataloader", "collate-wrong", "DataLoader is right, collate isn't",
          "Your DataLoader is right, your collate isn't. Which shape and dtype have X and Y for samples of any shape?",
          (("torch.stack(xs)", "torch.stack(xs).abs()"),),
          WrongOnlyIn(r"collate collated.*", (r"DataLoader loaded",))),
    _seen("dataloader", "loader-wrong", "collate is right, DataLoader isn't",
          "Your collate is right, your DataLoader isn't. What is asked for at each pass, and what is made of it?",
          (("for i in indices])", "for i in indices[:3]])"), ("[self.dataset[i]", "[self.dataset[min(i, 3)]")),
          WrongOnlyIn(r"DataLoader.*", (r"collate collated.*",))),
    _seen("fit", "numbers-wrong", "the weights are right, the numbers that come back aren't",
          "Your training is right, the numbers that fit returns aren't. How much does each example of the validation "
          "count?",
          (("* n\n                total_accuracy", "* min(n, 2)\n                total_accuracy"),),
          WrongOnlyIn(r"fit (history|measured).*", (r"fit weights_after.*",))),
    _seen("fit", "training-wrong", "the validation is right, the weights aren't",
          "Your validation is right, your training isn't. What happens between two steps of the optimiser?",
          (("loss = loss_func(model(X), y)\n", "loss = loss_func(model(X), y) + 0.1 * model(X).mean() ** 2\n"),),
          WrongOnlyIn(r"fit (weights_after|measured).*", (r"fit history.*",), (r"fit weights_after.*",))),
)  # fmt: skip
