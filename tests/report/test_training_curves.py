"""Training in pictures and words."""

import base64
import dataclasses
import io
import re

import pytest
from PIL import Image

from autograder.judge.evidence import Band, Curve, Outcome, QuestionResult, TestResult, TrainingResult
from autograder.report.render_results import question_html, question_text
from autograder.report.training_curves import picture

BAND = Band((2.3, 0.5, 0.3), (0, 0.01, 0.01), (0.1, 0.85, 0.9), (0, 0.01, 0.01), (0.1, 0.8, 0.86), (2.3, 0.55, 0.35))
OWN = Curve((), 0.1, (2.3, 4.0), (0.1, 0.2), (2.3, 4.1), (0.1, 0.2), 750, "After epoch 1 it was worse.")
GIVEN = Curve(
    ("grad_func",), 0.1, (2.3, 0.5, 0.31), (0.1, 0.84, 0.9), (2.3, 0.5, 0.3), (0.1, 0.85, 0.91), 1500, "", True
)
TRAINING = TrainingResult("MNIST", "cpu", (OWN, GIVEN), BAND)
TEST = TestResult("t", "It gets far.", Outcome.PASSED, 2.0, 2.0)
QUESTION = QuestionResult("converge_adam", "test_converge_adam", 2.0, (TEST,), "", TRAINING)


def test_the_text_has_the_numbers():
    assert question_text(QUESTION, "namespaces").splitlines()[2:] == [
        "  Trained with your own answers, eta = 0.1: after 1 epoch loss 4.0000, accuracy 20.00% on the validation "
        "images.",
        "  After epoch 1 it was worse.",
        "  Trained with the right grad_func in place of yours, eta = 0.1, which counts: after 2 epochs loss 0.3100, "
        "accuracy 90.00% on the validation images.",
        "  Asked for after 2 epochs on MNIST: loss at most 0.3500, accuracy at least 86.00%.",
    ]  # fmt: skip


def test_the_html_has_the_picture():
    html = question_html(QUESTION, "namespaces")
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert image.format == "PNG" and image.size > (600, 250)
    colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    assert (9, 105, 218) in colours  # the run with the right gradient


def test_the_picture_is_the_same_every_time():
    assert picture(TRAINING) == picture(TRAINING)


@pytest.mark.parametrize("training", [
    dataclasses.replace(TRAINING, band=None),
    dataclasses.replace(TRAINING, curves=()),
    dataclasses.replace(TRAINING, curves=(Curve((), 0.1, (2.3,), (0.1,), (2.3,), (0.1,), 3, "NaN."),), band=None),
], ids=["no-band", "no-curve", "no-epoch"])  # fmt: skip
def test_something_may_be_missing(training):
    assert picture(training).startswith(b"\x89PNG")
