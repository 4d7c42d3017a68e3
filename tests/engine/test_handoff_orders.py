"""Orders of one and of several accounts: by hand, and invariants over many random books."""

from __future__ import annotations

import numpy as np
import pytest

from aram_xl._handoff_orders import Account, Order, TradePlan, TradeRules, plan_trades
from aram_xl._handoff_rounding import exact, round_weights
from aram_xl.errors import InputError

PRICES = {"SHY": 80.0, "TLT": 90.0, "IEF": 100.0, "SPY": 500.0}


def test_one_account_by_hand() -> None:
    """10,000 in 50 SHY (4000), 50 TLT (4500) and 1500 of cash; half SHY and half TLT are wanted.

    5000 buys 62.5 SHY and 55.56 TLT; 62 and 55 cost 9910 and leave 90, which the larger remainder (TLT, 0.56) takes:
    62 and 56. So 12 and 6 are bought, and no cash is left.
    """
    plan = plan_trades([Account("U1", 10_000.0, {"SHY": 50, "TLT": 50})], {"SHY": 0.5, "TLT": 0.5}, PRICES)
    assert plan.orders() == (Order("U1", "BUY", "SHY", 12), Order("U1", "BUY", "TLT", 6))
    assert plan.cash.tolist() == [0.0]
    assert plan.remarks == ()


def test_sells_come_before_buys_and_pay_for_them_by_hand() -> None:
    """8000 in 100 SHY and no cash; all of it goes to 88 TLT (7920), 80 are left."""
    plan = plan_trades([Account("U1", 8_000.0, {"SHY": 100})], {"TLT": 1.0, "SHY": 0.0}, PRICES)
    assert plan.orders() == (Order("U1", "SELL", "SHY", 100), Order("U1", "BUY", "TLT", 88))
    assert plan.symbols == ("TLT", "SHY")
    assert plan.cash.tolist() == [80.0]


def test_blocks_of_two_accounts_by_hand() -> None:
    """U1 (8000 in SHY) sells 100 SHY and buys 88 TLT; U2 (9000 in TLT) has nothing to do; U3 (900 cash) buys 10.

    Sales of one account are never set against purchases of another.
    """
    accounts = [
        Account("U1", 8_000.0, {"SHY": 100}),
        Account("U2", 9_000.0, {"TLT": 100}),
        Account("U3", 900.0, {}),
    ]
    plan = plan_trades(accounts, {"TLT": 1.0}, PRICES, TradeRules(sell_others=True))
    assert plan.blocks() == (Order("", "SELL", "SHY", 100), Order("", "BUY", "TLT", 98))
    assert plan.trades.tolist() == [[88, -100], [0, 0], [10, 0]]


def test_one_symbol_sold_here_and_bought_there_makes_two_blocks_by_hand() -> None:
    """9000 in TLT against 9000 in cash, half TLT: 50 sold in one, 50 bought in the other."""
    accounts = [Account("U1", 9_000.0, {"TLT": 100}), Account("U2", 9_000.0, {})]
    plan = plan_trades(accounts, {"TLT": 0.5}, PRICES)
    assert plan.blocks() == (Order("", "SELL", "TLT", 50), Order("", "BUY", "TLT", 50))
    assert plan.cash.tolist() == [4_500.0, 4_500.0]


def test_blocks_in_lots_are_split_in_proportion_by_hand() -> None:
    """Three accounts want 50, 75 and 25 TLT; 150 in lots of 100 is 100: 33.3, 50 and 16.7 give 33, 50 and 17."""
    accounts = [Account(name, value, {}) for name, value in (("A", 4_500.0), ("B", 6_750.0), ("C", 2_250.0))]
    plan = plan_trades(accounts, {"TLT": 1.0}, PRICES, TradeRules(lot=100))
    assert plan.blocks() == (Order("", "BUY", "TLT", 100),)
    assert plan.trades.ravel().tolist() == [33, 50, 17]
    assert plan.remarks == ("block: BUY TLT is cut from 150 to 100 shares, whole lots of 100",)


def test_band_and_minimum_leave_small_trades_out_by_hand() -> None:
    """Of 10,000, 52 % is in SHY (65 shares) and 45 % in TLT (50): 2 % above and 5 % below one half.

    Half would be 62 SHY and 56 TLT. A band of 2 % keeps SHY; 6 TLT cost 540, but only the 300 of cash are there: 3. A
    minimum of 600 keeps TLT too.
    """
    account = Account("U1", 10_000.0, {"SHY": 65, "TLT": 50})
    targets = {"SHY": 0.5, "TLT": 0.5}
    plan = plan_trades([account], targets, PRICES, TradeRules(band=0.02))
    assert plan.orders() == (Order("U1", "BUY", "TLT", 3),)
    assert plan.remarks == (
        "U1: SHY is not traded: 2.00% from its target, within the band of 2.00%",
        "U1: purchases of 540.00 are cut to the 300.00 that there is",
    )
    plan = plan_trades([account], targets, PRICES, TradeRules(band=0.02, minimum=600.0))
    assert plan.orders() == ()
    assert "U1: TLT is not traded: 540.00 is below the minimum trade of 600.00" in plan.remarks


