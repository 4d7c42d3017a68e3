"""Tables made from known series pass every check, spoiled ones do not; files of another layout are told."""

from __future__ import annotations

import numpy as np
import pytest

from aram_xl.errors import InputError
from aram_xl.performance import statistics
from aram_xl.published import audit_tables, load_tables, questions

N = 110
MONTH_ENDS = np.arange("2016-02", "2025-04", dtype="datetime64[M]").astype("datetime64[D]") - 1
HEADER = (
    "table,benchmark,name,feb_2025_pct,ytd_2025_pct,one_year_pct,three_year_pct,five_year_pct,cum_since_2016_pct,"
    "positive_months_pct,alpha_since_2016_pct,alpha_12m_pct,beta_12m,correlation_12m,ret_stdev_12m"
)
DIGITS = {
    "last_month": 2, "ytd": 1, "one_year": 1, "three_year": 1, "five_year": 1, "cumulative": 0,
    "positive_months": 0, "alpha": 1, "alpha_12m": 1, "beta_12m": 2, "correlation_12m": 2, "ret_stdev_12m": 1,
}  # fmt: skip
PLAIN = ("beta_12m", "correlation_12m", "ret_stdev_12m")
MINIMAL = "table,benchmark,name,beta_12m\nfunds,Bonds,Bonds,1.00\n"


def printed_row(name: str, stats) -> str:
    texts = [f"{stats[key] * (1 if key in PLAIN else 100):.{digits}f}" for key, digits in DIGITS.items()]
    return ",".join(["funds", "Bonds", name, *texts])


def made_tables(folder, seed: int, scale: float = 1.0, annual: bool = False):
    """A benchmark and four funds of other betas, risks and skews, printed as the newsletter prints."""
    random = np.random.default_rng(seed)
    bonds = 0.003 + 0.012 * random.standard_t(5, N)
    funds = {"Bonds": bonds}
    for i, (beta, risk) in enumerate([(0.1, 0.004), (0.6, 0.01), (1.3, 0.005), (-0.3, 0.03)]):
        funds[f"Fund {'ABCD'[i]}"] = beta * bonds + 0.003 + scale * risk * (random.standard_exponential(N) - 1)
    rows, tracked = (
        [HEADER],
        ["name,tracking_error_pct,cum_return_pct,cum_bonds_pct,diff_cum_return_pct,information_ratio"],
    )
    total = 100 * (np.prod(1 + bonds) - 1)
    for name, returns in funds.items():
        stats = statistics(returns, bonds, dates=MONTH_ENDS)
        rows.append(printed_row(name, stats))
        if name != "Bonds":
            own = 100 * stats.cumulative
            error = 100 * stats.tracking_error * (np.sqrt(12) if annual else 1)
            tracked.append(f"{name},{error:.2f},{own:.1f},{total:.1f},{own - total:.1f},{(own - total) / error:.1f}")
    (folder / "returns.csv").write_text("\n".join(rows) + "\n")
    (folder / "tracking.csv").write_text("\n".join(tracked) + "\n")
    return load_tables(folder)


@pytest.mark.parametrize("seed", range(25))
def test_tables_made_from_real_series_contradict_nothing(seed, tmp_path):
    """Soundness: whatever the series, rounding them must not be called a fault.

    Left out are what a random series can be (like cash, like its neighbour), and the reading of these monthly tracking
    errors as annual ones.
    """
    harmless = ("moves more than cash", "rows that repeat", "tracking error as an annual figure")
    checked = set()
    for question in questions(made_tables(tmp_path, seed)):
        answer = question.judge(question.figures)
        checked.add(question.check)
        if question.severity != "none" and question.check not in harmless:
            assert answer.verdict in ("fits", "not testable"), answer.sentence
        if question.subject.startswith("(1 + a)^12 - 1 of the regression's intercept"):
            assert answer.verdict == "fits", answer.sentence
    assert len(checked) == 18


