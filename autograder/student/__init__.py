"""The student side: what runs, and what keeps it in. Everything here may be read by a student."""
