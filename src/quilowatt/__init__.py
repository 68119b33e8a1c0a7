"""quilowatt: the open metering system whose bill is always right and can prove it."""

__version__ = "0.1.0"
