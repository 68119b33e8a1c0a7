"""Every run of the suite draws the same examples, and a busy machine fails none of them."""

from hypothesis import settings

settings.register_profile("quilowatt", derandomize=True, deadline=None)
settings.load_profile("quilowatt")
