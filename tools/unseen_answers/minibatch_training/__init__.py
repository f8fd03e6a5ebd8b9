"""Answers to ``minibatch_training``."""

from tools.unseen_answers.minibatch_training import (
    batches,
    fifth_data,
    fifth_fit,
    fifth_functions,
    fifth_loaders,
    fifth_modules,
    fifth_sequentials,
    fit,
    fourth,
    later_classes,
    later_functions,
    losses,
    modules,
    right,
    right_batches,
    right_classes,
    right_functions,
    third_batches,
    third_classes,
    third_functions,
)

FIRST = (*losses.WRONG, *modules.WRONG, *batches.WRONG, *fit.WRONG)
LATER = (*later_functions.WRONG, *later_classes.WRONG)
THIRD = (*third_functions.WRONG, *third_classes.WRONG, *third_batches.WRONG)
FIFTH = (
    *fifth_functions.WRONG,
    *fifth_modules.WRONG,
    *fifth_sequentials.WRONG,
    *fifth_data.WRONG,
    *fifth_loaders.WRONG,
    *fifth_fit.WRONG,
)
RIGHT = (*right.RIGHT, *right_functions.RIGHT, *right_classes.RIGHT, *right_batches.RIGHT)
ANSWERS = (*FIRST, *LATER, *THIRD, *fourth.WRONG, *FIFTH, *RIGHT)
