"""The course, as nbgrader sees it. All limits can be set here: see `nbgrader autograde --help-all` and the README."""

from autograder.course.install import install

c = get_config()  # noqa: F821 - nbgrader puts it there
install(c)

c.CourseDirectory.course_id = "autograder"
