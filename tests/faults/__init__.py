"""The fault scoreboard: the same months, clean and through every fault, against the truth.

`python -m faults` in `tests/` prints it; the suite holds its required numbers.
"""
