"""Grade machine-learning notebooks: the student's code runs on one side, the hidden tests on the other."""
