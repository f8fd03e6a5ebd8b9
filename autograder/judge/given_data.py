"""Which data sets student kernels are given, and in which form."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.training.data_set import DataSet
from autograder.judge.training.training_data import data_folder


def with_data_sets(assignment: Assignment | None, config: Config) -> Config:
    """Return the configuration of student kernels that can read the data sets an assignment asks for, and no other.

    What training is judged by is not in them: a data set that a recipe trains on is given as that one has prepared it.
    Nothing is downloaded. Raises CannotJudge where files of the assignment are of no use.
    """
    folders = [] if assignment is None else _folders(assignment, config)
    return Config({**config, "StudentProvisioner": {**config.get("StudentProvisioner", {}), "data_sets": folders}})


def _folders(assignment: Assignment, config: Config) -> list[str]:
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
