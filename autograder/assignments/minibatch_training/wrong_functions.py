"""Named wrong answers for softmax, and for logsumexp and log_softmax.

In each question the simplest and most common come first: where two explain the same outputs, the first is named.
"""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause, Edit, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

_TOP = "x.max(dim=1, keepdim=True).values"
_DETACHED = "Autograd can't go through your function. Where do numbers leave the graph, by detach, item or NumPy?"
_CHANGED = "Your function changes its input. Which of your operations work in place?"
_SINGLE = "Your result is right to about seven digits only, though the input has more. Where does float64 get lost?"
_READY = "This question asks for the formula itself, without the ready-made softmax, log-softmax or log-sum-exp."
_RATIO = "return e / e.sum(dim=1, keepdim=True)"
_SMALL = (1e-8, 1e-7, 1e-5, 1e-4, 1e-3, 1e-6)
# What code that loses float64 is never without.
CONVERTS = (
    r"float32|float16|half|\.float\b|FloatTensor|\.to\(|type|np\.|numpy|"
    r"torch\.(tensor|Tensor|zeros|ones|empty|full)\("
)
_REPLACES = r"nan|isfinite|isinf|\binf\b|where|masked|\[.*[<>=]=?.*\]\s*="

SOFTMAX = (
    Wrong("softmax", "wrong-axis", "the softmax goes over the batch instead of the classes",
          "Your probabilities don't add up to 1 in each row. Along which axis do you add up?",
          (("dim=1", "dim=0"),), also=((("e.sum(dim=1", "e.sum(dim=0"),),)),
    Wrong("softmax", "no-shift", "exp of the raw logits: overflows when they are large",
          "Your softmax breaks down for large logits: exp overflows, or all of a row becomes 0. What can be taken "
          "off a row without changing its softmax?",
          (("torch.exp(x - top)", "torch.exp(x)"),),
          also=((("torch.exp(x - top)", "torch.exp(x)"),
                 (_RATIO, f"e = e / e.max(dim=1, keepdim=True).values\n    {_RATIO}")),
                ((_RATIO, "return torch.exp(x - torch.exp(x).sum(dim=1, keepdim=True).log())"),)),
          symptom=Symptom.OVERFLOW),
    Wrong("softmax", "one-shift-for-all", "one maximum is taken off for the whole batch",
          "Your softmax breaks down when one row has much larger logits than another. Whose maximum do you take off?",
          ((_TOP, "x.max()"),), symptom=Symptom.OVERFLOW),
    Wrong("softmax", "all-axes", "the whole batch adds up to 1",
          "In your result the whole batch adds up to 1. What should add up to 1?",
          # The same as without a shift, where nothing overflows.
          ((_TOP, "x.max()"), ("e.sum(dim=1, keepdim=True)", "e.sum()")),
          also=((("e.sum(dim=1, keepdim=True)", "e.sum()"),),)),
    Wrong("softmax", "not-normalised", "the exponentials alone, or divided by the largest",
          "Your rows don't add up to 1. What are the exponentials divided by?",
          (("return e / e.sum(dim=1, keepdim=True)", "return e"),),
          also=((("return e / e.sum(dim=1, keepdim=True)", "return torch.exp(x)"),),
                ((_TOP, "x.max()"), (_RATIO, "return e")))),
    Wrong("softmax", "no-exp", "the logits divided by their sum",
          "You divide the logits by their sum. What makes them positive first?",
          (("torch.exp(x - top)", "x - top"),), also=((("torch.exp(x - top)", "x"),),)),
    Wrong("softmax", "sign", "the exponential of minus the logits",
          "Your largest probability belongs to the smallest logit. Which sign has the exponent?",
          (("    top", "    x = -x\n    top"),)),
    Wrong("softmax", "logarithm", "the logarithm of the softmax",
          "Your numbers are logarithms of probabilities. That is the next question.",
          (("return e / e.sum(dim=1, keepdim=True)", "return (x - top) - e.sum(dim=1, keepdim=True).log()"),)),
    Wrong("softmax", "sigmoid", "a sigmoid for each entry",
          "Your probabilities don't know of each other: each comes from its own logit alone. What makes them add up to "
          "1?",
          (("return e / e.sum(dim=1, keepdim=True)", "return torch.sigmoid(x)"),)),
    Wrong("softmax", "mean-for-sum", "divided by the mean of the exponentials",
          "Your rows add up to the number of classes. What are the exponentials divided by?",
          (("e.sum(", "e.mean("),)),
    Wrong("softmax", "other-base", "powers of 2 instead of e",
          "Your probabilities are too close to each other. Of which number are they powers?",
          (("torch.exp(x - top)", "2.0 ** (x - top)"),), also=((("torch.exp(x - top)", "10.0 ** (x - top)"),),)),
    Wrong("softmax", "softmax-twice", "the softmax of the softmax",
          "Your probabilities are much too close to each other: is the softmax applied twice?",
          (("return e / e.sum(dim=1, keepdim=True)",
            "p = e / e.sum(dim=1, keepdim=True)\n    return p.exp() / p.exp().sum(dim=1, keepdim=True)"),)),
    Wrong("softmax", "scaled", "the logits are divided by the root of their number",
          "You scale the logits by the number of classes. The softmax of this question doesn't.",
          (("torch.exp(x - top)", "torch.exp((x - top) / x.shape[1] ** 0.5)"),)),
    Wrong("softmax", "no-keepdim", "the sums lose their axis, and broadcasting goes along the wrong one",
          "What you compute of each row (its sum, its largest logit) stands in a row itself. Which shape does it need "
          "so that each row gets its own?",
          (("e.sum(dim=1, keepdim=True)", "e.sum(dim=1)"),),
          also=((("e.sum(dim=1, keepdim=True)", "e.sum(dim=1)"), (_TOP, "x.max(dim=1).values")),
                ((_TOP, "x.max(dim=1).values"),),
                (("e.sum(dim=1, keepdim=True)", "e.sum(dim=1)"), ("torch.exp(x - top)", "torch.exp(x)")))),
    Wrong("softmax", "shifted-in-one-place", "the largest logit is taken off above or below the line only",
          "You take something off the logits either above or below the line of your fraction. What has to be the same "
          "in both?",
          ((_RATIO, "return e / torch.exp(x).sum(dim=1, keepdim=True)"),),
          also=(((_RATIO, "return torch.exp(x) / e.sum(dim=1, keepdim=True)"),),
                ((_TOP, "x.max()"), (_RATIO, "return e / torch.exp(x).sum(dim=1, keepdim=True)")))),
    Wrong("softmax", "epsilon", "a small number is added to the sum",
          "Your rows add up to a little less than 1: do you add something to the sum? It is never 0 when the largest "
          "logit is taken off first.",
          (("e.sum(dim=1, keepdim=True)", "(e.sum(dim=1, keepdim=True) + K)"),),
          also=((("e.sum(dim=1, keepdim=True)", "(e.sum(dim=1, keepdim=True) + K)"),
                 ("torch.exp(x - top)", "torch.exp(x)")),), numbers=_SMALL),
    Wrong("softmax", "clamped", "the logits are kept between two bounds",
          "Your softmax is wrong for large logits: do you cut them off? Something may be taken off a row without "
          "changing its softmax.",
          (("    top", "    x = x.clamp(-K, K)\n    top"),), also=((("    top", "    x = x.clamp(max=K)\n    top"),),
                (("torch.exp(x - top)", "torch.exp(x.clamp(max=K))"),),
                (("torch.exp(x - top)", "torch.exp(x.clamp(-K, K))"),)),
          numbers=(50, 80, 88, 100, 20, 30, 10, 700, 500), written_with=r"clamp|clip|min|max"),
    Wrong("softmax", "shifted-by-columns", "the largest entry of each column is taken off",
          "You take another number off each column. Which numbers may be taken off a row without changing its softmax?",
          ((_TOP, "x.max(dim=0, keepdim=True).values"),)),
    Wrong("softmax", "rescaled", "large logits are made smaller by a factor",
          "You make large logits smaller by a factor, which changes their softmax. What else can be done to a row?",
          (("    top", "    x = x * min(1, K / max(K, float(x.detach().abs().max())))\n    top"),),
          numbers=(80, 88, 50, 100, 10, 20, 30, 700)),
    Wrong("softmax", "shifted-by-the-smallest", "the smallest entry is taken off instead of the largest",
          "Your exponentials overflow when the logits of a row are far apart. Which of them do you take off?",
          ((_TOP, "x.min(dim=1, keepdim=True).values"),), symptom=Symptom.OVERFLOW),
    Wrong("softmax", "shifted-by-the-mean", "the mean is taken off instead of the largest entry",
          "Your exponentials overflow when one logit is far above the mean of its row. What should be taken off?",
          ((_TOP, "x.mean(dim=1, keepdim=True)"),), symptom=Symptom.OVERFLOW),
    Wrong("softmax", "shifted-by-the-size", "the largest size of an entry is taken off instead of the largest entry",
          "Your softmax breaks down in rows of large negative logits. Do you take off the largest logit, or the "
          "largest size of one?",
          ((_TOP, "x.abs().max(dim=1, keepdim=True).values"),), symptom=Symptom.OVERFLOW,
          written_with=r"abs|\*\*|square|pow|norm"),
    Wrong("softmax", "infinities-replaced", "what is not finite is replaced afterwards",
          "You put something in the place of infinities or NaN. That hides that they come, and the numbers are wrong.",
          (("torch.exp(x - top)", "torch.exp(x)"),
           ("return e / e.sum(dim=1, keepdim=True)", "return torch.nan_to_num(e / e.sum(dim=1, keepdim=True))")),
          also=((("torch.exp(x - top)", "torch.exp(x).nan_to_num()"),),), written_with=_REPLACES),
    Wrong("softmax", "detached", "autograd can't go through it", _DETACHED,
          (("    top", "    x = x.detach()\n    top"),)),
    Wrong("softmax", "denominator-detached", "the sum has no gradient",
          "The gradient is wrong though the values are right: a part of your formula is out of autograd's sight.",
          (("/ e.sum(", "/ e.detach().sum("),),
          also=((("return e / e", "return e.detach() / e"),),)),
    Wrong("softmax", "changes-input", "x is changed in place", _CHANGED,
          (("e = torch.exp(x - top)", "x -= top\n    e = torch.exp(x)"),),
          also=((("e = torch.exp(x - top)", "x -= top\n    x.exp_()"),
                 (_RATIO, "x /= x.sum(dim=1, keepdim=True)\n    return x")),), symptom=Symptom.CHANGED),
    Wrong("softmax", "float32", "works in float32, whatever the input is", _SINGLE,
          (("    top", "    dtype, x = x.dtype, x.float()\n    top"), ("keepdim=True)\n", "keepdim=True)\n"),
           ("return e / e.sum(dim=1, keepdim=True)", "return (e / e.sum(dim=1, keepdim=True)).to(dtype)")),
          symptom=Symptom.FLOAT32, written_with=CONVERTS),
    Wrong("softmax", "single-result", "the result is always float32",
          "Your numbers are right, but they don't have the dtype of the input.",
          (("return e / e.sum(dim=1, keepdim=True)", "return (e / e.sum(dim=1, keepdim=True)).float()"),),
          also=((("return e / e.sum(dim=1, keepdim=True)", "return (e / e.sum(dim=1, keepdim=True)).double()"),),)),
    Wrong("softmax", "ready-made", "a ready-made softmax", _READY,
          code="def softmax(x):\n    return torch.softmax(x, dim=1)\n", cause=Cause.SOFTMAX),
)  # fmt: skip

