"""The course: the only place that knows nbgrader."""
