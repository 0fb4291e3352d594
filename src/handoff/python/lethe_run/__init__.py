"""Repeats a plan of Lethe in PyTorch: the same order of examples, the same methods, the same measures."""
