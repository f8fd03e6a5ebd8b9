"""Named wrong answers to the question for gradient descent with momentum."""

from __future__ import annotations

import numpy as np
import torch

from autograder.judge.diagnosis import looks
from autograder.judge.diagnosis.claims import float32_only, returns_nothing, returns_type, unsteady, uses
from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from . import claims_of_momentum as of_momentum
from . import claims_of_steps as steps
from .claims_of_looks import SGD_STATES, seen_again
from .claims_of_momentum import SGD
from .claims_of_steps import of_step
from .wrong_parts import CONVERTS, DECAYS, FLAT

_SGD_M, _SGD_W = "m = beta * m + grad", "w = w - eta * m"
_SGD = f"{_SGD_M}\n    {_SGD_W}"

WRONG = (
    Wrong("sgd_momentum", "ema", "averages the gradient: (1 − beta) in front of it",
          "You average the gradients: something stands before grad that the formula doesn't have.",
          (("+ grad", "+ (1 - beta) * grad"),), claim=of_momentum.averages),
    Wrong("sgd_momentum", "step-first", "takes the step before the momentum is updated",
          "You step with the old momentum. Which of the two comes first?",
          ((_SGD, f"{_SGD_W}\n    {_SGD_M}"),), claim=of_momentum.steps_with_old_momentum),
    Wrong("sgd_momentum", "sign", "climbs instead of descending",
          "You walk uphill: check the sign of the step.",
          (("w - eta", "w + eta"),), claim=of_momentum.uphill),
    Wrong("sgd_momentum", "no-momentum", "plain gradient descent: the momentum doesn't come into the step",
          "Your step doesn't use the momentum. What does w move along?",
          ((_SGD_W, "w = w - eta * grad"),), also=(((_SGD, "w = w - eta * grad"),),),
          claim=of_momentum.without_momentum),
    Wrong("sgd_momentum", "nesterov", "Nesterov's momentum",
          "That is Nesterov's momentum: your step looks one step ahead. The question asks for the classical one.",
          ((_SGD_W, "w = w - eta * (grad + beta * m)"),),
          also=(((_SGD, "m = beta * m + eta * grad\n    w = w - (beta * m + eta * grad)"),),
                ((_SGD, "m = beta * m - eta * grad\n    w = w + beta * m - eta * grad"),)),
          claim=of_momentum.looks_ahead),
    Wrong("sgd_momentum", "rate-inside", "the learning rate is inside the momentum",
          "Your learning rate is part of the momentum, so that it stays there when eta changes. Where does it belong?",
          ((_SGD, "m = beta * m + eta * grad\n    w = w - m"),),
          also=(((_SGD, "m = beta * m - eta * grad\n    w = w + m"),),), claim=of_momentum.rate_in_momentum),
    Wrong("sgd_momentum", "negative-momentum", "the momentum has the wrong sign",
          "Your momentum has the wrong sign. Compare the sign of grad in it with the formula's.",
          (("+ grad", "- grad"),), also=(((_SGD, "m = beta * m - grad\n    w = w + eta * m"),),),
          claim=of_momentum.momentum_negative),
    Wrong("sgd_momentum", "gradient-lost", "the gradient never gets into the momentum",
          "Your momentum only shrinks: the gradient never gets into it. What becomes of the result of your sum?",
          ((_SGD_M, "m = beta * m"),), claim=of_momentum.only_shrinks),
    Wrong("sgd_momentum", "swapped-returns", "returns m and w in the wrong order",
          "You return the right things in the wrong order.",
          (("return w, m", "return m, w"),), claim=of_step(SGD)(steps.swapped)),
    Wrong("sgd_momentum", "old-momentum-returned", "returns the momentum as it was before",
          "Your momentum comes back as it went in: what will the next step know of this one?",
          ((_SGD, "w = w - eta * (beta * m + grad)"),), claim=of_step(SGD)(steps.moments_stay)),
    Wrong("sgd_momentum", "old-weights-returned", "returns the weights as they were before",
          "Your weights come back as they went in. Where does the step go?",
          ((_SGD_W, ""),), claim=of_step(SGD)(steps.weights_stay)),
    Wrong("sgd_momentum", "only-weights", "returns w alone",
          "Your function returns one thing; what does the next step need beside w?",
          (("return w, m", "return w"),), claim=steps.comes_alone(SGD)),
    Wrong("sgd_momentum", "beta-forgotten", "the old momentum is kept whole",
          "The old momentum never fades in your formula. Where does beta come in?",
          ((_SGD_M, "m = m + grad"),), claim=of_momentum.never_fades),
    Wrong("sgd_momentum", "momentum-forgotten", "the old momentum is dropped",
          "The old momentum doesn't come into the new one.",
          ((_SGD_M, "m = grad"),), claim=of_momentum.old_momentum_dropped),
    Wrong("sgd_momentum", "beta-exchanged", "beta stands before the gradient, or 1 − beta before the momentum",
          "Your beta stands in the wrong place: which of the two does it multiply?",
          ((_SGD_M, "m = (1 - beta) * m + beta * grad"),),
          also=(((_SGD_M, "m = m + beta * grad"),), ((_SGD_M, "m = (1 - beta) * m + grad"),)),
          claim=of_momentum.beta_misplaced),
    Wrong("sgd_momentum", "beta-before-both", "beta multiplies the gradient, too",
          "Your beta multiplies the gradient as well. What does it stand for?",
          (("beta * m + grad", "beta * (m + grad)"),), claim=of_momentum.beta_before_both),
    Wrong("sgd_momentum", "gradient-twice", "the gradient is added to the step once more",
          "The gradient comes into your step twice.",
          ((_SGD_W, "w = w - eta * (m + grad)"),), claim=of_momentum.gradient_twice),
    Wrong("sgd_momentum", "rate-squared", "the learning rate comes in twice",
          "The learning rate comes into your step twice.",
          ((_SGD_W, "w = w - eta**2 * m"),),
          also=(((_SGD, "m = beta * m + eta * grad\n    w = w - eta * m"),),), claim=of_momentum.rate_squared),
    Wrong("sgd_momentum", "rate-forgotten", "the learning rate doesn't come in",
          "Your step doesn't depend on the learning rate.",
          ((_SGD_W, "w = w - m"),), claim=of_momentum.rate_ignored),
    Wrong("sgd_momentum", "rate-fixed", "the learning rate is a number in the code",
          "Your step doesn't change with eta: is there a number in its place?",
          ((_SGD_W, "w = w - K * m"),), numbers=(0.01, 0.1, 0.001, 0.02, 0.05, 0.5), claim=of_momentum.rate_ignored),
    Wrong("sgd_momentum", "beta-fixed", "beta is a number in the code",
          "Your momentum doesn't change with beta: is there a number in its place?",
          ((_SGD_M, "m = K * m + grad"),), numbers=(0.9, 0.5, 0.99, 0.95, 0.8), claim=of_momentum.beta_ignored),
    Wrong("sgd_momentum", "zero-beta-replaced", "another number takes the place of a beta of 0",
          "Where beta is 0 you take another number in its place. Which numbers count as False in Python?",
          ((_SGD_M, "m = (beta or K) * m + grad"),), numbers=(0.9, 0.5, 0.99, 0.95),
          claim=of_momentum.zero_beta_replaced),
    Wrong("sgd_momentum", "rate-and-beta-exchanged", "eta and beta are exchanged",
          "Your two settings have exchanged their places: which of them belongs to the momentum?",
          ((_SGD, "m = eta * m + grad\n    w = w - beta * m"),), claim=of_momentum.settings_exchanged),
    Wrong("sgd_momentum", "dampening", "the gradient is dampened by a fixed factor",
          "The gradient comes into your momentum with a fixed factor that the formula doesn't have.",
          ((_SGD_M, "m = beta * m + K * grad"),), numbers=(0.1, 0.5, 0.9, 2, 0.01), claim=of_momentum.dampened),
    Wrong("sgd_momentum", "weight-decay", "weight decay is added",
          "Your weights change by themselves: something in your step grows with w.",
          ((_SGD_M, "m = beta * m + grad + K * w"),),
          also=(((_SGD_W, "w = w - eta * m - eta * K * w"),),), numbers=DECAYS, claim=of_momentum.weights_change),
    Wrong("sgd_momentum", "normalised", "the gradient is divided by its norm",
          "Only the direction of your gradient counts: do you divide by its norm?",
          ((_SGD_M, "m = beta * m + grad / grad.norm()"),), claim=of_momentum.direction_only),
    Wrong("sgd_momentum", "clipped", "large gradients are cut off",
          "Large entries of the gradient are cut off: do you clip it?",
          ((_SGD_M, "m = beta * m + grad.clamp(-K, K)"),), numbers=(1, 0.5, 0.1, 5, 10), claim=of_momentum.cut_off),
    Wrong("sgd_momentum", "stops-where-flat", "does nothing where the gradient is nearly zero",
          "Where the gradient is nearly zero you leave everything as it is. What does the momentum do there?",
          (("    m = beta", "    if grad.norm() < K:\n        return w, m\n    m = beta"),), numbers=FLAT,
          claim=of_step(SGD)(steps.stops_where_flat)),
    Wrong("sgd_momentum", "twice", "takes the step twice",
          "Your step is taken twice: is w changed in two places?",
          ((_SGD_W, f"{_SGD_W}\n    {_SGD_W}"),), claim=of_momentum.taken_twice),
    Wrong("sgd_momentum", "changes-input", "changes grad in place",
          "Your function changes grad. Which of your operations work in place?",
          (("beta * m + grad", "grad.add_(beta * m)"),), symptom=Symptom.CHANGED, claim=SGD.changes_gradient()),
    Wrong("sgd_momentum", "momentum-is-grad", "the first momentum is grad itself, and changes in the next step",
          "The momentum that you return in the first step is the tensor grad itself, and your next step changes it in "
          "place. What could you make of grad first?",
          ((_SGD_M, "m = m.mul_(beta).add_(grad) if m.any() else grad"),), claim=of_momentum.first_is_gradient),
    Wrong("sgd_momentum", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("beta * m + grad", "(beta * m.float() + grad.float()).to(w.dtype)"),), symptom=Symptom.FLOAT32,
          written_with=CONVERTS, claim=float32_only(SGD.nudged)),
    Wrong("sgd_momentum", "float32-returned", "returns float32, whatever the inputs are",
          "What you return is float32 although w is float64. Which dtype should it have?",
          (("return w, m", "return w.float(), m.float()"),),
          claim=returns_type(SGD.call(), torch.Tensor, dtype=torch.float32)),
    Wrong("sgd_momentum", "float64-returned", "returns float64, whatever the inputs are",
          "What you return is float64 although w is float32. Which dtype should it have?",
          (("return w, m", "return w.double(), m.double()"),),
          claim=returns_type(SGD.single(), torch.Tensor, dtype=torch.float64)),
    Wrong("sgd_momentum", "numpy", "returns NumPy arrays, or lists",
          "What comes back are NumPy arrays or lists; they should be tensors.",
          (("return w, m", "return w.numpy(), m.numpy()"),),
          also=((("return w, m", "return w.tolist(), m.tolist()"),),),
          claim=returns_type(SGD.call(), np.ndarray, float)),
    Wrong("sgd_momentum", "nothing-returned", "returns nothing",
          "Your function returns nothing: is return missing?",
          (("return w, m", "w, m"),), claim=returns_nothing(SGD.call())),
    Wrong("sgd_momentum", "global-momentum", "keeps the momentum in a global variable",
          "Your momentum is kept outside the function: the m you are given doesn't count.",
          code="""
velocity = 0
def sgd_momentum_step(w, m, grad, eta, beta):
    global velocity
    if getattr(velocity, "shape", None) != grad.shape:
        velocity = torch.zeros_like(grad)
    velocity = beta * velocity + grad
    return w - eta * velocity, velocity
""", claim=of_momentum.given_momentum_ignored),
    Wrong("sgd_momentum", "unsteady", "not the same twice for the same inputs: random, or kept from call to call",
          "Your function doesn't give the same answer twice for the same inputs: does it draw random numbers, or keep "
          "something from call to call?",
          ((_SGD_M, f"{_SGD_M} + 0.01 * torch.randn_like(grad)"),), symptom=Symptom.UNSTEADY,
          claim=unsteady(SGD.call())),
    Wrong("sgd_momentum", "optimiser", "torch.optim does it",
          "This question asks for the step itself, without torch.optim.",
          code="""
def sgd_momentum_step(w, m, grad, eta, beta):
    weights = torch.nn.Parameter(w.clone())
    weights.grad = grad.clone()
    optimiser = torch.optim.SGD([weights], lr=eta, momentum=beta)
    optimiser.state[weights]["momentum_buffer"] = m
    optimiser.step()
    return weights.detach(), m
""", cause=Cause.OPTIMISER, claim=uses(SGD.call(), r"^torch\.optim\b")),
    Wrong("sgd_momentum", "step-alone", "the step is returned in place of the weights",
          "What you return in place of w is the step alone. From where is it taken?",
          ((_SGD_W, "w = eta * m"),), also=(((_SGD_W, "w = -eta * m"),),), claim=of_step(SGD)(steps.weights_ignored)),
    Wrong("sgd_momentum", "other-form", "something else than w and m comes back",
          "What comes back isn't what was asked for: two tensors, w and m, in this order, and nothing else.",
          (("return w, m", "return w, m, grad"),), also=((("return w, m", 'return {"w": w, "m": m}'),),),
          looks=looks.OtherForm(), claim=seen_again(looks.OtherForm(), SGD.name, SGD_STATES)),
    Wrong("sgd_momentum", "left-out", "some weights stay as they are",
          "Some of your weights stay as they are, the others move as they should. Which ones do you leave out?",
          ((_SGD_W, "w = torch.where(grad != 0, w - eta * m, w)"),), looks=looks.LeftOut(step=True),
          claim=seen_again(looks.LeftOut(step=True), SGD.name, SGD_STATES)),
    Wrong("sgd_momentum", "same-step", "all weights move by the same",
          "All your weights move by the same number. Which step does each of them have in the formula?",
          ((_SGD_W, "w = w - eta * m.mean()"),), looks=looks.SameStep(),
          claim=seen_again(looks.SameStep(), SGD.name, SGD_STATES)),
    Wrong("sgd_momentum", "other-size", "the step is a multiple of the right one",
          "Your momentum is right, and your step has the right direction, but not the right size. By what do you "
          "multiply m before you take it off w?",
          ((_SGD_W, "w = w - eta / len(w) * m"),), looks=looks.Multiple(step=True),
          claim=seen_again(looks.Multiple(step=True), SGD.name, SGD_STATES)),
    Wrong("sgd_momentum", "w-wrong", "m is right, w isn't",
          "Your m is right, your w isn't. Compare the line in which w changes with the formula, sign by sign.",
          ((_SGD_W, "w = w - eta * m.sign()"),), looks=looks.OnlyPartWrong(0, right=(1,)),
          claim=seen_again(looks.OnlyPartWrong(0, right=(1,)), SGD.name, SGD_STATES)),
    Wrong("sgd_momentum", "m-wrong", "w is right, m isn't",
          "Your w is right, and the m that you return isn't. What do you do to m beside, or after, moving w?",
          ((_SGD, "m = eta * (beta * m + grad)\n    w = w - m"),), looks=looks.OnlyPartWrong(1, right=(0,)),
          claim=seen_again(looks.OnlyPartWrong(1, right=(0,)), SGD.name, SGD_STATES)),
)  # fmt: skip
