"""What helps the author of an assignment: the audit of its tests, simulated classes, calibration."""
