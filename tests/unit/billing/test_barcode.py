"""Bars and squares are what other people's readers read."""

import numpy as np
import pytest
import zxingcpp

from quilowatt.billing.barcode import interleaved_2_of_5, qr_modules

QUIET_BARS = 10
QUIET_SQUARES = 4
DIGITS = "83640000001331201380008128846271108013618155"


def picture_of_bars(bars, scale=3):
    row = [255] * QUIET_BARS
    for at, width in enumerate(bars.widths):
        row += [0 if at % 2 == 0 else 255] * width
    row += [255] * QUIET_BARS
    line = np.repeat(np.array(row, np.uint8), scale)
    return np.tile(line, (60, 1))


def picture_of_squares(modules, scale=4):
    squares = np.array([[0 if each == "1" else 255 for each in row] for row in modules.rows])
    framed = np.pad(squares.astype(np.uint8), QUIET_SQUARES, constant_values=255)
    return np.kron(framed, np.ones((scale, scale), np.uint8))


def test_bars_are_read_by_a_reader_that_is_not_ours():
    (found,) = zxingcpp.read_barcodes(picture_of_bars(interleaved_2_of_5(DIGITS)))
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.ITF, DIGITS)


def test_44_digits_fit_the_103_mm_of_a_bill():
    bars = interleaved_2_of_5(DIGITS)
    assert bars.width == 405
    assert len(bars.widths) % 2 == 1


@pytest.mark.parametrize("digits", ["1", "12a4", "", "١٢"])
def test_what_can_not_be_bars_is_our_bug(digits):
    with pytest.raises(AssertionError):
        interleaved_2_of_5(digits)


def test_squares_are_read_by_a_reader_that_is_not_ours():
    text = "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd"
    (found,) = zxingcpp.read_barcodes(picture_of_squares(qr_modules(text)))
    assert found.text == text
