"""Detectors of what a customer should hear about: pure functions over arrays."""
