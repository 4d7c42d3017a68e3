"""One worked call for each function, and calls that fail, on cells small enough to type.

The reference prints them with their answers. Numbers are round on purpose; they are nobody's data.
"""

from __future__ import annotations

import datetime
from typing import Any

Arguments = tuple[Any, ...]

RETURNS = [
    ["Date", "AA", "BB"],
    [datetime.date(2024, 1, 31), 0.02, 0.01],
    [datetime.date(2024, 2, 29), -0.01, 0.03],
    [datetime.date(2024, 3, 28), 0.03, -0.02],
    [datetime.date(2024, 4, 30), 0.0, 0.01],
    [datetime.date(2024, 5, 31), 0.01, 0.02],
    [datetime.date(2024, 6, 28), -0.02, 0.04],
]

FUND = [[0.02], [-0.01], [0.03], [0.0], [0.01], [-0.02]]

INDEX = [[0.01], [-0.02], [0.02], [0.01], [0.0], [-0.01]]

PRICES = [
    ["Date", "AA", "BB", "CC"],
    [datetime.date(2024, 1, 31), 100.0, 50.0, 20.0],
    [datetime.date(2024, 2, 29), 102.0, 51.5, 20.6],
    [datetime.date(2024, 3, 28), 101.0, 53.0, 20.1],
    [datetime.date(2024, 4, 30), 104.0, 52.0, 21.0],
    [datetime.date(2024, 5, 31), 105.0, 54.0, 20.4],
]

EXPECTED = [["AA", 0.01], ["BB", 0.02]]

COVARIANCE = [[0.01, 0.0], [0.0, 0.04]]

INDEFINITE = [[0.01, 0.03], [0.03, 0.04]]

EQUAL = [[0.5], [0.5]]

RULE = [
    ["State", "k", "Percentile from", "Percentile to", "Trend"],
    ["not enough history", 0.8, None, None, None],
    ["falling", 0.6, None, None, "down"],
    ["calm", 1.1, 0.0, 0.5, None],
    ["usual", 1.0, None, None, None],
]

SETTINGS = [["trend_window", 3.0], ["minimum_history", 3.0]]

CARD = [
    ['name = "own"'],
    ['title = "Two assets"'],
    ['provenance = "An example."'],
    ['purpose = "Shows the lines of a card in cells."'],
    ['universe = ["AA", "BB"]'],
    ['benchmark = "CC"'],
    ["[estimation]"],
    ["window = 3"],
    ["minimum_history = 2"],
    ["[costs]"],
    ["fee = 0.006"],
    ["cost_bps = 5"],
]

THIRDS = [["AA", 0.3333], ["BB", 0.3333], ["CC", 0.3334]]

EXAMPLES: dict[str, Arguments] = {
    "ARAM_RETURNS": (PRICES,),
    "ARAM_MONTH_END": (PRICES, "m"),
    "ARAM_DATA_CHECK": (PRICES,),
    "ARAM_COV": (RETURNS,),
    "ARAM_CORR_MATRIX": (RETURNS, "ewma", 3.0),
    "ARAM_EXPECTED_RETURNS": (RETURNS, "ewma", 3.0),
    "ARAM_MARKET_RISK": (FUND, "sample", 3.0),
    "ARAM_RISK_TARGET": (INDEX, RULE, 3.0, 0.005, 0.016, SETTINGS),
    "ARAM_WEIGHTS": (EXPECTED, COVARIANCE, 0.15),
    "ARAM_WEIGHTS_FROM_PRICES": (PRICES, "CC", 4.0, "M", 0.5),
    "ARAM_MIN_RISK": (COVARIANCE,),
    "ARAM_MAX_SHARPE": (EXPECTED, COVARIANCE, 0.005),
    "ARAM_FRONTIER": (EXPECTED, COVARIANCE, 3.0),
    "ARAM_RISK_RANGE": (EXPECTED, COVARIANCE, None, 0.7),
    "ARAM_CERTIFICATE": (EQUAL, EXPECTED, COVARIANCE, 0.15),
    "ARAM_RISK_CONTRIBUTIONS": (EQUAL, COVARIANCE),
    "ARAM_MODELS": (),
    "ARAM_MODEL_WEIGHTS": (CARD, PRICES),
    "ARAM_BACKTEST": (CARD, PRICES),
    "ARAM_ROUND_WEIGHTS": (THIRDS, 0.01),
    "ARAM_STATS": (RETURNS, INDEX, "newsletter"),
    "ARAM_ALPHA": (FUND, INDEX, 12.0),
    "ARAM_BETA": (FUND, INDEX),
    "ARAM_CORREL": (FUND, INDEX),
    "ARAM_RET_STDEV": (FUND, 12.0),
    "ARAM_TRACKING_ERROR": (FUND, INDEX, 1.0),
    "ARAM_INFO_RATIO": (FUND, INDEX, "newsletter"),
    "ARAM_POSITIVE_MONTHS": (FUND,),
    "ARAM_CUM_RETURN": (FUND, 3.0),
    "ARAM_MAX_DRAWDOWN": (FUND,),
    "ARAM_ROLLING": (FUND, INDEX, 4.0),
    "ARAM_ACTIVENESS": (FUND, INDEX),
    "ARAM_FITS": ([[0.0816], [1.2]], [["8.2%"], ["1.27"]]),
    "ARAM_STATUS": (),
    "ARAM_VERSION": (),
}
"""Arguments of one call of each function; None is an argument left out."""

