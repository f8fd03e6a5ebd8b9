"""nbgrader's database: what it holds, what is due, and what is written to it."""
