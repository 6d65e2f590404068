"""Numbers in figures, as English says them."""

from __future__ import annotations

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_THOUSANDS = ("", "thousand", "million", "billion")
_YEARS = range(1100, 2000)  # what four figures mean more often than a quantity


def spoken(figures):
    """The words of a number such as "476"; one that is too long is read figure by figure.

    >>> spoken("476"), spoken("1805")
    (['four', 'hundred', 'seventy', 'six'], ['eighteen', 'oh', 'five'])
    """
    number = int(figures)
    if len(figures) > 3 * len(_THOUSANDS) or (figures.startswith("0") and len(figures) > 1):
        return [_SMALL[int(figure)] for figure in figures]
    if len(figures) == 4 and number in _YEARS:
        return _below_hundred(number // 100) + _second_half(number % 100)
    return _quantity(number)


def _quantity(number):
    words = []
    for power in range(len(_THOUSANDS) - 1, -1, -1):
        part = number // 1000**power % 1000
        if part:
            words += [*_below_thousand(part), *_THOUSANDS[power].split()]
    return words or [_SMALL[0]]


def _second_half(number):
    """What follows the century of a year."""
    if number < 10:
        return ["oh", _SMALL[number]] if number else ["hundred"]
    return _below_hundred(number)


def _below_thousand(number):
    hundreds, rest = divmod(number, 100)
    return ([_SMALL[hundreds], "hundred"] if hundreds else []) + (_below_hundred(rest) if rest else [])


def _below_hundred(number):
    if number < len(_SMALL):
        return [_SMALL[number]]
    tens, ones = divmod(number, 10)
    return [_TENS[tens - 2], *([_SMALL[ones]] if ones else [])]
