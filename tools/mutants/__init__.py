"""Do the tests notice? Small faults are put into the code, and the tests of their area are run on each."""
