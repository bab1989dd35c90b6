"""Numbers as text and back, compiled: for files of many vectors.

In: bytes of lines, or rows of float32. Out: the same as the other. `text_rows.py` has the plain
ways, which serve whatever is few or odd; this file is imported only where numbers are many.
"""

from __future__ import annotations

from math import frexp
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Powers of ten up to 22 are exact in float64: one operation with them is rounded once.
_EXACT_POWER = 22
_EXACT_DIGITS = np.uint64(1 << 53)
_FOUR, _BILLION = np.uint32(10**4), 10**9
_DIGITS = np.array([list(b"%04d" % number) for number in range(10**4)], np.uint8)
_POWERS = 10.0 ** np.arange(64)
_LOWEST = 63
_SCALES = np.concatenate([1 / _POWERS[:0:-1], _POWERS])  # 1e-63 to 1e63, from _LOWEST on 1 and up
_TENFOLD = 10 ** np.arange(4)
# Of a float32: the bits behind its power of two, and of each power half of the way from one number
# to the next, and the power of ten that is not above it.
_SIGN_BIT = np.uint32(31)
_FRACTION_BITS, _FRACTION, _ALL_POWERS = np.uint32(23), np.uint32(0x7FFFFF), np.uint32(255)
_HALF_STEPS = 2.0 ** (np.maximum(np.arange(256), 1) - 151)
_LOG_2 = 0.30102999566398
_TENS = np.floor((np.arange(256) - 127) * _LOG_2).astype(np.int64)
_LONGEST_NUMBER = 16  # bytes: -1.23456789e-38 and a space
_SHORT, _LONG = 6, 9  # digits: six tell any number that has no more, nine tell every float32
_LEAST_PLAIN = -4  # exponents from here to _LONG are written out
_MARGIN = 1e-15  # of what float64 may have rounded, so that no reader can come out elsewhere