_LSE = "return top + (x - top).exp().sum(dim=1, keepdim=True).log()"
_LOG = "return x - logsumexp(x)"
_SHIFTED = f"z = x - {_TOP}\n    "


def _own_sum(total: str) -> tuple[tuple[Edit, ...], ...]:
    """Return ways to write a log_softmax that has a sum of its own, beside a right logsumexp."""
    starts = ("z = x", "z = x - x.max()", f"z = x - {_TOP}")
    ends = (f"(e / {total}).log()", f"z - {total}.log()")
    return tuple(((_LOG, f"{start}\n    e = z.exp()\n    return {end}"),) for start in starts for end in ends)


LOG_SOFTMAX = (
    Wrong("log_softmax", "no-shift", "exp of the raw entries: overflows when they are large",
          "Your log-sum-exp breaks down for large entries: exp overflows, or the sum becomes 0. What can be taken out "
          "of the exponentials, and added again?",
          (("top + (x - top).exp()", "x.exp()"),),
          also=((("top + (x - top).exp()", "x.exp()"),
                 (_LOG, "e = x.exp()\n    return (e / e.sum(dim=1, keepdim=True)).log()")),), symptom=Symptom.OVERFLOW),
    Wrong("log_softmax", "log-of-softmax", "the logarithm of a softmax that has underflowed to 0",
          "Your log_softmax isn't finite for large logits: a probability comes out as 0, or an exponential is "
          "infinite. Can the logarithm be taken on paper first?",
          ((_LOG, _SHIFTED + "e = z.exp()\n    return (e / e.sum(dim=1, keepdim=True)).log()"),),
          also=(((_LOG, "e = x.exp()\n    return (e / e.sum(dim=1, keepdim=True)).log()"),),
                ((_LOG, "return x - x.exp().sum(dim=1, keepdim=True).log()"),)),
          symptom=Symptom.OVERFLOW),
    Wrong("log_softmax", "shift-not-added", "what was taken out of the exponentials is not added again",
          "Your log-sum-exp doesn't change when all entries of a row grow by the same number. What has become of what "
          "you took off?",
          (("return top + (x", "return (x"),)),
    Wrong("log_softmax", "shift-sign", "what was taken out of the exponentials is taken off once more",
          "You take the largest entry out of the exponentials, and once more off the logarithm. What has to become of "
          "it there?",
          ((_LSE, _LSE.replace("top + ", "") + " - top"),)),
    Wrong("log_softmax", "half-done", "one of the two functions is as it was given",
          "One of your two functions is still as it was given: logsumexp gives back a column of its input, or "
          "log_softmax zeros.",
          ((_LSE, "return x[:, :1]"), (_LOG, _SHIFTED + "return z - z.exp().sum(dim=1, keepdim=True).log()")),
          also=(((_LOG, "return torch.zeros_like(x)"),),)),
    Wrong("log_softmax", "divided", "the entries divided by their log-sum-exp",
          "You divide by the log-sum-exp. What becomes of a fraction under the logarithm?",
          ((_LOG, "return x / logsumexp(x)"),)),
    Wrong("log_softmax", "off-the-probabilities", "the log-sum-exp is taken off the probabilities",
          "You take the log-sum-exp off the probabilities. Off what does the formula take it?",
          ((_LOG, _SHIFTED + "e = z.exp()\n    return e / e.sum(dim=1, keepdim=True) - logsumexp(x)"),)),
    Wrong("log_softmax", "of-probabilities", "the log-softmax of the softmax",
          "Your log-softmax hardly gets below -1, however improbable a class is: is a softmax taken first?",
          ((_LOG, _SHIFTED + "p = z.exp() / z.exp().sum(dim=1, keepdim=True)\n    return p - logsumexp(p)"),)),
    Wrong("log_softmax", "shift-taken-off-twice", "the largest entry is taken off once too often in log_softmax",
          "Your log-softmax is too small by the largest logit of the row. How often do you take it off?",
          ((_LOG, f"return x - {_TOP} - logsumexp(x)"),)),
    Wrong("log_softmax", "shifted-in-one-place", "the shifted log-sum-exp is taken off the unshifted entries",
          "Your log-softmax is too large by the largest logit of the row: from what do you take the log-sum-exp off?",
          ((_LOG, f"return x - logsumexp(x - {_TOP})"),)),
    Wrong("log_softmax", "wrong-axis", "sums over the batch instead of the classes",
          "You add up over the batch. Each row is for itself: along which axis is the sum?",
          (("dim=1", "dim=0"),), also=((("sum(dim=1", "sum(dim=0"),), *_own_sum("e.sum(dim=0, keepdim=True)"))),
    Wrong("log_softmax", "one-shift-for-all", "one maximum is taken out for the whole batch",
          "Your log-sum-exp breaks down when one row has much larger entries than another. Whose maximum do you take "
          "out?",
          ((_TOP, "x.max()"),), symptom=Symptom.OVERFLOW),
    Wrong("log_softmax", "input-overwritten", "log_softmax shifts its input in place", _CHANGED,
          ((_LOG, f"x -= {_TOP}\n    {_LOG}"),), symptom=Symptom.CHANGED),
    Wrong("log_softmax", "logsumexp-overwrites", "logsumexp shifts its input in place, log_softmax goes on with that",
          "Your logsumexp changes its input, and whoever goes on with x goes on with something else.",
          (("return top + (x - top).exp()", "x -= top\n    return top + x.exp()"),)),
    Wrong("log_softmax", "not-a-column", "logsumexp gives (N,) instead of (N, 1)",
          "The numbers of your logsumexp are right. Which shape should they have?",
          ((_LSE, _LSE.replace("return ", "return (") + ").squeeze(1)"), (_LOG, "return x - logsumexp(x)[:, None]"))),
    Wrong("log_softmax", "no-keepdim", "logsumexp gives (N,), and broadcasting goes along the wrong axis",
          "Your logsumexp gives a number for each row, but in a shape that goes along the columns when taken off.",
          ((_LSE, _LSE.replace("return ", "return (") + ").squeeze(1)"),)),
    Wrong("log_softmax", "log-missing", "the sum of the exponentials without its logarithm",
          "Your log-sum-exp is the sum alone. What does the formula do with it?",
          ((").log()\n", ")\n"),)),
    Wrong("log_softmax", "softmax-alone", "log_softmax gives the softmax",
          "Your log_softmax gives probabilities. Their logarithms are at most 0.",
          ((_LOG, "return (x - logsumexp(x)).exp()"),)),
    Wrong("log_softmax", "sign", "log_softmax has the other sign",
          "Your log-softmax is positive. Which sign has the logarithm of a probability?",
          ((_LOG, "return logsumexp(x) - x"),)),
    Wrong("log_softmax", "other-logarithm", "the logarithm to base 2 or 10",
          "Your logarithm is off by a constant factor. To which base is it?",
          ((").log()\n", ").log2()\n"),), also=(((").log()\n", ").log10()\n"),),)),
    Wrong("log_softmax", "mean-for-sum", "the mean of the exponentials instead of their sum",
          "Your log-sum-exp is too small by the logarithm of the number of classes. What is added up there?",
          ((".sum(", ".mean("),)),
    Wrong("log_softmax", "sum-of-all", "the sum goes over the whole batch",
          "Your sum goes over all entries of the batch. Each row has its own.",
          (("top + (x - top).exp().sum(dim=1, keepdim=True)", "x.max() + (x - x.max()).exp().sum().reshape(1, 1)"),),
          also=((("(x - top).exp().sum(dim=1, keepdim=True)", "(x - top).exp().sum()"),), *_own_sum("e.sum()"))),
    Wrong("log_softmax", "sum-first", "the sum is taken before the exponential",
          "The logarithm of the exponential of a sum is the sum. What is added up, the entries or their exponentials?",
          (("top + (x - top).exp().sum(dim=1, keepdim=True).log()", "x.sum(dim=1, keepdim=True)"),),
          also=((("(x - top).exp().sum(dim=1, keepdim=True).log()", "(x - top).exp().log().sum(dim=1, keepdim=True)"),),
                (("(x - top).exp().sum(dim=1, keepdim=True).log()", "(x - top).sum(dim=1, keepdim=True)"),),
                (("top + (x - top).exp().sum(dim=1, keepdim=True).log()", "x.exp().log().sum(dim=1, keepdim=True)"),))),
    Wrong("log_softmax", "plus-one", "the logarithm of one more than the sum",
          "Your log-sum-exp is a little too large: something is added inside the logarithm.",
          ((").log()\n", ").log1p()\n"),)),
    Wrong("log_softmax", "epsilon", "a small number is added to the sum",
          "Your log-sum-exp is a little too large: do you add something to the sum? It is never 0 when the largest "
          "entry is taken out first.",
          ((".sum(dim=1, keepdim=True).log()", ".sum(dim=1, keepdim=True).add(K).log()"),), numbers=_SMALL),
    Wrong("log_softmax", "clamped-log", "the probabilities are kept away from 0 before the logarithm",
          "Your log-softmax stops falling when a class is very improbable. Do you add something to the probabilities, "
          "or clamp them, to keep the logarithm finite?",
          ((_LOG, _SHIFTED + "e = z.exp()\n    return (e / e.sum(dim=1, keepdim=True) + K).log()"),),
          also=(((_LOG, _SHIFTED + "e = z.exp()\n    return (e / e.sum(dim=1, keepdim=True)).clamp(min=K).log()"),),),
          numbers=(1e-8, 1e-7, 1e-6, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-30, 1e-5)),
    Wrong("log_softmax", "clamped", "the entries are kept between two bounds",
          "Your result is wrong for large entries: do you cut them off? Something may be taken out of the exponentials "
          "instead.",
          (("def logsumexp(x):\n", "def logsumexp(x):\n    x = x.clamp(-K, K)\n"),),
          numbers=(50, 80, 88, 100, 20, 30, 10, 700, 500), written_with=r"clamp|clip|min|max"),
    Wrong("log_softmax", "shifted-by-the-smallest", "the smallest entry is taken out instead of the largest",
          "Your exponentials overflow when the entries of a row are far apart. Which of them do you take out?",
          ((_TOP, "x.min(dim=1, keepdim=True).values"),), symptom=Symptom.OVERFLOW),
    Wrong("log_softmax", "detached", "autograd can't go through log_softmax", _DETACHED,
          ((_LOG, "return (x - logsumexp(x)).detach()"),),
          also=(((_LSE, f"return ({_LSE[7:]}).detach()"), (_LOG, "return (x - logsumexp(x)).detach()")),)),
    Wrong("log_softmax", "logsumexp-detached", "logsumexp has no gradient",
          "The gradient is wrong though the values are right: is your log-sum-exp out of autograd's sight?",
          ((_LSE, f"return ({_LSE[7:]}).detach()"),)),
    Wrong("log_softmax", "sum-detached", "the sum of the exponentials has no gradient",
          "The gradient is wrong though the values are right: a part of your formula is out of autograd's sight.",
          (("(x - top).exp()", "(x - top).exp().detach()"),)),
    Wrong("log_softmax", "float32", "works in float32, whatever the input is", _SINGLE,
          (("def logsumexp(x):\n", "def logsumexp(x):\n    dtype, x = x.dtype, x.float()\n"),
           (_LSE, f"return ({_LSE[7:]}).to(dtype)")), symptom=Symptom.FLOAT32, written_with=CONVERTS),
    Wrong("log_softmax", "other-dtype", "the result has another dtype than the input",
          "Your numbers are right, but they don't have the dtype of the input.",
          ((_LSE, f"return ({_LSE[7:]}).double()"),), also=(((_LSE, f"return ({_LSE[7:]}).float()"),),)),
    Wrong("log_softmax", "ready-made", "a ready-made log-softmax or log-sum-exp", _READY,
          code="def logsumexp(x):\n    return torch.logsumexp(x, 1, keepdim=True)\n\n"
               "def log_softmax(x):\n    return x - logsumexp(x)\n", cause=Cause.SOFTMAX),
)  # fmt: skip

WRONG = (*SOFTMAX, *LOG_SOFTMAX)
