"""Where there is no GPU, whoever asks for one is told so in words."""

from __future__ import annotations

from typing import Any

import torch


def say_so() -> None:
    """Have torch say that there is no GPU: by itself it would say that one can't be used in a forked process."""
    settle = torch.set_default_tensor_type

    def set_default_tensor_type(t: Any) -> None:
        if "cuda" in str(t):  # torch takes it, and can't make a tensor any more
            _refuse()
        settle(t)

    made: Any = torch
    made.cuda._lazy_init = _refuse
    made.set_default_tensor_type = set_default_tensor_type


def _refuse() -> None:
    raise RuntimeError("there is no GPU here, this runs on the CPU: use the device of what is given (w.device)")
