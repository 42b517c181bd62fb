"""Numbers and dates as Vietnamese administrative documents write them: 1.234,5; 01–09; 05/9/2026."""

import datetime as dt
from fractions import Fraction


def _tenths(value: Fraction) -> int:
    """Rounded half up to tenths, away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) * 10 + Fraction(1, 2))


def decimal(value: Fraction | int) -> str:
    """``1234.5`` → ``1.234,5``; one decimal at most, none when it is zero."""
    tenths = _tenths(Fraction(value))
    whole, rest = divmod(abs(tenths), 10)
    grouped = f"{whole:,}".replace(",", ".")
    return ("-" if tenths < 0 else "") + grouped + (f",{rest}" if rest else "")


def count(value: int, scale: int = 1) -> str:
    """A counted number: small whole ones get a leading zero, as documents print them.

    :param scale: what ``value`` is divided by to get the shown unit (60 for minutes kept in seconds).
    """
    shown = decimal(Fraction(value, scale))
    return shown.replace("-", "-0", 1) if shown.startswith("-") and len(shown) == 2 else shown.zfill(2)


def percent(part: int, whole: int) -> str:
    return f"{decimal(Fraction(part * 100, whole))}%"


def percent_value(part: int, whole: int) -> float | None:
    """The same as a number with one decimal; None where there is nothing to divide by."""
    return _tenths(Fraction(part * 100, whole)) / 10 if whole else None


def signed(value: int, scale: int = 1) -> str:
    """A difference: ``+03``, ``-12``, ``0``."""
    if value == 0:
        return "0"
    return ("+" if value > 0 else "-") + count(abs(value), scale)


def day(value: dt.date) -> str:
    """Two digits for days under 10 and for months 1 and 2 (Decree 30/2020/ND-CP)."""
    month = f"{value.month:02d}" if value.month < 3 else str(value.month)
    return f"{value.day:02d}/{month}/{value.year}"
