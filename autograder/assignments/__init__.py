"""What right and wrong mean, one folder per assignment. Imported by the judge alone; never on the student side."""
