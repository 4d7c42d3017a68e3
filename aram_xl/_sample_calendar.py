"""The calendar of the sample: weekdays without the regular holidays of the New York exchange.

Closures for a single occasion (storms, days of mourning) are left out, so the rules alone give the calendar for
any year.
"""

from __future__ import annotations

from datetime import date, timedelta


def trading_days(first: date, last: date) -> list[date]:
    """Both ends belong to it."""
    holidays = {day for year in range(first.year, last.year + 1) for day in _holidays(year)}
    every = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return [day for day in every if day.weekday() < 5 and day not in holidays]


def _holidays(year: int) -> list[date]:
    days = [
        _nth_weekday(year, 1, 0, 3),  # Martin Luther King
        _nth_weekday(year, 2, 0, 3),  # Washington
        _easter(year) - timedelta(days=2),  # Good Friday
        _nth_weekday(year, 6, 0, 1) - timedelta(days=7),  # Memorial: last Monday of May
        _nth_weekday(year, 9, 0, 1),  # Labor
        _nth_weekday(year, 11, 3, 4),  # Thanksgiving
        _observed(date(year, 7, 4)),
        _observed(date(year, 12, 25)),
    ]
    new_year = date(year, 1, 1)
    if new_year.weekday() != 5:  # on a Saturday it is not made up for: the year before closes normally
        days.append(_observed(new_year))
    if year >= 2022:
        days.append(_observed(date(year, 6, 19)))  # Juneteenth
    return days


def _observed(day: date) -> date:
    """Saturday moves to Friday, Sunday to Monday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _easter(year: int) -> date:
    """Gregorian Easter Sunday (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