def test_what_has_no_target_is_sold_whatever_band_and_minimum() -> None:
    account = Account("U1", 10_000.0, {"SHY": 1, "IEF": 1.5})
    rules = TradeRules(band=0.5, minimum=5_000.0, sell_others=True)
    plan = plan_trades([account], {"TLT": 1.0, "SHY": 0.0}, PRICES, rules)
    sold = [order for order in plan.orders() if order.action == "SELL"]
    assert sold == [Order("U1", "SELL", "SHY", 1), Order("U1", "SELL", "IEF", 1)]
    assert "U1: 0.5 of a share of IEF stays: only whole shares are sold" in plan.remarks


def test_cash_is_kept_and_debt_is_told_by_hand() -> None:
    """2 % of 10,000 stays: 9800 buys 108 TLT (9720), cash 280. With a debt of 1000, 8000 buys 88 of 100 TLT: 12 go."""
    plan = plan_trades([Account("U1", 10_000.0, {})], {"TLT": 0.98}, PRICES)
    assert (plan.trades.tolist(), plan.cash.tolist()) == ([[108]], [280.0])
    plan = plan_trades([Account("U1", 8_000.0, {"TLT": 100})], {"TLT": 1.0}, PRICES)
    assert plan.trades.tolist() == [[-12]]
    assert plan.cash.tolist() == [80.0]
    assert plan.remarks == ("U1: its positions are worth 1000.00 more than its value; is the difference borrowed?",)


def test_purchases_that_shrink_leave_the_cash_alone_by_hand() -> None:
    """5200 in SHY (3 % too much, kept by the band), 3960 in TLT, 840 of cash, of which 200 stay.

    54 TLT are wanted, 10 more than there are, for 900; 640 buy 7.11 of them: 7.
    """
    account = Account("U1", 10_000.0, {"SHY": 65, "TLT": 44})
    plan = plan_trades([account], {"SHY": 0.49, "TLT": 0.49}, PRICES, TradeRules(band=0.04))
    assert plan.orders() == (Order("U1", "BUY", "TLT", 7),)
    assert plan.cash.tolist() == [210.0]


def test_a_share_that_would_break_a_cap_is_not_bought_by_hand() -> None:
    """515 buys 5.72 TLT and 6.44 SHY; 5 and 6 cost 930; a sixth TLT fits 1030, but 540 is more than the cap of 50 %."""
    targets = {"TLT": 0.5, "SHY": 0.5}
    free = plan_trades([Account("U1", 1_030.0, {})], targets, PRICES)
    capped = plan_trades([Account("U1", 1_030.0, {})], targets, PRICES, upper={"TLT": 0.5, "SHY": 0.5})
    assert free.trades.tolist() == [[6, 6]]
    assert capped.trades.tolist() == [[5, 6]]


def random_book(generator: np.random.Generator) -> tuple[list[Account], dict[str, float], dict[str, float]]:
    """Accounts with cash or debt, positions whole or fractional, some in symbols without a target."""
    size = int(generator.integers(1, 13))
    symbols = [f"S{i}" for i in range(size + 2)]
    prices = {symbol: float(generator.integers(100, 60_000)) / 100 for symbol in symbols}
    weights = round_weights(generator.dirichlet(np.full(size, 0.7)) * 0.98, 0.0001, total=0.98)
    accounts = []
    for k in range(int(generator.integers(1, 8))):
        shares = generator.integers(0, 400, len(symbols)) * (generator.random(len(symbols)) < 0.6)
        shares = shares + (generator.random() < 0.2) * 0.5 * (shares > 0)
        held = {symbol: float(count) for symbol, count in zip(symbols, shares, strict=True) if count}
        worth = sum(count * prices[symbol] for symbol, count in held.items())
        accounts.append(Account(f"U{k}", round(worth * 0.98 + float(generator.integers(1_000, 90_000)), 2), held))
    return accounts, dict(zip(symbols, weights.tolist(), strict=False)), prices


