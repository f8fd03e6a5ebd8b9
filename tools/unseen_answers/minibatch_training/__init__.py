"""Answers to ``minibatch_training``."""

from tools.unseen_answers.minibatch_training import batches, fit, losses, modules, right

ANSWERS = (*losses.WRONG, *modules.WRONG, *batches.WRONG, *fit.WRONG, *right.RIGHT)
