"""What is handed out to students, and whether it is fit to be."""
