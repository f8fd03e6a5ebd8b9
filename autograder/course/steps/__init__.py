"""nbgrader's steps (preprocessors) that are this project's own."""
