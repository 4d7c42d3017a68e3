"""Direct Risk Targeting portfolios that run in, and can be audited from, spreadsheets."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aram_xl._certificate import Certificate, certificate
from aram_xl._covariance import covariance
from aram_xl._expected_returns import expected_returns
from aram_xl.errors import (
    AramError,
    DataWarning,
    InfeasibleError,
    InputError,
    NotConvexError,
    OutputError,
    SolverError,
    ToolMissingError,
    TooShortError,
)
from aram_xl.frontier import (
    EfficientFrontier,
    Portfolio,
    efficient_frontier,
    max_return_at_risk,
    max_sharpe,
    min_risk,
    risk_range,
)
from aram_xl.returns import detect_frequency, period_returns

if TYPE_CHECKING:
    from aram_xl._backtest import BacktestResult, backtest, decision_table
    from aram_xl._models import Model, load_model, models
    from aram_xl._performance_tables import PerformanceTables, performance_tables
    from aram_xl.activeness import Activeness, ActivenessSettings, ActivenessTable, judge_activeness
    from aram_xl.corrections import apply_corrections
    from aram_xl.handoff import plan_trades, round_weights, whole_shares
    from aram_xl.missing_data import complete
    from aram_xl.performance import Statistics, statistics
    from aram_xl.price_checks import check_prices
    from aram_xl.prices import read_prices
    from aram_xl.published import audit_tables, load_tables, reproduce
    from aram_xl.risk_target import MarketRisk, Rule, RuleRow, market_risk
    from aram_xl.sample import sample_prices
    from aram_xl.universe import Screen, load_universe, screen

__version__ = "0.1.0"

_LATER = {
    "BacktestResult": "_backtest",
    "backtest": "_backtest",
    "decision_table": "_backtest",
    "Model": "_models",
    "load_model": "_models",
    "models": "_models",
    "Statistics": "performance",
    "statistics": "performance",
    "apply_corrections": "corrections",
    "complete": "missing_data",
    "read_prices": "prices",
    "check_prices": "price_checks",
    "sample_prices": "sample",
    "MarketRisk": "risk_target",
    "Rule": "risk_target",
    "RuleRow": "risk_target",
    "market_risk": "risk_target",
    "Screen": "universe",
    "load_universe": "universe",
    "screen": "universe",
    "PerformanceTables": "_performance_tables",
    "performance_tables": "_performance_tables",
    "Activeness": "activeness",
    "ActivenessSettings": "activeness",
    "ActivenessTable": "activeness",
    "judge_activeness": "activeness",
    "plan_trades": "handoff",
    "round_weights": "handoff",
    "whole_shares": "handoff",
    "audit_tables": "published",
    "load_tables": "published",
    "reproduce": "published",
}
"""Loaded on first use, so that ``import aram_xl`` stays light."""

__all__ = [
    "Activeness",
    "ActivenessSettings",
    "ActivenessTable",
    "AramError",
    "BacktestResult",
    "Certificate",
    "DataWarning",
    "EfficientFrontier",
    "InfeasibleError",
    "InputError",
    "MarketRisk",
    "Model",
    "NotConvexError",
    "OutputError",
    "PerformanceTables",
    "Portfolio",
    "Rule",
    "RuleRow",
    "Screen",
    "SolverError",
    "Statistics",
    "TooShortError",
    "ToolMissingError",
    "__version__",
    "apply_corrections",
    "audit_tables",
    "backtest",
    "certificate",
    "check_prices",
    "complete",
    "covariance",
    "decision_table",
    "detect_frequency",
    "efficient_frontier",
    "expected_returns",
    "judge_activeness",
    "load_model",
    "load_tables",
    "load_universe",
    "market_risk",
    "max_return_at_risk",
    "max_sharpe",
    "min_risk",
    "models",
    "performance_tables",
    "period_returns",
    "plan_trades",
    "read_prices",
    "reproduce",
    "risk_range",
    "round_weights",
    "sample_prices",
    "screen",
    "statistics",
    "whole_shares",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'aram_xl' has no attribute {name!r}")
    value = getattr(import_module(f"aram_xl.{_LATER[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
