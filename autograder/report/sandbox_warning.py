"""What is said where students' code ran without the sandbox: to students, and to the instructor."""

FOR_STUDENTS = (
    "The sandbox was off: this notebook ran without protection, with the grader's own rights. "
    "Treat these results with care."
)
FOR_INSTRUCTORS = "The sandbox was off (c.StudentProvisioner.sandbox): students' code could reach this whole machine."
