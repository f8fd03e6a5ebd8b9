"""Loss and accuracy by epoch as a picture: the student's runs, and the band in which the right answer runs."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

from autograder.judge.evidence import Curve, TrainingResult

_SPREADS = 3.0  # standard deviations from the band's middle to its edges
_DPI = 110
_OWN, _HELPED = "#cf222e", "#0969da"  # colours of runs: with the student's answers alone, and with right ones
_MOST = {"loss": 2.5, "accuracy": 101.0}  # a run that diverges leaves the picture: by guessing the loss is log 10
_LEFT_TO_SHOW = 0.05  # of an axis, above and below what matters


def picture(training: TrainingResult) -> bytes:
    """Return validation loss and accuracy, after the first epoch, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # half a second, which only a picture is worth
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 2.7), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw(left, training, "loss", 1.0)
    _draw(right, training, "accuracy", 100.0)
    left.set_title("Validation loss", fontsize=9)
    right.set_title("Validation accuracy / %", fontsize=9)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    png = io.BytesIO()
    figure.savefig(png, dpi=_DPI, format="png", metadata={"Software": None})
    return png.getvalue()


def picture_html(training: TrainingResult) -> str:
    """Return the picture as an HTML element that needs nothing from outside."""
    data = base64.b64encode(picture(training)).decode()
    return (
        f'<img alt="Validation loss and accuracy by epoch" style="max-width:100%" src="data:image/png;base64,{data}">'
    )


def table_lines(training: TrainingResult) -> list[str]:
    """Return the same in numbers, a line per run."""
    lines = []
    for curve in training.curves:
        last = len(curve.loss) - 1
        judged = ", which counts" if curve.judged and len(training.curves) > 1 else ""
        end = f"loss {curve.loss[-1]:.4f}, accuracy {curve.accuracy[-1]:.2%} on the validation images"
        text = f"Trained with {_what(curve)}, eta = {curve.eta:g}{judged}"
        lines.append(f"{text}: after {last} {'epoch' if last == 1 else 'epochs'} {end}.")
        lines += [f"  {curve.stopped}"] if curve.stopped else []
    if training.band is not None:
        band = training.band
        wanted = f"loss at most {band.most_loss[-1]:.4f}, accuracy at least {band.least_accuracy[-1]:.2%}"
        lines.append(f"Asked for after {len(band.loss) - 1} epochs on {training.data}: {wanted}.")
    return lines


def _what(curve: Curve) -> str:
    if not curve.replaced:
        return "your own answers"
    return f"the right {_and(curve.replaced)} in place of yours"


def _label(curve: Curve) -> str:
    return f"with the right {_and(curve.replaced)}" if curve.replaced else "with your own answers"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _draw(axes: Any, training: TrainingResult, what: str, scale: float) -> None:
    low, high = [], []
    band = training.band
    if band is not None and len(band.loss) > 1:
        middle, spread = getattr(band, what)[1:], getattr(band, f"{what}_spread")[1:]
        low = [scale * (value - _SPREADS * off) for value, off in zip(middle, spread, strict=True)]
        high = [scale * (value + _SPREADS * off) for value, off in zip(middle, spread, strict=True)]
        epochs = range(1, len(middle) + 1)
        axes.fill_between(epochs, low, high, color="#1a7f37", alpha=0.25, linewidth=0, label="right answers")
        limit = band.most_loss if what == "loss" else band.least_accuracy
        axes.plot(epochs, [scale * value for value in limit[1:]], ":", color="#59636e", label="asked for")
    for curve in training.curves:
        values = [scale * value for value in getattr(curve, what)[1:]]
        epochs = range(1, len(values) + 1)
        axes.plot(epochs, values, ".-", color=_HELPED if curve.replaced else _OWN, label=_label(curve))
        low, high = [*low, *values], [*high, *values]
    axes.set_xlabel("epoch", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if low:
        room = _LEFT_TO_SHOW * (max(high) - min(low)) or 1e-3
        axes.set_ylim(min(low) - room, min(max(high) + room, _MOST[what]))
