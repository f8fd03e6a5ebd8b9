"""The judge side for a class: submissions in, evidence out; and a simulated class to try it on."""
