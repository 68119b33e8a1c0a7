"""One answer ahead, in order; failures come where their answer would."""

import threading

import pytest

from quilowatt.store.reading_ahead import read_ahead


def test_the_next_answer_is_made_while_the_last_one_is_worked_on():
    asked, is_second_asked = [], threading.Event()

    def ask(question):
        asked.append(question)
        if question == 2:
            is_second_asked.set()
        return question * 10

    answers = read_ahead([1, 2, 3], ask)
    assert next(answers) == 10
    assert is_second_asked.wait(10)
    assert 3 not in asked
    assert list(answers) == [20, 30]


def test_a_failure_is_raised_with_its_answer_and_what_came_before_is_there():
    def ask(question):
        return 1 // question

    answers = read_ahead([1, 0, 1], ask)
    assert next(answers) == 1
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_nothing_asked_nothing_answered():
    assert list(read_ahead([], str)) == []
