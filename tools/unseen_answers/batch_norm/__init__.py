"""Answers to ``batch_norm``, written before what the registry says of them was known."""

from tools.unseen_answers.batch_norm import (
    conv_net,
    evaluate,
    fourth,
    function,
    gradient,
    layer_output,
    layer_statistics,
    numbers,
    right_course_layers,
    right_courses,
    right_functions,
    right_layers,
    right_networks,
    third_functions,
    third_networks,
)

ANSWERS = (
    *numbers.WRONG,
    *function.WRONG,
    *gradient.WRONG,
    *layer_output.WRONG,
    *layer_statistics.WRONG,
    *conv_net.WRONG,
    *evaluate.WRONG,
    *third_functions.WRONG,
    *third_networks.WRONG,
    *fourth.WRONG,
    *right_functions.RIGHT,
    *right_layers.RIGHT,
    *right_networks.RIGHT,
    *right_courses.RIGHT,
    *right_course_layers.RIGHT,
)
