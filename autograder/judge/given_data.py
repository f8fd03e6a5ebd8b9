"""Which data sets student kernels are given, and in which form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.settings import data_folder

if TYPE_CHECKING:  # it takes torch along
    from autograder.judge.training.data_set import DataSet


def with_data_sets(folders: Sequence[str], config: Config) -> Config:
    """Return the configuration of student kernels that can read these folders of data sets, and no other."""
    return Config(
        {**config, "StudentProvisioner": {**config.get("StudentProvisioner", {}), "data_sets": list(folders)}}
    )


def given_folders(assignment: Assignment | None, config: Config) -> list[str]:
    """Return the folders of the data sets that an assignment asks for, whether they are there or not.

    What training is judged by is not in them: a data set that a recipe trains on is given as that one has prepared it.
    Nothing is downloaded. Raises CannotJudge where files of the assignment are of no use.
    """
    if assignment is None:
        return []
    names = assignment.data_sets
    trained = {recipe.data.name: recipe.data for recipe in assignment.recipes.values()} if names else {}
    return [str(_folder(name, trained.get(name), config)) for name in names]


def _folder(name: str, trained: DataSet | None, config: Config) -> Path:
    if trained is not None:
        try:
            data = trained.at_hand(config)
            return data.folder / data.part
        except CannotJudge:  # the questions that train will say so
            pass
    return data_folder(config) / name
