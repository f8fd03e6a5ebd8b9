"""Answers to ``linear_mnist``."""

from tools.unseen_answers.linear_mnist import adam, ce_loss, fourth, grad_func, right, sgd_momentum

ANSWERS = (*ce_loss.WRONG, *grad_func.WRONG, *sgd_momentum.WRONG, *adam.WRONG, *fourth.WRONG, *right.RIGHT)
