"""Answers to ``linear_mnist`` that the registry doesn't have, and what is true of each: are the hints true?"""
