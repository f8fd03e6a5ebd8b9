"""The self-check's engine, in modules: `nbgrader generate_assignment` makes one file of them and of `checks.py`.

They run on students' machines, with Python 3.9 or newer and torch. Each imports only modules before it in ``ORDER``.
"""

ORDER = (
    *("start", "questions", "notebook"),  # what checks.py needs, and what it may set; checks.py itself comes next
    *("comparing", "calls", "sums", "files", "student_lines", "rules", "judging", "telling", "in_notebook"),
    *("cells", "running", "report", "command"),
)
CHECKS_AFTER = "notebook"
