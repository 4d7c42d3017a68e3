"""report: what it reads, what it writes, what it refuses."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

import aram_xl as ax
from aram_xl._performance_tables import performance_tables
from aram_xl._report_charts import drawing
from aram_xl._report_content import Block
from aram_xl._report_pdf import BOTTOM, HEIGHT, LEAST_ROWS, TOP, _Grid, _turns
from aram_xl.hurdles import Hurdles, bill_returns

Run = Callable[..., Result]
ROLES = ("--benchmark", "AGG", "--equity", "SPY", "--aggregate", "AGG")
TITLES = (
    *("Return summary", "Statistics", "Tracking error and information ratio", "Calendar years"),
    *("Drawdowns, measured at month ends", "Capture ratios", "Best and worst months", "Rolling 12 months"),
)


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    return ax.period_returns(ax.sample_prices().loc[:"2018-02-28", ["AGG", "SPY", "BIL", "TLT"]], "M")


@pytest.fixture(scope="module")
def returns_file(months: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "returns.csv"
    months.to_csv(path)
    return path


@pytest.fixture(scope="module")
def rates_file(months: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Percent a year at the end of each month, the one before the sample first; no quote on one day between."""
    path = tmp_path_factory.mktemp("rates") / "rates.csv"
    days = [pd.Timestamp("2012-12-31"), *months.index]
    table = pd.DataFrame({"IRX": np.linspace(0.05, 1.6, len(days))}, index=pd.DatetimeIndex(days, name="Date"))
    table.loc[pd.Timestamp("2013-03-15")] = np.nan
    table.sort_index().to_csv(path)
    return path


def numbers(run: Run, tmp_path: Path, *arguments: object) -> Any:
    file = tmp_path / "numbers.json"
    result = run("report", *arguments, "-o", file)
    assert result.exit_code == 0, result.stderr
    return json.loads(file.read_text())


