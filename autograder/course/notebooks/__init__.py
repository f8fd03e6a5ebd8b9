"""Notebooks as nbformat and nbgrader know them: cells, their roles, what of them may be shown."""
