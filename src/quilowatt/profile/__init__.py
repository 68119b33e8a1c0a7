"""Registers to load profile: pure functions over arrays."""
