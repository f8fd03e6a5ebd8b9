"""Named wrong answers to the question for Adam."""

from __future__ import annotations

import numpy as np
import torch

from autograder.judge.diagnosis import looks
from autograder.judge.diagnosis.claims import float32_only, never_returns, returns_nothing, returns_type, unsteady, uses
from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from . import claims_of_adam as of_adam
from . import claims_of_betas as of_betas
from . import claims_of_steps as steps
from .claims_of_adam import ADAM as ADAM_STEP
from .claims_of_looks import ADAM_STATES, seen_again
from .claims_of_steps import of_step
from .wrong_parts import CONVERTS, DECAYS, FLAT, SMALL

_M, _V = "m = beta_1 * m + (1 - beta_1) * grad", "v = beta_2 * v + (1 - beta_2) * grad**2"
_M_HAT, _V_HAT = "m_hat = m / (1 - beta_1**t)", "v_hat = v / (1 - beta_2**t)"
_W = "w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)"
_HEAD = "def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):\n"
_RETURN = "return w, m, v"


def _instead(*lines: str) -> tuple[tuple[str, str], ...]:
    """Return the edits that put other lines in place of Adam's five."""
    five = (_M, _V, _M_HAT, _V_HAT, _W)
    return tuple(edit for edit in zip(five, lines, strict=True) if edit[0] != edit[1])


def _in_order(*lines: str) -> tuple[tuple[str, str], ...]:
    """Return the edit that puts Adam's five lines in another order."""
    return (("\n    ".join((_M, _V, _M_HAT, _V_HAT, _W)), "\n    ".join(lines)),)