@pytest.mark.parametrize("seed", range(5))
def test_annual_tracking_errors_are_not_called_impossible(seed, tmp_path):
    tables = made_tables(tmp_path, seed, annual=True)
    verdicts = {
        q.judge(q.figures).verdict for q in questions(tables) if q.check == "tracking error as an annual figure"
    }
    assert verdicts == {"fits"}


def rewritten(folder, old: str, new: str):
    path = folder / "returns.csv"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return load_tables(folder)


def figure_of(tables, name: str, role: str):
    return next(row for row in tables.rows if row.name == name).figures[role].cell


@pytest.mark.parametrize(
    ("name", "role", "factor", "check"),
    [
        ("Fund B", "beta_12m", 2.0, "beta"),
        ("Fund A", "ytd", 9.0, "hidden month"),
        ("Fund C", "alpha_12m", 3.0, "alpha, 12 months"),
        ("Fund B", "cumulative", 1.5, "one series, one figure"),
        ("Bonds", "correlation_12m", 0.5, "correlation"),
        ("Bonds", "ret_stdev_12m", 20.0, "beta"),
    ],
)
def test_a_spoiled_figure_is_found(name, role, factor, check, tmp_path):
    """In tables that had no fault."""
    tables = made_tables(tmp_path, 3)
    cell = figure_of(tables, name, role)
    text = (tmp_path / "returns.csv").read_text().splitlines()
    line = next(i for i, row in enumerate(text) if row.split(",")[2] == name)
    cells = text[line].split(",")
    place = HEADER.split(",").index(cell.column)
    digits = DIGITS[role]
    cells[place] = f"{float(cell.text) * factor + 10.0**-digits:.{digits}f}"
    text[line] = ",".join(cells)
    (tmp_path / "returns.csv").write_text("\n".join(text))
    wrong = {f.check for f in audit_tables(load_tables(tmp_path)).findings if f.severity != "none"}
    assert check in wrong


def test_january_alone_is_its_own_year_to_date(tmp_path):
    rows = "table,benchmark,name,jan_2025_pct,ytd_2025_pct,cum_since_2016_pct\na,B,B,1.02,1.0,20\na,B,C,1.02,1.1,20\n"
    (tmp_path / "returns.csv").write_text(rows)
    verdicts = {f.subject: f.verdict for f in audit_tables(load_tables(tmp_path)).findings if f.check == "hidden month"}
    assert verdicts == {"B (a)": "fits", "C (a)": "impossible"}


def test_later_months_have_a_hidden_return_without_a_test(tmp_path):
    """(1 + 5 %)/(1 + 2 %) - 1 = 2.94 % from January to March."""
    rows = "table,benchmark,name,apr_2025_pct,ytd_2025_pct,cum_since_2016_pct\na,B,Bonds,2.0,5.0,20\n"
    (tmp_path / "returns.csv").write_text(rows)
    (finding,) = [f for f in audit_tables(load_tables(tmp_path)).findings if f.check == "hidden month"]
    assert finding.verdict == "not testable"
    assert finding.found.contains(1.05 / 1.02 - 1)
    assert "for Jan to Mar 2025" in finding.sentence


def test_counts_are_testable_where_months_are_few(tmp_path):
    """26 months, printed to 1 %: 50 % is 13, 52 % has none (13/26 = 50.0 %, 14/26 = 53.8 %), 104 % never."""
    rows = "table,benchmark,name,feb_2025_pct,cum_since_2023_pct,positive_months_pct\n"
    rows += "".join(f"a,B,{name},1.0,20,{share}\n" for name, share in [("B", 50), ("C", 52), ("D", 104)])
    (tmp_path / "returns.csv").write_text(rows)
    found = {f.subject: f for f in audit_tables(load_tables(tmp_path)).findings if f.check == "positive months"}
    assert [f.verdict for f in found.values()] == ["fits", "impossible", "impossible"]
    assert "50 % of 26 months is 13 months" in found["B (a)"].sentence
    assert (found["B (a)"].power.text, found["C (a)"].power.text) == ("51", "53") or found["B (a)"].power.units == 1