def parse_lines(data: bytes, dim: int) -> tuple[list[bytes], NDArray[np.float32]] | None:
    """Words and rows (n, dim) of lines; None where one is not a word and `dim` numbers.

    Numbers are separated by one space and are no NaN or inf; empty lines are none.
    """
    text = np.frombuffer(data, np.uint8)
    n_lines = min(data.count(b"\n") + 1, len(data) // (2 * dim) + 1)  # there can be no more
    rows = np.empty((n_lines, dim), np.float32)
    starts = np.empty((n_lines, dim), np.int64)
    words = np.empty((n_lines, 2), np.int64)
    n_rows, n_hard = _parse(text, rows, starts, words)
    if n_rows < 0:
        return None
    if n_hard:  # long ones, left to whoever knows how
        flat, where = rows[:n_rows].reshape(-1), starts[:n_rows].reshape(-1)
        with np.errstate(over="ignore"):
            for number in np.flatnonzero(np.isnan(flat)).tolist():
                start = int(where[number])
                flat[number] = float(data[start : start + 400].split(None, 1)[0])
    return [data[start:stop] for start, stop in words[:n_rows].tolist()], rows[:n_rows]


@njit(cache=True, nogil=True, error_model="numpy")
def _parse(text: Any, rows: Any, starts: Any, words: Any) -> Any:
    """How many rows there are, -1 for lines of another form, and how many numbers are left NaN."""
    n_bytes, dim = len(text), rows.shape[1]
    pos, row, n_hard = 0, 0, 0
    while pos < n_bytes:
        if text[pos] == 10:
            pos += 1
            continue
        word = pos
        while pos < n_bytes and text[pos] > 32:
            pos += 1
        if pos == word or row == len(rows):
            return -1, 0
        words[row, 0], words[row, 1] = word, pos
        for column in range(dim):
            if pos >= n_bytes or text[pos] != 32:
                return -1, 0
            pos += 1
            starts[row, column] = pos
            negative = pos < n_bytes and text[pos] == 45
            pos += negative
            digits, n_digits, power = np.uint64(0), 0, 0
            pointed = False
            while pos < n_bytes:
                byte = text[pos]
                if 48 <= byte <= 57:
                    n_digits += 1
                    if digits < _EXACT_DIGITS:
                        digits = digits * np.uint64(10) + np.uint64(byte - 48)
                        power -= pointed
                    else:
                        power += not pointed
                elif byte == 46 and not pointed:
                    pointed = True
                else:
                    break
                pos += 1
            if not n_digits:
                return -1, 0
            if pos < n_bytes and (text[pos] == 101 or text[pos] == 69):
                pos += 1
                below = pos < n_bytes and text[pos] == 45
                if pos < n_bytes and (text[pos] == 45 or text[pos] == 43):
                    pos += 1
                exponent, first = 0, pos
                while pos < n_bytes and 48 <= text[pos] <= 57 and pos - first < 6:
                    exponent = 10 * exponent + text[pos] - 48
                    pos += 1
                if pos == first:
                    return -1, 0
                power += -exponent if below else exponent
            if digits == 0:
                value = 0.0
            elif digits >= _EXACT_DIGITS or abs(power) > _EXACT_POWER:
                value = np.nan
                n_hard += 1
            elif power < 0:
                value = np.float64(digits) / _POWERS[-power]
            else:
                value = np.float64(digits) * _POWERS[power]
            rows[row, column] = -value if negative else value
        while pos < n_bytes and (text[pos] == 32 or text[pos] == 13 or text[pos] == 9):
            pos += 1
        if pos < n_bytes and text[pos] != 10:
            return -1, 0
        row += 1
    return row, n_hard


def format_rows(rows: NDArray[np.float32]) -> list[bytes]:
    """Each row as text, a space between two numbers, each as short as float32 comes back from."""
    buffer = np.empty(rows.size * _LONGEST_NUMBER, np.uint8)
    stops = _format(np.ascontiguousarray(rows), buffer)
    data, start, lines = buffer[: stops[-1]].tobytes(), 0, []
    for stop in stops.tolist():
        lines.append(data[start : stop - 1])
        start = stop
    return lines


@njit(cache=True, nogil=True, error_model="numpy")
def _format(rows: Any, out: Any) -> Any:
    """Where the text of each row ends in `out`, a space behind its last number included."""
    stops = np.empty(len(rows), np.int64)
    bits = rows.view(np.uint32)
    pos = 0
    for row in range(len(rows)):
        for column in range(rows.shape[1]):
            pos = _put(rows[row, column], bits[row, column], out, pos)
            out[pos] = 32
            pos += 1
        stops[row] = pos
    return stops


@njit(cache=True, nogil=True, error_model="numpy")
def _fewer(value: Any, scale: Any, above: Any, below: Any) -> Any:
    """The digits before the point of a scaled number, and whether it comes back from them."""
    exact = value * scale
    fewer = np.rint(exact)
    reach = above if fewer > exact else below
    return fewer, abs(fewer - exact) <= reach * scale - exact * _MARGIN


@njit(cache=True, nogil=True, error_model="numpy")
def _put(number: Any, bits: Any, out: Any, pos: Any) -> Any:
    out[pos] = 45  # behind a number without a sign it is written over
    pos += bits >> _SIGN_BIT
    value = np.float64(abs(number))
    if value == 0:
        out[pos] = 48
        return pos + 1
    power = (bits >> _FRACTION_BITS) & _ALL_POWERS
    tiny = not power  # and with less than its 24 bits
    exponent = int(np.floor((frexp(value)[1] - 1) * _LOG_2)) if tiny else _TENS[power]
    if value * _SCALES[_LONG - 2 - exponent + _LOWEST] >= _POWERS[_LONG - 1]:
        exponent += 1  # what the power of two says is that of the first digit, or one less
    # What is nearer than half of the way to the next float32 is read as this one; below a power of
    # two the next one is half as far.
    above = _HALF_STEPS[power] * (1 - _MARGIN)
    below = above if bits & _FRACTION or power <= 1 else above / 2
    # Nine digits, eight and seven are all made: which it will be, no CPU can foresee.
    nine = np.rint(value * _SCALES[_LONG - 1 - exponent + _LOWEST])
    eight, is_eight = _fewer(value, _SCALES[_LONG - 2 - exponent + _LOWEST], above, below)
    seven, is_seven = _fewer(value, _SCALES[_LONG - 3 - exponent + _LOWEST], above, below)
    n_digits = _LONG - (is_eight + (is_eight & is_seven))
    digits = np.int64(eight) * _TENFOLD[1] if is_eight else np.int64(nine)
    if is_eight & is_seven:
        digits = np.int64(seven) * _TENFOLD[2]
        six, is_six = _fewer(value, _SCALES[_SHORT - 1 - exponent + _LOWEST], above, below)
        if is_six:
            n_digits, digits = _SHORT, np.int64(six) * _TENFOLD[3]
    if digits == _BILLION:  # rounded up to one digit more
        digits, exponent = _BILLION // 10, exponent + 1
    plain = _LEAST_PLAIN <= exponent < _LONG
    if plain and exponent < 0:
        for place in range(1 - _LEAST_PLAIN):  # as many zeros as there can be
            out[pos + place] = 48
        out[pos + 1] = 46
        pos += 1 - exponent
    inside = 0 if exponent >= 0 or not plain else -1  # whether a point may stand among the digits
    start = pos + 1 + inside
    whole = np.uint32(digits)
    high, low = whole // _FOUR, whole % _FOUR
    out[start] = 48 + high // _FOUR
    high = high % _FOUR
    for place in range(4):
        out[start + 1 + place] = _DIGITS[high, place]
        out[start + 5 + place] = _DIGITS[low, place]
    count = n_digits
    while out[start + count - 1] == 48:
        count -= 1
    if inside < 0:
        return start + count
    point = exponent if plain else 0
    for place in range(point + 1):
        out[pos + place] = out[pos + place + 1]
    if count > point + 1:
        out[pos + point + 1] = 46
        pos += count + 1
    else:
        pos += point + 1
    if not plain:
        out[pos] = 101
        out[pos + 1] = 45 if exponent < 0 else 43
        out[pos + 2] = 48 + abs(exponent) // 10
        out[pos + 3] = 48 + abs(exponent) % 10
        pos += 4
    return pos
