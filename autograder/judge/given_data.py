"""Which data sets student kernels are given, and in which form."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from traitlets.config import Config

from autograder.judge.errors import CannotJudge
from autograder.judge.training.training_data import MNIST_OR_DIGITS, data_folder

_PREPARED = {one.name: one for one in (MNIST_OR_DIGITS,)}  # those that training may be judged by


def with_data_sets(names: Iterable[str], config: Config) -> Config:
    """Return the configuration of student kernels that can read these data sets, and no other.

    ``names`` are torchvision's. What training may be judged by is not in them. Nothing is downloaded.
    """
    folders = [str(_folder(name, config)) for name in names]
    return Config({**config, "StudentProvisioner": {**config.get("StudentProvisioner", {}), "data_sets": folders}})


def _folder(name: str, config: Config) -> Path:
    if name in _PREPARED:
        try:
            data = _PREPARED[name].at_hand(config)
            return data.folder / data.part
        except CannotJudge:  # the questions that train will say so
            pass
    return data_folder(config) / name
