"""Every example in a docstring is true."""

import doctest
import importlib
import pkgutil

import pytest

import quilowatt

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(quilowatt.__path__, "quilowatt.")
    if "migrations" not in module.name and not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.failed == 0
