"""Whatever is changed in a proof, it is never proved unless its meaning is the same to the byte."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.proofs import EVERY, sound
from quilowatt.billing.invoice_record import canonical
from quilowatt.errors import ProofError
from quilowatt.jobs.proof import read_proof, verify

DIGITS = b"0123456789"
names = st.sampled_from(["light", "series", "tiers", "net-metering"])
rounds = settings(max_examples=150, deadline=None)


def outcome(data):
    """Say what comes of a file, and hold the law."""
    try:
        verdict = verify(read_proof(data))
    except ProofError:
        return "no proof"
    return "proved" if verdict.is_proved else verdict.finding.stage


def means(data):
    try:
        return canonical(json.loads(data))
    except (ValueError, RecursionError):
        return None


@given(name=names, data=st.data())
@rounds
def test_any_other_digit_anywhere_is_found(name, data):
    proof = sound(name)
    places = [i for i, byte in enumerate(proof) if byte in DIGITS]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in DIGITS if d != proof[place]]))
    assert outcome(proof[:place] + bytes([digit]) + proof[place + 1 :]) != "proved"


@given(name=names, data=st.data())
@rounds
def test_any_other_byte_is_found_or_changes_nothing(name, data):
    proof = sound(name)
    place = data.draw(st.integers(0, len(proof) - 1))
    insert = data.draw(st.binary(max_size=3))
    removed = data.draw(st.integers(0, 3))
    changed = proof[:place] + insert + proof[place + removed :]
    if outcome(changed) == "proved":
        assert means(changed) == proof


@given(name=names, data=st.data())
@rounds
def test_cut_short_or_with_parts_swapped_it_is_found(name, data):
    proof = sound(name)
    first, second, third = sorted(
        data.draw(st.lists(st.integers(0, len(proof)), min_size=3, max_size=3))
    )
    assert outcome(proof[:third]) != "proved" or third == len(proof)
    swapped = proof[:first] + proof[second:third] + proof[first:second] + proof[third:]
    if outcome(swapped) == "proved":
        assert means(swapped) == proof


def lists_in(value):
    """Find every list of at least two different items."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, list) and any(item != value[0] for item in value):
        yield value
    for item in inner:
        yield from lists_in(item)


@given(name=names, data=st.data())
@rounds
def test_items_in_another_order_doubled_or_left_out_are_found(name, data):
    record = json.loads(sound(name))
    items = data.draw(st.sampled_from(list(lists_in(record))))
    one, other = data.draw(st.tuples(*[st.integers(0, len(items) - 1)] * 2))
    match data.draw(st.sampled_from(["swap", "double", "drop"])):
        case "swap":
            assume(items[one] != items[other])
            items[one], items[other] = items[other], items[one]
        case "double":
            items.insert(one, items[one])
        case "drop":
            del items[one]
    assert outcome(canonical(record)) != "proved"


def leaves(value, path=()):
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from leaves(item, (*path, key))
    else:
        yield path


@given(name=names, data=st.data())
@rounds
def test_values_and_keys_of_any_kind_are_found(name, data):
    record = json.loads(sound(name))
    *steps, last = data.draw(st.sampled_from(list(leaves(record))))
    holder = record
    for step in steps:
        holder = holder[step]
    values = (
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({})
    )
    value = data.draw(values)
    assume(
        value is not holder[last]
        and (value != holder[last] or type(value) is not type(holder[last]))
    )
    if isinstance(holder, dict) and data.draw(st.booleans()):
        holder[f"{last}x"] = holder.pop(last)
    else:
        holder[last] = value
    assert outcome(json.dumps(record).encode()) != "proved"


@given(
    data=st.binary(max_size=200)
    | st.text(alphabet='{}[]",:0123456789.eE+-\\ntrue', max_size=80).map(str.encode)
)
@rounds
def test_any_bytes_are_answered(data):
    assert outcome(data) == "no proof"


@pytest.mark.parametrize("name", EVERY)
def test_unchanged_it_is_proved(name):
    assert outcome(sound(name)) == "proved"
