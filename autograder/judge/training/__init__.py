"""Questions that are judged by training with the student's answers."""
