"""The judge side for one notebook: the pytest session that calls the student's functions and writes the evidence."""
