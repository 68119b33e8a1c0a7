"""Two profiles of the same hours, and what is said of the difference."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.jobs.correction_words import changes_between, reason_text
from quilowatt.profile import LoadProfile, Quality
from quilowatt.store import Edit, EditRequest

ZONE = ZoneInfo("UTC")
HOUR_S = 3600
DAY = 24


def profile(hours=5 * DAY, changed=(), quality=Quality.MEASURED, energy_wh=100):
    """A steady profile from 2 October 2026; some hours of another quality or energy."""
    start_s = 1_790_899_200 + HOUR_S * np.arange(hours)
    import_wh, codes = np.full(hours, 100), np.full(hours, Quality.MEASURED, np.int8)
    rows = np.array(list(changed), np.int64)
    import_wh[rows], codes[rows] = energy_wh, quality
    nothing = np.zeros(hours, np.int64)
    return LoadProfile(start_s, start_s + HOUR_S, import_wh, nothing, codes, ())


def said(before, after, edits=()):
    changes = changes_between(before, after)
    return reason_text(changes, edits, (Decimal("-1.32"), "BRL"), ZONE)


@pytest.mark.parametrize(
    ("quality", "en", "pt"),
    [
        (Quality.ESTIMATED, "12 estimated hours on 3 Oct 2026 replaced by measured ones: -R$1.32",
         "12 horas estimadas em 03/10/2026 substituídas por medidas: "),
        (Quality.MISSING, "12 hours on 3 Oct 2026 of which nothing was known were read: -R$1.32",
         "12 horas em 03/10/2026 de que nada se sabia foram lidas: "),
    ],
)  # fmt: skip
def test_what_is_read_now_is_told_in_both_languages(quality, en, pt):
    found = said(profile(changed=range(DAY, DAY + 12), quality=quality), profile())
    assert found.en == en
    assert found.pt.startswith(pt)


def test_one_hour_is_told_as_one():
    found = said(profile(changed=[DAY], quality=Quality.ESTIMATED), profile())
    assert found.en.startswith("1 estimated hour on 3 Oct 2026 replaced by a measured one:")
    assert found.pt.startswith("1 hora estimada em 03/10/2026 substituída por medida:")


def test_stretches_are_told_apart_and_many_together():
    apart = said(profile(changed=[0, 3 * DAY], quality=Quality.ESTIMATED), profile())
    assert apart.en.startswith(
        "1 estimated hour on 2 Oct 2026 replaced by a measured one; 1 estimated hour on 5 Oct 2026"
    )
    many = said(profile(changed=range(0, 5 * DAY, DAY), quality=Quality.ESTIMATED), profile())
    assert many.en.startswith("5 estimated hours between 2 Oct 2026 and 6 Oct 2026 replaced")


def test_several_kinds_and_people_are_told_in_one_sentence():
    after = profile(changed=range(DAY, 2 * DAY), quality=Quality.REVISED, energy_wh=90)
    after = replace(after, import_wh=np.where(np.arange(5 * DAY) == 0, 7, after.import_wh))
    edit = Edit(1, EditRequest(1, "leave_out", 5, 9, None, None, "Ana", "water in it"), 9)
    found = said(profile(), after, [edit])
    assert found.en == (
        "24 hours on 3 Oct 2026 were revised; the energy of 1 hour on 2 Oct 2026 is another; "
        "Ana: water in it: -R$1.32"
    )


def test_where_no_hour_differs_a_sentence_is_left():
    assert changes_between(profile(), profile()) == []
    assert said(profile(), profile()).en == "the same hours come to another amount: -R$1.32"
