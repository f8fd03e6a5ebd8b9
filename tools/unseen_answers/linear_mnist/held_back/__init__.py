"""Answers that are kept out of all rules and registries: written before anybody saw what is made of them."""

from tools.unseen_answers.linear_mnist.held_back import adam, ce_loss, grad_func, right, sgd_momentum

ANSWERS = (*ce_loss.WRONG, *grad_func.WRONG, *sgd_momentum.WRONG, *adam.WRONG, *right.RIGHT)