class _Page(HTMLParser):
    """Elements, and texts of pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        self.addresses += [str(found[key]) for key in ("src", "href", "action", "data", "srcset") if key in found]
        if tag == "img":
            self.pictures.append((str(found["src"]), str(found["alt"])))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_holds_everything_and_asks_nothing_of_anybody(run: Run, returns_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    result = run("report", returns_file, "-o", file, *ROLES, "--risk-free", "BIL", "--title", "A <b> & C")
    assert result.exit_code == 0, result.stderr
    assert f"Written: {file}" in result.stdout.replace("\n", "")
    text = file.read_text()
    page = _Page(text)
    assert page.open == []
    assert {"script", "link", "iframe", "object"} & set(page.tags) == set()
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.addresses)
    assert "url(" not in text
    assert "@import" not in text
    assert len(page.pictures) == 5
    for source, words in page.pictures:
        picture = base64.b64decode(source.partition(",")[2]).decode()
        assert picture.rstrip().endswith("</svg>")
        assert "<script" not in picture
        assert re.search(r"\d", words), "a chart says in words what it shows"
    for title in TITLES:
        assert f"<figcaption>{title}</figcaption>" in text
    assert "<h1>A &lt;b&gt; &amp; C</h1>" in text
    tables = text.count("<table")
    basis = r"Hypothetical\. Sample 2013-01-31 to 2018-02-28, 62 monthly returns; benchmark AGG; "
    assert len(re.findall(basis, text)) == tables - 3 + len(page.pictures)  # three tables of definitions have none
    assert text.count("Hypothetical: not the record of an account") == 2
    assert "convention newsletter" in text
    assert "convention standard" in text
    assert "2018 is incomplete: Jan to Feb only" in text


def test_figures_of_the_page_are_those_of_the_engine(
    run: Run, returns_file: Path, months: pd.DataFrame, tmp_path: Path
):
    file = tmp_path / "report.html"
    run("report", returns_file, "-o", file, *ROLES)
    cells = re.findall(r'<th scope="row">TLT</th>(.*?)</tr>', file.read_text())
    stats = ax.statistics(months["TLT"], months["AGG"])
    shown = [f"{100 * stats[key]:.2f}".replace("-", "\N{MINUS SIGN}") for key in ("last_month", "ytd", "one_year")]
    assert cells[1].startswith("".join(f"<td>{text}</td>" for text in shown))  # the first is that of calendar years


def test_numbers_are_those_of_the_engine(run: Run, returns_file: Path, months: pd.DataFrame, tmp_path: Path) -> None:
    found = numbers(run, tmp_path, returns_file, *ROLES, "--risk-free", "BIL", "--top", "2")
    assert set(found["tables"]) == {"newsletter", "standard"}
    hurdles = Hurdles(months["BIL"], months["SPY"], months["AGG"])
    for convention in ("newsletter", "standard"):
        own = performance_tables(months[["SPY", "TLT"]], months["AGG"], convention, hurdles=hurdles, top=2)
        assert found["tables"][convention] == own.as_dict()
    rows = [row["name"] for row in found["tables"]["newsletter"]["return_summary"]["rows"]]
    assert rows == ["SPY", "TLT", "T-bills (BIL)", "Benchmark (AGG)", "60/40 (SPY, AGG)"]


def test_without_any_option_hurdles_are_not_supplied(run: Run, returns_file: Path, tmp_path: Path) -> None:
    found = numbers(run, tmp_path, returns_file)
    assert set(found["tables"]) == {"newsletter"}
    assert found["tables"]["newsletter"]["statistics"]["not_supplied"] == ["T-bills", "Benchmark", "60/40"]
    file = tmp_path / "bare.html"
    run("report", returns_file, "-o", file)
    text = file.read_text()
    assert "Not supplied: the standard convention needs a risk-free series" in text
    told = " ".join(run("report", returns_file, "-o", file).stdout.split())
    assert "Standard convention not supplied: the standard convention needs a risk-free series" in told
    assert text.count('<td class="absent"') == 3 * text.count("<tbody>") - 3 * 2  # two tables of definitions


def test_quoted_rates_become_t_bills(
    run: Run, returns_file: Path, rates_file: Path, months: pd.DataFrame, tmp_path: Path
) -> None:
    options = (
        "--rates",
        rates_file,
        "--rate",
        "IRX",
        "--rate-convention",
        "discount_13_week",
        "--rate-unit",
        "percent",
    )
    found = numbers(run, tmp_path, returns_file, *ROLES, *options)
    quotes = pd.read_csv(rates_file, index_col="Date", parse_dates=True)["IRX"] / 100
    earned = bill_returns(quotes, months.index, "discount_13_week")
    row = next(r for r in found["tables"]["standard"]["return_summary"]["rows"] if r["name"] == "T-bills (IRX)")
    assert row["cumulative"] == pytest.approx(float((1 + earned).prod() - 1), rel=1e-12)
    assert found["remarks"] == [
        "T-bills: rate IRX of rates.csv (discount 13 week) at the end of the month before, held for the month."
    ]
    assert found["tables"]["standard"]["basis"]["risk_free"] == "IRX"


def test_a_history_of_a_back_test_is_known_and_hypothetical(run: Run, prices_file: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    assert run("backtest", "active-index-ig", prices_file, "--csv", history, "--cost-bps", "5").exit_code == 0
    found = numbers(run, tmp_path, history, "--start", "2016-02-01")
    rows = [row["name"] for row in found["tables"]["newsletter"]["return_summary"]["rows"]]
    assert (found["record"], rows) == ("hypothetical", ["net", "gross", "T-bills", "Benchmark", "60/40"])
    assert found["tables"]["newsletter"]["basis"]["start"] == "2016-02-29"
    table = pd.read_csv(history).iloc[1:]
    assert found["tables"]["newsletter"]["return_summary"]["rows"][0]["cumulative"] == pytest.approx(
        float((1 + table["net"]).prod() - 1), rel=1e-12
    )
    file = tmp_path / "history.html"
    assert run("report", history, "-o", file).exit_code == 0
    assert "The target is that of each month" in file.read_text()
    refused = run("report", history, "-o", file, "--actual")
    assert (refused.exit_code, "got the history of a back-test; leave --actual out" in refused.stderr) == (2, True)
    spoilt = tmp_path / "spoilt.csv"
    pd.read_csv(history, index_col=0).astype({"net": object}).replace({"net": {table["net"].iloc[2]: "x"}}).to_csv(
        spoilt
    )
    sentence = "spoilt.csv: net on 2016-04-29 (row 5): expected a return, got the text 'x'"
    assert sentence in run("report", spoilt, "-o", file).stderr
    spoilt.write_text(spoilt.read_text().replace(",x,", ",,"))
    sentence = "spoilt.csv: net on 2016-04-29: expected a number, got an empty cell; write the file again"
    assert sentence in run("report", spoilt, "-o", file).stderr


def test_a_synthetic_label_goes_along(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    source = tmp_path / "made_up.csv"
    months.to_csv(source, index_label="Date (SYNTHETIC sample: generated prices)")
    assert numbers(run, tmp_path, source)["labels"] == ["SYNTHETIC sample: generated prices"]
    file = tmp_path / "report.html"
    assert "SYNTHETIC sample: generated prices." in run("report", source, "-o", file).stdout
    assert '<p class="mark" role="note">SYNTHETIC sample: generated prices</p>' in file.read_text()


@pytest.mark.parametrize("wanted", ["newsletter", "standard", "both"])
def test_each_convention_asked_for_is_there_whole_and_no_other(
    run: Run, returns_file: Path, months: pd.DataFrame, tmp_path: Path, wanted: str
) -> None:
    """Rolling alpha, beta and correlation of 12 and 36 months among its tables; the screen names it."""
    file, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    options = (*ROLES, "--risk-free", "BIL", "--convention", wanted)
    told = " ".join(run("report", returns_file, "-o", file, *options).stdout.split())
    run("report", returns_file, "-o", paper, *options)
    text, pages = file.read_text(), " ".join(text_of_pages(paper))
    assert "ot supplied: the standard convention needs" not in text + pages + told
    hurdles = Hurdles(months["BIL"], months["SPY"], months["AGG"])
    for convention in ("newsletter", "standard"):
        asked = wanted in (convention, "both")
        heading = f"{convention.capitalize()} convention"
        assert (f"<h2>{heading}</h2>" in text, heading in pages) == (asked, asked)
        assert (f"convention {convention}: " in told) == asked
        if asked:
            part = text.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0]
            for rolled in performance_tables(
                months[["SPY", "TLT"]], months["AGG"], convention, hurdles=hurdles
            ).rolling:
                figures = rolled.beta[-1, 1], rolled.alpha[-1, 1] * 100, rolled.correlation[-1, 1]
                texts = [f"{x:z.{d}f}".replace("-", "\N{MINUS SIGN}") for x, d in zip(figures, (3, 2, 3), strict=True)]
                table = part.partition(f"Rolling {rolled.window} months</figcaption>")[2].partition("</table>")[0]
                row = re.findall("<td>(.*?)</td>", table.partition(">TLT</th>")[2].partition("</tr>")[0])
                assert [row[0], *row[6:]] == texts


def test_less_than_a_year_and_dates_within_months_are_told(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    """Eight months, the last row on 14 August: no figure a year, no scatter chart, and a sentence on the dates."""
    part = months.iloc[:8].set_axis([*months.index[:7], pd.Timestamp("2013-08-14")])
    source, file = tmp_path / "short.csv", tmp_path / "short.html"
    part.to_csv(source, index_label="Date")
    told = " ".join(run("report", source, "-o", file, *ROLES, "--risk-free", "BIL").stdout.split())
    text = file.read_text()
    remark = "Dates are not month ends: 1 of 8, the latest 2013-08-14; each row counts as a whole month."
    assert remark in told
    assert text.count(remark) == text.count("<figure") - 3  # three tables of definitions
    assert text.count('<p class="note">Fewer than 12 months: nothing is annualised.</p>') == 4
    assert 'alt="Risk and return. Fewer than 12 months: nothing is annualised."' in text
    found = numbers(run, tmp_path, source, *ROLES, "--risk-free", "BIL")["tables"]["standard"]
    assert found["return_summary"]["rows"][0]["annualised_return"] is None
    assert found["statistics"]["rows"][0]["sharpe"] is None
    assert found["basis"]["remark"] == remark


@pytest.mark.parametrize("top", [1, 3, 10])
def test_no_few_rows_stand_alone_on_a_page(top: int) -> None:
    """Tables of 30 to 75 rows, begun anywhere on a page: each page has four rows or more, and they fit on it."""
    with drawing():
        for series in range(-(-30 // top), 75 // top + 1):
            rows = tuple((f"S{i}" if k == 0 else "", "1", "2") for i in range(series) for k in range(top))
            grid = _Grid(Block("Months", ("", "Best", "Worst"), rows, frozenset(), ("A note.",)))
            assert len(set(grid.heights)) == 1
            height = grid.heights[0]
            room = grid.start - grid.title - grid.head + 0.1
            while room < 6:
                turns = _turns(grid, room)
                ends = np.diff([0, *turns, len(rows)])
                assert ends.min() >= LEAST_ROWS - (top == 3), (series, room, turns)
                held = [room, *[HEIGHT - TOP - BOTTOM - grid.title - grid.head] * len(turns)]
                held[-1] -= grid.tail
                assert (ends * height <= np.array(held) + 1e-9).all()
                if top == 3:
                    assert all(rows[turn][0] for turn in turns), "the months of a series are not parted"
                room += 0.37


def test_an_actual_record_says_so(run: Run, returns_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    result = run("report", returns_file, "-o", file, "--actual")
    assert result.stdout.startswith("Actual record, as stated by whoever supplied the returns; not verified")
    assert "ypothetical" not in file.read_text()


def text_of_pages(file: Path) -> list[str]:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("no pdftotext")
    done = subprocess.run([program, "-layout", str(file), "-"], capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


def test_paper_holds_everything(run: Run, returns_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    assert run("report", returns_file, "-o", file, *ROLES, "--risk-free", "BIL").exit_code == 0
    assert file.read_bytes().startswith(b"%PDF-")
    pages = text_of_pages(file)
    for number, page in enumerate(pages, start=1):
        assert "HYPOTHETICAL" in page
        assert f"{number} of {len(pages)}" in page
    whole = " ".join(" ".join(pages).split())
    for title in (*TITLES, "Growth of 100", "Rolling beta", "Rolling risk", "Drawdown", "Risk and return"):
        assert title in whole
    assert "Sample 2013-01-31 to 2018-02-28, 62 monthly returns; benchmark AGG" in whole


@pytest.mark.parametrize("ending", ["html", "pdf", "json"])
def test_the_same_returns_give_the_same_bytes(run: Run, returns_file: Path, tmp_path: Path, ending: str) -> None:
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    for file in (one, two):
        assert run("report", returns_file, "-o", file, *ROLES, "--end", "2013-12-31").exit_code == 0
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(("ending", "end"), [("html", "2013-01-31"), ("html", "2013-05-31"), ("pdf", "2013-01-31")])
def test_a_short_history_is_a_report_too(run: Run, returns_file: Path, tmp_path: Path, ending: str, end: str) -> None:
    """One month has no standard deviation, five no window of twelve: words stand in place of the charts."""
    file = tmp_path / f"short.{ending}"
    result = run("report", returns_file, "-o", file, *ROLES, "--risk-free", "BIL", "--end", end)
    assert result.exit_code == 0, result.stderr
    if ending == "html":
        assert "Fewer than 12 months: no window yet." in file.read_text()


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_many_series_with_awkward_names(run: Run, months: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    """Forty years by twelve series: columns go on below, rows on the next page, charts show the first eight."""
    rng = np.random.default_rng(3)
    days = pd.DatetimeIndex(pd.date_range("1980-01-31", periods=480, freq="ME"), name="Date")
    names = ["_hidden", "$x^2$ fund", "A & B <i>", "A name that goes on and on beyond any width of a page, really on"]
    table = pd.DataFrame(rng.normal(0.005, 0.03, (480, 12)), index=days, columns=[*names, *"EFGHIJKL"])
    source, file = tmp_path / "many.csv", tmp_path / f"many.{ending}"
    table.to_csv(source)
    result = run("report", source, "-o", file, "--benchmark", "L", "--title", "$100 & more")
    assert result.exit_code == 0, result.stderr
    if ending == "pdf":
        whole = " ".join(text_of_pages(file))
        assert all(text in whole for text in ("$x^2$ fund", "A & B <i>", "_hidden", "Calendar years, continued"))
        assert "Best and worst months, continued" in whole
        assert whole.count("Not drawn, in the tables only: I, J, K.") == 5
    else:
        text = file.read_text()
        assert text.count('<p class="note">Not drawn, in the tables only: I, J, K.</p>') == 5
        assert "A &amp; B &lt;i&gt;" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-o", "r.docx"], "output: expected a name that ends in .html, .pdf or .json, got 'r.docx'"),
        (
            ["-o", "r.html", "--benchmark", "XXX"],
            "benchmark: expected one of the columns AGG, SPY, BIL, TLT, got 'XXX'",
        ),
        (["-o", "r.html", "--equity", "SPY"], "aggregate: expected a series, got none beside equity"),
        (["-o", "r.html", "--convention", "standard"], "risk_free: expected a series of returns per month"),
        (["-o", "r.html", "--rates", "rates.csv"], "rates: expected --rates, --rate, --rate-convention, --rate-unit"),
        (["-o", "r.html", "--top", "0"], "top: expected a whole number of at least 1, got 0"),
        (["-o", "r.html", "--target", "XXX"], "target: expected one of the columns"),
        (["-o", "no/such/folder/r.html"], "expected a folder that can be written"),
        (["-o", "r.html", "--start", "2030-01-01"], "expected returns between start and end, got none"),
        ([], "Missing option '--output'"),
    ],
)
def test_wrong_options(
    run: Run, returns_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("report", returns_file, *options)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_rates_that_cannot_be_used(run: Run, returns_file: Path, rates_file: Path, tmp_path: Path) -> None:
    def told(*changes: object) -> str:
        options = {"--rate": "IRX", "--rate-convention": "discount_13_week", "--rate-unit": "percent"}
        options |= dict(zip(changes[::2], changes[1::2], strict=True))  # type: ignore[arg-type]
        flat = [part for pair in {"--rates": rates_file, **options}.items() for part in pair]
        result = run("report", returns_file, "-o", tmp_path / "r.html", *flat)
        assert result.exit_code == 2
        return result.stderr

    assert "rates.csv: expected one of the columns IRX, got 'DFF'" in told("--rate", "DFF")
    assert "yields: expected decimals per year, got" in told("--rate-unit", "decimal")
    assert "got both; leave one out" in told("--risk-free", "BIL")
    spoilt = tmp_path / "rates.csv"
    spoilt.write_text(rates_file.read_text().replace("2013-03-15,", "2013-03-15,n/a"))
    assert "IRX on 2013-03-15 (row 5): expected a yield, got the text 'n/a'" in told("--rates", spoilt)


def test_no_file_that_is_read_is_written_over(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    source = tmp_path / "returns.parquet"
    months.to_parquet(source)
    target = tmp_path / "link.html"
    target.symlink_to(source)
    assert "this is a file to read" in run("report", source, "-o", target).stderr
    assert "expected the name of a file to write, got a folder" in run("report", source, "-o", _folder(tmp_path)).stderr


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder.html"
    folder.mkdir()
    return folder


def test_nothing_beside_the_benchmark_is_refused(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    source = tmp_path / "one.csv"
    months[["AGG"]].to_csv(source)
    result = run("report", source, "-o", tmp_path / "r.html", "--benchmark", "AGG")
    assert (result.exit_code, "expected a series to report on beside AGG, got none" in result.stderr) == (2, True)


def test_a_library_that_is_absent_is_named(
    run: Run, returns_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    result = run("report", returns_file, "-o", tmp_path / "r.html")
    assert result.exit_code == 2
    assert "report: expected jinja2 to draw and set it, got none; pip install 'aram_xl[report]'" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_browser_shows_it_without_complaint(run: Run, returns_file: Path, tmp_path: Path) -> None:
    """Headless: nothing on the console, every picture drawn at the size that it was made for, no table cut off."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium")
    file = tmp_path / "report.html"
    run("report", returns_file, "-o", file, *ROLES, "--risk-free", "BIL", "--end", "2015-12-31")
    probe = (
        "<script>document.title=[...document.images].map(i=>i.complete+':'+(i.naturalWidth>600)).concat("
        "[...document.querySelectorAll('.wide')].filter(e=>e.scrollWidth>e.clientWidth)"
        ".map(e=>e.parentNode.firstElementChild.textContent)).join()</script>"
    )
    probed = tmp_path / "probed.html"
    probed.write_text(file.read_text().replace("</body>", f"{probe}</body>"))
    options = (
        "--headless",
        "--window-size=1200,900",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    )
    done = subprocess.run(
        [program, *options, "--enable-logging=stderr", "--dump-dom", probed.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert f"<title>{','.join(['true:true'] * 5)}</title>" in done.stdout
    assert "CONSOLE" not in done.stderr
