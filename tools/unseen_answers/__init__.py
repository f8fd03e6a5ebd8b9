"""Answers that no registry has, by assignment, and what is true of each: are the hints true?"""