WRONG = (
    Wrong("adam", "no-bias-correction", "the bias correction is missing",
          "Your first steps have the wrong size: the running means start at zero. What corrects that?",
          _instead(_M, _V, "m_hat = m", "v_hat = v", _W),
          also=(_instead(_M, _V, "m_hat = m / (1 - beta_1) if t == 1 else m",
                         "v_hat = v / (1 - beta_2) if t == 1 else v", _W),), claim=of_betas.not_corrected),
    Wrong("adam", "m-not-corrected", "the bias correction of m is missing",
          "One of the two running means is not corrected for its start at zero.",
          ((_M_HAT, "m_hat = m"),), claim=of_betas.m_not_corrected),
    Wrong("adam", "v-not-corrected", "the bias correction of v is missing",
          "One of the two running means is not corrected for its start at zero.",
          ((_V_HAT, "v_hat = v"),), claim=of_betas.v_not_corrected),
    Wrong("adam", "t-too-large", "t is off by one: t + 1 in the bias correction",
          "Your bias correction is one step ahead. With which t does the first step start?",
          (("beta_1**t", "beta_1 ** (t + 1)"), ("beta_2**t", "beta_2 ** (t + 1)")),
          also=((("beta_1**t", "beta_1 ** (t + 1)"),), (("beta_2**t", "beta_2 ** (t + 1)"),)),
          claim=of_betas.one_step_ahead),
    Wrong("adam", "t-too-small", "t is off by one: t − 1 in the bias correction",
          "Your bias correction is one step behind. With which t does the first step start?",
          (("beta_1**t", "beta_1 ** (t - 1)"), ("beta_2**t", "beta_2 ** (t - 1)")),
          also=((("beta_1**t", "beta_1 ** max(t - 1, 1)"), ("beta_2**t", "beta_2 ** max(t - 1, 1)")),
                (("beta_1**t", "beta_1 ** (t - 1)"),), (("beta_2**t", "beta_2 ** (t - 1)"),)),
          claim=of_betas.one_step_behind),
    Wrong("adam", "epsilon-inside-root", "epsilon is added under the root",
          "Your epsilon is under the root. Where does the formula have it?",
          (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat + epsilon)"),),
          also=((("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat + epsilon) + epsilon"),),
                (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat + epsilon**2)"),)),
          claim=of_adam.epsilon_under_root),
    Wrong("adam", "epsilon-outside", "epsilon is added outside of the fraction: parentheses are missing",
          "Your epsilon is added outside of the fraction. What is it to keep away from zero?",
          ((_W, "w = w - eta * m_hat / torch.sqrt(v_hat) + epsilon"),),
          also=(((_W, "w = w - eta * (m_hat / torch.sqrt(v_hat) + epsilon)"),),), claim=of_adam.epsilon_outside),
    Wrong("adam", "epsilon-as-bound", "epsilon is a lower bound of the root instead of a part of the sum",
          "Your epsilon is a lower bound of the root. How does it come into the formula?",
          (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat).clamp(min=epsilon)"),), claim=of_adam.epsilon_is_bound),
    Wrong("adam", "epsilon-missing", "epsilon doesn't come in",
          "Your step doesn't depend on epsilon. What happens where the gradient is zero?",
          (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat)"),), claim=of_adam.epsilon_ignored),
    Wrong("adam", "epsilon-corrected", "epsilon is added before the bias correction",
          "Your epsilon is added to the root of the uncorrected v, and is then corrected with it.",
          (("torch.sqrt(v_hat) + epsilon", "(torch.sqrt(v) + epsilon) / (1 - beta_2**t) ** 0.5"),),
          claim=of_adam.epsilon_corrected),
    Wrong("adam", "no-root", "the root is missing",
          "You divide by v itself. What does the formula do with it first?",
          (("torch.sqrt(v_hat)", "v_hat"),), claim=of_adam.without_root),
    Wrong("adam", "correction-outside-root", "the bias correction of v stands outside the root",
          "Your root is taken before the bias correction of v. To what does the correction belong?",
          (("torch.sqrt(v_hat)", "torch.sqrt(v) / (1 - beta_2**t)"),), claim=of_betas.correction_outside_root),
    Wrong("adam", "no-square", "v is a mean of the gradients, not of their squares",
          "Your v is a running mean of the gradient itself. Of what should it be one?",
          (("grad**2", "grad"),), also=((("grad**2", "grad.abs()"),),), claim=of_adam.not_squared),
    Wrong("adam", "returns-corrected", "returns the corrected moments",
          "You return the corrected means: the next step will correct them once more.",
          ((_RETURN, "return w, m_hat, v_hat"),),
          also=(((_RETURN, "return w, m_hat, v"),), ((_RETURN, "return w, m, v_hat"),)),
          claim=of_adam.corrected_returned),
    Wrong("adam", "corrected-twice", "the bias correction is made twice",
          "Your running means are corrected twice.",
          _instead(_M, _V, "m_hat = m / (1 - beta_1**t) ** 2", "v_hat = v / (1 - beta_2**t) ** 2", _W),
          also=(((_W, _W.replace("eta", "eta * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)")),),),
          claim=of_betas.corrected_twice),
    Wrong("adam", "betas-exchanged", "the two betas are exchanged",
          "Your two betas are exchanged: which belongs to m?",
          (("    m = beta_1", "    beta_1, beta_2 = beta_2, beta_1\n    m = beta_1"),),
          also=(((_M, "m = beta_2 * m + (1 - beta_2) * grad"), (_V, "v = beta_1 * v + (1 - beta_1) * grad**2")),
                (("beta_1**t", "beta_x**t"), ("beta_2**t", "beta_1**t"), ("beta_x**t", "beta_2**t"))),
          claim=of_betas.betas_exchanged),
    Wrong("adam", "one-beta", "one beta for both means",
          "You use the same beta for both running means.",
          ((_V, "v = beta_1 * v + (1 - beta_1) * grad**2"), ("beta_2**t", "beta_1**t")),
          also=(((_V, "v = beta_1 * v + (1 - beta_1) * grad**2"),),
                (("beta_2**t", "beta_1**t"),),
                ((_M, "m = beta_2 * m + (1 - beta_2) * grad"),),
                ((_M, "m = beta_2 * m + (1 - beta_2) * grad"), ("beta_1**t", "beta_2**t"))), claim=of_betas.one_beta),
    Wrong("adam", "swapped-returns", "returns the right things in the wrong order",
          "You return the right things in the wrong order.",
          ((_RETURN, "return w, v, m"),),
          also=(((_RETURN, "return m, v, w"),), ((_RETURN, "return m, w, v"),), ((_RETURN, "return v, m, w"),),
                ((_RETURN, "return v, w, m"),)), claim=of_step(ADAM_STEP)(steps.swapped)),
    Wrong("adam", "sign", "climbs instead of descending",
          "You walk uphill: check the sign of the step.",
          (("w - eta", "w + eta"),), claim=of_adam.uphill),
    Wrong("adam", "sums-instead-of-means", "1 − beta is missing before the new value",
          "Your running means grow too large: which weight does the new value have in a mean?",
          ((_M, "m = beta_1 * m + grad"), (_V, "v = beta_2 * v + grad**2")),
          also=(((_M, "m = beta_1 * m + grad"),), ((_V, "v = beta_2 * v + grad**2"),)), claim=of_adam.means_too_large),
    Wrong("adam", "weights-exchanged", "beta and 1 − beta are exchanged in the means",
          "In your running means old and new have exchanged their weights.",
          ((_M, "m = (1 - beta_1) * m + beta_1 * grad"), (_V, "v = (1 - beta_2) * v + beta_2 * grad**2")),
          also=(((_M, "m = (1 - beta_1) * m + beta_1 * grad"),), ((_V, "v = (1 - beta_2) * v + beta_2 * grad**2"),)),
          claim=of_adam.weights_exchanged),
    Wrong("adam", "product-for-power", "beta times t instead of beta to the power of t",
          "In your bias correction beta is multiplied by t. What should be done with it?",
          (("beta_1**t", "beta_1 * t"), ("beta_2**t", "beta_2 * t")),
          also=((("beta_1**t", "beta_1 * t"),), (("beta_2**t", "beta_2 * t"),)), claim=of_betas.product_for_power),
    Wrong("adam", "power-of-difference", "the power of 1 − beta instead of 1 minus the power of beta",
          "In your bias correction the power is taken of 1 − beta. Of what should it be taken?",
          _instead(_M, _V, "m_hat = m / (1 - beta_1) ** t", "v_hat = v / (1 - beta_2) ** t", _W),
          claim=of_betas.power_of_difference),
    Wrong("adam", "correction-without-t", "the bias correction doesn't depend on t",
          "Your bias correction is the same at every step. Where does t come in?",
          (("beta_1**t", "beta_1"), ("beta_2**t", "beta_2")), claim=of_betas.correction_without_t),
    Wrong("adam", "correction-multiplied", "multiplied by the bias correction instead of divided",
          "Your bias correction makes the running means even smaller at the start.",
          _instead(_M, _V, "m_hat = m * (1 - beta_1**t)", "v_hat = v * (1 - beta_2**t)", _W),
          claim=of_betas.correction_multiplied),
    Wrong("adam", "no-first-moment", "the gradient itself instead of its running mean (RMSprop)",
          "Your step goes along the gradient itself. What is m for?",
          (("eta * m_hat", "eta * grad"),), claim=of_adam.m_ignored),
    Wrong("adam", "no-second-moment", "v doesn't come into the step",
          "Your step has one size for all weights. What is v for?",
          ((_W, "w = w - eta * m_hat"),), claim=of_adam.v_ignored),
    Wrong("adam", "m-squared", "v is a mean of the squares of m",
          "Your v is made from m. Of what should it be a running mean?",
          (("grad**2", "m**2"),), claim=of_adam.v_of_m),
    Wrong("adam", "variance", "v is a mean of the squared distance from m (AdaBelief)",
          "Your v measures the distance of the gradient from m. Of what should it be a running mean?",
          (("grad**2", "(grad - m) ** 2"),), claim=of_adam.v_of_distance),
    Wrong("adam", "sum-of-squares", "v is the sum of all squares (AdaGrad)",
          "Your v only grows: that is AdaGrad. How does an old square fade?",
          ((_V, "v = v + grad**2"),), claim=of_adam.v_only_grows),
    Wrong("adam", "largest-v", "v never shrinks (AMSGrad)",
          "Your v never shrinks: that is AMSGrad.",
          ((_V, "v = torch.maximum(v, beta_2 * v + (1 - beta_2) * grad**2)"),), claim=of_adam.v_never_shrinks),
    Wrong("adam", "nadam", "Nesterov's momentum inside Adam (Nadam)",
          "Your step looks one step ahead: that is Nadam.",
          ((_M_HAT, "m_hat = (beta_1 * m + (1 - beta_1) * grad) / (1 - beta_1**t)"),), claim=of_adam.looks_ahead),
    Wrong("adam", "old-moments-used", "takes the step before the means are updated",
          "You step with the old running means. What comes first?",
          _in_order(_M_HAT, _V_HAT, _W, _M, _V),
          also=(_in_order(_V, _M_HAT, _V_HAT, _W, _M), _in_order(_M, _M_HAT, _V_HAT, _W, _V)),
          claim=of_adam.old_moments_used),
    Wrong("adam", "old-moments-returned", "returns the means as they were before",
          "Your running means come back as they went in: what will the next step know of this one?",
          _instead("m_new = beta_1 * m + (1 - beta_1) * grad", "v_new = beta_2 * v + (1 - beta_2) * grad**2",
                   "m_hat = m_new / (1 - beta_1**t)", "v_hat = v_new / (1 - beta_2**t)", _W),
          claim=of_step(ADAM_STEP)(steps.moments_stay)),
    Wrong("adam", "old-weights-returned", "returns the weights as they were before",
          "Your weights come back as they went in. Where does the step go?",
          ((f"{_W}\n", "\n"),), claim=of_step(ADAM_STEP)(steps.weights_stay)),
    Wrong("adam", "only-weights", "returns w alone",
          "Your function returns one thing; what does the next step need beside w?",
          ((_RETURN, "return w"),), claim=steps.comes_alone(ADAM_STEP)),
    Wrong("adam", "rate-forgotten", "the learning rate doesn't come in",
          "Your step doesn't depend on the learning rate.",
          (("eta * m_hat", "m_hat"),), claim=of_adam.rate_ignored),
    Wrong("adam", "rate-fixed", "the learning rate is a number in the code",
          "Your step doesn't change with eta: is there a number in its place?",
          (("eta * m_hat", "K * m_hat"),), numbers=(0.001, 0.01, 0.1, 0.0001), claim=of_adam.rate_ignored),
    Wrong("adam", "rate-decays", "the learning rate falls with t",
          "Your steps get smaller with t by themselves. Does the formula say so?",
          (("eta * m_hat", "eta / t**0.5 * m_hat"),), also=((("eta * m_hat", "eta / t * m_hat"),),),
          claim=of_adam.rate_decays),
    Wrong("adam", "betas-fixed", "0.9 and 0.999 are numbers in the code",
          "Your running means don't change with the betas: are there numbers in their place?",
          (("    m = beta_1", "    beta_1, beta_2 = 0.9, 0.999\n    m = beta_1"),),
          also=((("    m = beta_1", "    beta_1 = 0.9\n    m = beta_1"),),
                (("    m = beta_1", "    beta_2 = 0.999\n    m = beta_1"),)), claim=of_betas.betas_ignored),
    Wrong("adam", "settings-fixed", "all settings are numbers in the code",
          "Your step doesn't change with its settings: are there numbers in their places?",
          (("    m = beta_1", "    eta, beta_1, beta_2, epsilon = 1e-3, 0.9, 0.999, 1e-8\n    m = beta_1"),),
          also=((("    m = beta_1", "    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-8\n    m = beta_1"),),),
          claim=of_adam.settings_ignored),
    Wrong("adam", "epsilon-fixed", "epsilon is a number in the code",
          "Your step doesn't change with epsilon: is there a number in its place?",
          (("+ epsilon", "+ K"),), numbers=SMALL, claim=of_adam.epsilon_ignored),
    Wrong("adam", "other-defaults", "the defaults are not those of the question",
          "Your step is another one where settings are left out: which ones does your function take then?",
          (("eta=1e-3", "eta=K"),),
          also=((("beta_1=0.9,", "beta_1=K,"),), (("beta_2=0.999", "beta_2=K"),), (("epsilon=1e-8", "epsilon=K"),)),
          numbers=(0.01, 0.1, 0.99, 1e-7, 1e-6), claim=of_adam.other_defaults),
    Wrong("adam", "defaults-swapped", "the defaults of the betas are exchanged",
          "Where the betas are left out yours are exchanged: which of the two running means keeps more of the past?",
          (("beta_1=0.9, beta_2=0.999", "beta_1=0.999, beta_2=0.9"),), claim=of_adam.other_defaults),
    Wrong("adam", "stops-where-flat", "does nothing where the gradient is nearly zero",
          "Where the gradient is nearly zero you leave everything as it is. What do the running means do there?",
          (("    m = beta_1", "    if grad.norm() < K:\n        return w, m, v\n    m = beta_1"),), numbers=FLAT,
          claim=of_step(ADAM_STEP)(steps.stops_where_flat)),
    Wrong("adam", "weight-decay", "weight decay is added",
          "Your weights change by themselves: something in your step grows with w.",
          ((_W, f"{_W} - eta * K * w"),), also=((("    m = beta_1", "    grad = grad + K * w\n    m = beta_1"),),),
          numbers=DECAYS, claim=of_adam.weights_change),
    Wrong("adam", "changes-input", "squares grad in place",
          "Your function changes grad. Which of your operations work in place?",
          (("grad**2", "grad.pow_(2)"),), symptom=Symptom.CHANGED, claim=ADAM_STEP.changes_gradient()),
    Wrong("adam", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("(1 - beta_1) * grad", "((1 - beta_1) * grad.float()).to(w.dtype)"),
           ("(1 - beta_2) * grad**2", "((1 - beta_2) * grad.float() ** 2).to(w.dtype)")), symptom=Symptom.FLOAT32,
          written_with=CONVERTS, claim=float32_only(ADAM_STEP.nudged)),
    Wrong("adam", "float32-returned", "returns float32, whatever the inputs are",
          "What you return is float32 although w is float64. Which dtype should it have?",
          ((_RETURN, "return w.float(), m.float(), v.float()"),),
          claim=returns_type(ADAM_STEP.call(), torch.Tensor, dtype=torch.float32)),
    Wrong("adam", "float64-returned", "returns float64, whatever the inputs are",
          "What you return is float64 although w is float32. Which dtype should it have?",
          (("return w, m, v", "return w.double(), m.double(), v.double()"),),
          claim=returns_type(ADAM_STEP.single(), torch.Tensor, dtype=torch.float64)),
    Wrong("adam", "numpy", "returns NumPy arrays, or lists",
          "What comes back are NumPy arrays or lists; they should be tensors.",
          (("return w, m, v", "return w.numpy(), m.numpy(), v.numpy()"),),
          also=((("return w, m, v", "return w.tolist(), m.tolist(), v.tolist()"),),),
          claim=returns_type(ADAM_STEP.call(), np.ndarray, float)),
    Wrong("adam", "nothing-returned", "returns nothing",
          "Your function returns nothing: is return missing?",
          (("return w, m, v", "w, m, v"),), claim=returns_nothing(ADAM_STEP.call())),
    Wrong("adam", "own-counter", "counts the steps by itself",
          "Your function counts its calls: the t you are given doesn't count.",
          code="steps = 0\n" + _HEAD + f"""    global steps
    steps += 1
    {_M}
    {_V}
    m_hat = m / (1 - beta_1**steps)
    v_hat = v / (1 - beta_2**steps)
    {_W}
    {_RETURN}
""", claim=of_adam.t_ignored),
    Wrong("adam", "unsteady", "not the same twice for the same inputs: random, or kept from call to call",
          "Your function doesn't give the same answer twice for the same inputs: does it draw random numbers, or keep "
          "something from call to call?",
          (("(1 - beta_1) * grad", "(1 - beta_1) * (grad + 0.01 * torch.randn_like(grad))"),),
          symptom=Symptom.UNSTEADY, claim=unsteady(ADAM_STEP.call())),
    Wrong("adam", "optimiser", "torch.optim does it",
          "This question asks for the step itself, without torch.optim.",
          code=_HEAD + """    weights = torch.nn.Parameter(w.clone())
    weights.grad = grad.clone()
    optimiser = torch.optim.Adam([weights], lr=eta, betas=(beta_1, beta_2), eps=epsilon)
    optimiser.state[weights] = {"step": torch.tensor(float(t - 1)), "exp_avg": m, "exp_avg_sq": v}
    optimiser.step()
    return weights.detach(), m, v
""", cause=Cause.OPTIMISER, claim=uses(ADAM_STEP.call(), r"^torch\.optim\b")),
    Wrong("adam", "hangs", "never returns",
          "Your function does not come back: look at what ends its loop.",
          code=_HEAD + """    while t > 0:
        m = beta_1 * m + (1 - beta_1) * grad
    return w, m, v
""", cause=Cause.HANG, claim=never_returns(ADAM_STEP.call())),
    Wrong("adam", "memory", "asks for ever more memory",
          "Your function asks for ever more memory: what do you keep from step to step?",
          code=_HEAD + """    kept = []
    while True:
        kept.append(torch.empty(10_000_000))
""", cause=Cause.MEMORY, claim=of_adam.keeps_more_and_more),
    Wrong("adam", "step-alone", "the step is returned in place of the weights",
          "What you return in place of w is the step alone. From where is it taken?",
          ((_W, _W.replace("w = w - ", "w = ")),), also=(((_W, _W.replace("w = w - ", "w = -")),),),
          claim=of_step(ADAM_STEP)(steps.weights_ignored)),
    Wrong("adam", "other-form", "something else than w, m and v comes back",
          "What comes back isn't what was asked for: three tensors, w, m and v, in this order, and nothing else.",
          ((_RETURN, "return w, m, v, t"),), also=(((_RETURN, 'return {"w": w, "m": m, "v": v}'),),),
          looks=looks.OtherForm(), claim=seen_again(looks.OtherForm(), ADAM_STEP.name, ADAM_STATES)),
    Wrong("adam", "left-out", "some weights stay as they are",
          "Some of your weights stay as they are, the others move as they should. Which ones do you leave out?",
          ((_W, f"old = w\n    {_W}\n    w = torch.where(grad != 0, w, old)"),), looks=looks.LeftOut(step=True),
          claim=seen_again(looks.LeftOut(step=True), ADAM_STEP.name, ADAM_STATES)),
    Wrong("adam", "other-size", "the step is a multiple of the right one",
          "Your running means are right, and your step has the right direction, but not the right size. What do you "
          "multiply it by?",
          (("eta * m_hat", "eta / len(w) * m_hat"),), looks=looks.Multiple(step=True),
          claim=seen_again(looks.Multiple(step=True), ADAM_STEP.name, ADAM_STATES)),
    Wrong("adam", "w-wrong", "m and v are right, w isn't",
          "Your m and v are right, your w isn't. Compare the lines between them and w with the formula, sign by sign.",
          (("eta * m_hat", "eta * m_hat.abs()"),), looks=looks.OnlyPartWrong(0, right=(1, 2)),
          claim=seen_again(looks.OnlyPartWrong(0, right=(1, 2)), ADAM_STEP.name, ADAM_STATES)),
    Wrong("adam", "v-wrong", "m is right, v isn't",
          "Your m is right, your v isn't. Compare its line with the formula before you look at w.",
          (("grad**2", "(grad**2).sum()"),), looks=looks.OnlyPartWrong(2, right=(1,)),
          claim=seen_again(looks.OnlyPartWrong(2, right=(1,)), ADAM_STEP.name, ADAM_STATES)),
    Wrong("adam", "m-wrong", "v is right, m isn't",
          "Your v is right, your m isn't. Compare its line with the formula before you look at w.",
          ((_M, "m = beta_1 * m + (1 - beta_1) * grad.sum()"),), looks=looks.OnlyPartWrong(1, right=(2,)),
          claim=seen_again(looks.OnlyPartWrong(1, right=(2,)), ADAM_STEP.name, ADAM_STATES)),
)  # fmt: skip
