"""The first difference of two records is named by its path."""

from quilowatt.billing.differences import first_difference


def test_equal_records_have_none():
    assert first_difference({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) is None


def test_the_first_in_order_is_named():
    found = first_difference({"a": 1, "b": [{"c": "x"}, 2]}, {"b": [{"c": "y"}, 3], "a": 1})
    assert (found.path, found.expected, found.found) == (("b", 0, "c"), "x", "y")


def test_what_is_missing_and_what_is_more_are_differences():
    assert first_difference([1, 2], [1]).path == (1,)
    assert first_difference([1], [1, 2]).found == 2
    assert first_difference({"a": 1}, {}).expected == 1
    assert first_difference({}, {"a": 1}).path == ("a",)


def test_kinds_of_values_differ():
    assert first_difference({"a": 1}, {"a": "1"}).path == ("a",)
    assert first_difference({"a": True}, {"a": 1}).path == ("a",)