def test_windows_of_one_length_are_one_figure(tmp_path):
    """January 2022 to December 2024 is the three years too: 20 % and 31 % cannot both be."""
    rows = "table,benchmark,name,dec_2024_pct,three_year_pct,cum_since_2022_pct\na,B,B,1.0,20.4,20\na,B,C,1.0,20,31\n"
    (tmp_path / "returns.csv").write_text(rows)
    verdicts = [f.verdict for f in audit_tables(load_tables(tmp_path)).findings if f.check == "longer windows"]
    assert verdicts == ["fits", "impossible"]


def test_a_claim_about_no_row_and_a_heading_without_row(tmp_path):
    (tmp_path / "returns.csv").write_text(
        "table,benchmark,name,one_year_pct,beta_12m,correlation_12m,ret_stdev_12m\n"
        "funds,Bonds,Bonds,5.0,1.00,1.00,1.0\nfunds,Bonds,Fund,5.0,0.50,0.50,1.0\n"
    )
    (tmp_path / "claims.csv").write_text(
        "kind,table,name,measure,figure,text\nclaim,funds,Nobody,beta,0.5,half the risk\n"
        "heading,funds,,benchmark,Gold,gold\n"
    )
    found = {(f.check, f.subject): f for f in audit_tables(load_tables(tmp_path)).findings}
    assert found["claim", "half the risk; Nobody"].verdict == "does not fit"
    assert "no row Nobody in a table funds" in found["claim", "half the risk; Nobody"].sentence
    assert found["heading", "Fund (funds)"].verdict == "not testable"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "returns.csv: expected a header and at least one row, got 0 filled lines"),
        ("table,benchmark,name\n", "got 1 filled lines"),
        ("a,b\n1,2\n", "expected the columns table, benchmark and name"),
        ("table,benchmark,name,sharpe\na,b,c,1\n", "expected only columns of the layout, got 'sharpe'"),
        (
            "table,benchmark,name,beta_12m,beta_12m\na,b,c,1,1\n",
            "expected each column once, got beta_12m more than once",
        ),
        ("table,benchmark,name,beta_12m\na,b,c\n", "expected 4 cells in row 2 as in the header, got 3"),
        ("table,benchmark,name,beta_12m\na,b,,1\n", "expected a text under name in row 2, got an empty cell"),
        (
            "table,benchmark,name,beta_12m\na,b,c,1\na,b,c,2\n",
            "expected each name once in a table, got 'c' again in row 3",
        ),
        ('table,benchmark,name,beta_12m\na,b,c,"1,5"\n', "row 2, beta_12m: expected a printed number .* got '1,5'"),
        ("table,benchmark,name,beta_12m\na,b,c,about 1\n", "expected a printed number .* got 'about 1'"),
        ("table,benchmark,name,feb_2025_pct,ytd_2024_pct\na,b,c,1,1\n", "expected one year, got a month of 2025"),
        ("table,benchmark,name,feb_2025_pct,cum_since_2026_pct\na,b,c,1,1\n", "begins before 2025, got 2026"),
        (
            "table,benchmark,name,cum_since_2015_pct,alpha_since_2016_pct\na,b,c,1,1\n",
            "one first year, got 2015 and 2016",
        ),
        ("table,benchmark,name,jan_2025_pct,feb_2025_pct\na,b,c,1,1\n", "expected one column for last_month"),
        ('table,benchmark,name,beta_12m\na,b,"c,1\n', "expected comma-separated text in UTF-8"),
    ],
)
def test_files_of_another_layout_are_told(text, message, tmp_path):
    (tmp_path / "returns.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        load_tables(tmp_path / "returns.csv")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "tracking.csv",
            "name,tracking_error_pct,weight\na,1.0,2\n",
            "expected only columns of the layout, got 'weight'",
        ),
        ("claims.csv", "kind,table,name,measure,figure,text\nclaim,a,b,gamma,1,x\n", "claim and 'gamma'"),
        ("claims.csv", "kind,table,name,measure,figure,text\nrumour,a,b,beta,1,x\n", "rumour and 'beta'"),
        ("claims.csv", "kind,table,name,measure,figure,text\nclaim,a,b,beta,half,x\n", "got 'half'"),
        (
            "proxies.csv",
            "name,series,note\na,0.6 + 0.4,x\n",
            r"expected a series such as SPY or 0\.6 SPY \+ 0\.4 AGG in row 2",
        ),
        ("proxies.csv", "name,series,note\nStocks,SPY,x\n", "expected the name of a row of the returns, got 'Stocks'"),
        (
            "claims.csv",
            "kind,table,name,measure,figure,text\nheading,gold,,benchmark,Bonds,x\n",
            "expected a heading of one of the tables funds, got 'gold'",
        ),
        (
            "claims.csv",
            "kind,table,name,measure,figure,text\nfact,,Stocks,fee_pct,0.1,x\n",
            "expected a fact about a row of the returns, got 'Stocks'",
        ),
        ("more.csv", MINIMAL, "expected one table of returns, got more.csv and returns.csv"),
        ("latin.csv", b"name,series,note\na,b,\xe9\n", "expected comma-separated text in UTF-8"),
    ],
)
def test_further_files_of_another_layout_are_told(name, text, message, tmp_path):
    (tmp_path / "returns.csv").write_text(MINIMAL)
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message):
        load_tables(tmp_path)