def check_book(plan: TradePlan, accounts: list[Account], prices: dict[str, float]) -> None:
    """What holds for every plan, in exact arithmetic."""
    quotes = [exact(prices[symbol]) for symbol in plan.symbols]
    split: dict[tuple[str, str], int] = {}
    for order in plan.orders():
        split[order.action, order.symbol] = split.get((order.action, order.symbol), 0) + order.quantity
    assert split == {(block.action, block.symbol): block.quantity for block in plan.blocks()}
    sides = [block.action for block in plan.blocks()]
    assert sides == sorted(sides, reverse=True)
    assert (plan.held + plan.trades >= 0).all()
    for k, account in enumerate(accounts):
        held = [exact(account.positions.get(symbol, 0.0)) for symbol in plan.symbols]
        before = exact(account.value) - sum(count * quote for count, quote in zip(held, quotes, strict=True))
        spent = sum(int(count) * quote for count, quote in zip(plan.trades[k], quotes, strict=True))
        assert float(before - spent) == plan.cash[k]
        # No purchase beyond the cash: what is still negative was debt that no sale has paid.
        assert plan.cash[k] >= 0 or not (plan.trades[k] > 0).any()


def test_random_books_keep_their_invariants() -> None:
    generator = np.random.default_rng(21)
    for _ in range(300):
        accounts, targets, prices = random_book(generator)
        check_book(plan_trades(accounts, targets, prices, TradeRules(sell_others=True)), accounts, prices)
        rules = TradeRules(
            minimum=float(generator.integers(0, 5_000)), band=float(generator.integers(0, 10)) / 100,
            lot=int(generator.integers(1, 50)), sell_others=True,
        )  # fmt: skip
        check_book(plan_trades(accounts, targets, prices, rules), accounts, prices)


def test_without_band_every_account_ends_within_a_share_of_its_target() -> None:
    """And keeps its 2 % of cash; whole positions, so that every share can be sold."""
    generator = np.random.default_rng(4)
    for _ in range(200):
        accounts, targets, prices = random_book(generator)
        accounts = [Account(a.name, a.value, {s: float(int(q)) for s, q in a.positions.items()}) for a in accounts]
        plan = plan_trades(accounts, targets, prices, TradeRules(sell_others=True))
        wanted = np.array([targets.get(symbol, 0.0) for symbol in plan.symbols])
        gap = (plan.held + plan.trades) * plan.prices - wanted * plan.values[:, None]
        assert (np.abs(gap) < plan.prices * (1 + 1e-9)).all()
        assert (plan.cash >= 0.02 * plan.values * (1 - 1e-9)).all()


def test_equal_accounts_are_treated_alike() -> None:
    accounts = [Account(name, 12_345.67, {"SHY": 10}) for name in "ABCDE"]
    plan = plan_trades(accounts, {"SHY": 0.3, "TLT": 0.7}, PRICES)
    assert (plan.trades == plan.trades[0]).all()


@pytest.mark.parametrize(
    ("account", "targets", "sentence"),
    [
        (Account("U1", 1e4, {"SPY": 1}), {"TLT": 1.0}, r"symbols of the model \(TLT\), got SPY in account U1; ask for"),
        (Account("U1", 1e4, {"TLT": -1}), {"TLT": 1.0}, "0 or more of TLT in account U1, got -1; short positions"),
        (Account("U1", 0.0, {}), {"TLT": 1.0}, "accounts: expected a value above zero of account U1, got 0"),
        (Account("U1", float("nan"), {}), {"TLT": 1.0}, "accounts: expected a value above zero of account U1, got nan"),
        (Account("U1", 1e4, {}), {"VCIT": 1.0}, "prices: expected a price of VCIT, got none; supply it"),
        (Account("U1", 1e4, {}), {"ZERO": 1.0}, "prices: expected a price above zero of ZERO, got 0"),
        (Account("U1", 1e4, {}), {"TLT": -0.1}, "targets: expected no negative weight, got -0.1 for TLT"),
        (Account("U1", 1e4, {}), {"TLT": 0.6, "SHY": 0.5}, r"targets: expected at most 1 in all, got 1\.1"),
    ],
)
def test_wrong_books(account: Account, targets: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        plan_trades([account], targets, {**PRICES, "ZERO": 0.0})


def test_wrong_accounts_and_rules() -> None:
    with pytest.raises(InputError, match="accounts: expected at least one, each name once, got none"):
        plan_trades([], {"TLT": 1.0}, PRICES)
    with pytest.raises(InputError, match="accounts: expected at least one, each name once, got A, A"):
        plan_trades([Account("A", 1.0, {}), Account("A", 1.0, {})], {"TLT": 1.0}, PRICES)
    with pytest.raises(InputError, match="minimum: expected an amount of 0 or more, got -1"):
        TradeRules(minimum=-1)
    with pytest.raises(InputError, match="band: expected a share from 0 to less than 1, got 1"):
        TradeRules(band=1)
    with pytest.raises(InputError, match="lot: expected a whole number of shares from 1, got 0"):
        TradeRules(lot=0)
