"""What students get beside their notebook: nothing here is run by the grader, and nothing here is a secret.

``mnist.py`` is handed out as it is. Each assignment's ``selfcheck.py`` is made of the modules in ``selfcheck`` and of
the assignment's own ``checks.py`` (see ``authoring/selfcheck_file``).
"""
