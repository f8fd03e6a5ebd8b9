"""Answers to ``minibatch_training``."""

from tools.unseen_answers.minibatch_training import batches, fit, later_classes, later_functions, losses, modules, right

FIRST = (*losses.WRONG, *modules.WRONG, *batches.WRONG, *fit.WRONG)
ANSWERS = (*FIRST, *later_functions.WRONG, *later_classes.WRONG, *right.RIGHT)