def test_what_is_no_table_at_all(tmp_path):
    with pytest.raises(InputError, match="a folder of CSV files or one of 2025_02, got nothing there"):
        load_tables(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="expected CSV files of published tables in the folder, got none"):
        load_tables(tmp_path)
    (tmp_path / "tracking.csv").write_text("name,tracking_error_pct\na,1.0\n")
    with pytest.raises(
        InputError, match=r"expected a table of returns \(columns table, benchmark, name \.\.\.\), got none"
    ):
        load_tables(tmp_path)


def test_pasted_cells_are_read_as_they_stand(tmp_path):
    """Spaces, a true minus sign, percent signs, empty cells and a byte order mark are all taken."""
    header = "\ufefftable, benchmark, name, feb_2025_pct, beta_12m, cum_since_2016_pct"
    (tmp_path / "returns.csv").write_text(f"{header}\nfunds, Bonds, Bonds, \u22120.17%, -, 1 2\n\n", encoding="utf-8")
    (row,) = load_tables(tmp_path / "returns.csv").rows
    assert set(row.figures) == {"last_month", "cumulative"}
    assert row.figures["last_month"].interval.contains(-0.0017)
    assert row.figures["last_month"].text == "-0.17 %"


@pytest.mark.parametrize("seed", range(30))
def test_no_figure_however_absurd_stops_the_audit(seed, tmp_path):
    """Losses of everything, zeros and typing errors get a verdict; a sixth of all cells is spoiled or emptied."""
    random = np.random.default_rng(seed)
    made_tables(tmp_path, seed)
    for name in ("returns.csv", "tracking.csv"):
        header, *lines = (tmp_path / name).read_text().splitlines()
        spoiled = [
            ",".join(
                random.choice(["-100", "-250.0", "0.0", "0", "999", "-0.1", "0.00001", ""])
                if i >= (3 if name == "returns.csv" else 1) and random.random() < 1 / 6
                else cell
                for i, cell in enumerate(line.split(","))
            )
            for line in lines
        ]
        (tmp_path / name).write_text("\n".join([header, *spoiled]))
    for question in questions(load_tables(tmp_path)):
        answer = question.judge(question.figures)
        assert answer.verdict in ("fits", "does not fit", "impossible", "not testable")
        assert answer.sentence.endswith(".")