FAILURES: dict[str, tuple[Arguments, ...]] = {
    "ARAM_RETURNS": ((PRICES, "Y"), (PRICES[:2],)),
    "ARAM_MONTH_END": ((FUND,), (PRICES[:2],)),
    "ARAM_DATA_CHECK": (([PRICES[0], PRICES[2], PRICES[1]],), (PRICES[:3],)),
    "ARAM_COV": ((RETURNS, "simple"), (RETURNS[:2],)),
    "ARAM_CORR_MATRIX": (([[0.01, 0.02], [0.01, 0.03]],), (RETURNS[:2],)),
    "ARAM_EXPECTED_RETURNS": ((RETURNS, "ewma"), (RETURNS, "momentum")),
    "ARAM_MARKET_RISK": ((FUND, "sample"), (FUND, "sample", 12.0)),
    "ARAM_RISK_TARGET": ((INDEX, RULE[:1] + RULE[2:], 3.0), (INDEX, RULE)),
    "ARAM_WEIGHTS": (
        (EXPECTED, COVARIANCE, None),
        (EXPECTED, COVARIANCE, 0.05),
        (EXPECTED, INDEFINITE, 0.15),
    ),
    "ARAM_WEIGHTS_FROM_PRICES": (
        (PRICES, "SPY", 4.0, "M"),
        (PRICES, "CC", 12.0, "M"),
        (PRICES, "CC", 4.0, "M", 0.1),
    ),
    "ARAM_MIN_RISK": ((COVARIANCE, None, 0.4), (INDEFINITE,)),
    "ARAM_MAX_SHARPE": ((EXPECTED, COVARIANCE, None), (EXPECTED, COVARIANCE, 0.03)),
    "ARAM_FRONTIER": ((EXPECTED, COVARIANCE, 1.0), (EXPECTED, INDEFINITE)),
    "ARAM_RISK_RANGE": ((EXPECTED, [[0.01]]), (EXPECTED, INDEFINITE)),
    "ARAM_CERTIFICATE": (([[1.0]], EXPECTED, COVARIANCE, 0.15), (EQUAL, EXPECTED, INDEFINITE, 0.15)),
    "ARAM_RISK_CONTRIBUTIONS": (([[0.0], [0.0]], COVARIANCE), (EQUAL, INDEFINITE)),
    "ARAM_MODELS": (("active-index-ig",), (CARD[:4],)),
    "ARAM_MODEL_WEIGHTS": (("own.toml", PRICES), (CARD, PRICES[:3])),
    "ARAM_BACKTEST": (("fi-baseline", PRICES), (CARD, PRICES[:3])),
    "ARAM_ROUND_WEIGHTS": ((EQUAL, 0.03), ([[0.335], [0.665]], 0.01, [[0.335], [0.665]])),
    "ARAM_STATS": ((RETURNS, INDEX, "standard"),),
    "ARAM_ALPHA": ((FUND, INDEX, None), (FUND[:2], INDEX[:2], 12.0)),
    "ARAM_BETA": ((FUND, INDEX[:5]), (FUND[:1], INDEX[:1])),
    "ARAM_CORREL": ((FUND, INDEX[:5]), (FUND[:1], INDEX[:1])),
    "ARAM_RET_STDEV": ((FUND, 0.0), (FUND[:1], 12.0)),
    "ARAM_TRACKING_ERROR": ((FUND, INDEX[:5], 1.0), (FUND[:1], INDEX[:1], 1.0)),
    "ARAM_INFO_RATIO": ((FUND, INDEX, "gips"), (FUND[:1], INDEX[:1], "newsletter")),
    "ARAM_POSITIVE_MONTHS": (([[0.01], ["n.a."]],),),
    "ARAM_CUM_RETURN": ((FUND, 0.0), (FUND, 12.0)),
    "ARAM_MAX_DRAWDOWN": (([[0.01], [None]],),),
    "ARAM_ROLLING": ((FUND, INDEX, 4.0, "sharpe"), (FUND, INDEX, 12.0)),
    "ARAM_ACTIVENESS": ((FUND, INDEX, None, None, None, [["convention", "standard"]]), (FUND[:2], INDEX[:2])),
    "ARAM_FITS": ((0.08, 8.2), (0.08, "about 8")),
    "ARAM_STATUS": (),
    "ARAM_VERSION": (),
}
"""Calls that show an error, at most one of each kind of cause."""

CHANGING = ("ARAM_STATUS", "ARAM_VERSION")
"""Functions whose answer depends on what happened before, or on the installation."""
