"""Reading published tables: CSV files of returns, tracking errors, claims and proxies, told apart by their headers."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from aram_xl._published_tables import (
    MONTHS,
    Cell,
    Claim,
    Figure,
    Proxy,
    PublishedTables,
    ReturnsRow,
    TrackingRow,
    same_name,
)
from aram_xl.errors import InputError

if TYPE_CHECKING:
    from aram_xl.table_files import FilePath

ROLES = {
    "last_month": rf"({'|'.join(MONTHS)})_(\d{{4}})_pct",
    "ytd": r"ytd_(\d{4})_pct",
    "one_year": r"one_year_pct",
    "three_year": r"three_year_pct",
    "five_year": r"five_year_pct",
    "cumulative": r"cum_since_(\d{4})_pct",
    "positive_months": r"positive_months_pct",
    "alpha": r"alpha_since_(\d{4})_pct",
    "alpha_12m": r"alpha_12m_pct",
    "beta_12m": r"beta_12m",
    "correlation_12m": r"correlation_12m",
    "ret_stdev_12m": r"ret_stdev_12m",
}
"""What a column of the table of returns means, by its name."""

TRACKING_ROLES = {
    "tracking_error": r"tracking_error_pct",
    "cumulative": r"cum_return_pct",
    "gap": r"diff_cum_return_pct",
    "information_ratio": r"information_ratio",
}
BENCHMARK_COLUMN = re.compile(r"cum_(\w+)_pct")
"""Of the table of tracking errors: any other cumulative return is that of a benchmark, which the column names."""

CLAIM_COLUMNS = ("kind", "table", "name", "measure", "figure", "text")
PROXY_COLUMNS = ("name", "series", "note")
CLAIM_KINDS = {"heading": ("benchmark",), "claim": ("alpha_pct", "beta"), "fact": ("fee_pct",)}

_PART = re.compile(r"(?:([0-9]*\.?[0-9]+)\s+)?([A-Za-z^][^\s+]*)")

_EMPTY = ("", "-", "n/a", "N/A", "NA")
"""Of a cell in which nothing is printed."""


def published_tables() -> tuple[str, ...]:
    """Names of the tables that come with the package: year and month."""
    return tuple(sorted(folder.name for folder in _shipped().iterdir() if folder.is_dir()))


def load_tables(source: FilePath) -> PublishedTables:
    """Read published tables: one CSV file of returns, a folder of up to four CSV files, or a shipped name.

    The kind of a file is read from its header. Columns of returns: ``table, benchmark, name`` and any of
    ``feb_2025_pct`` (month and year as they are), ``ytd_2025_pct, one_year_pct, three_year_pct, five_year_pct,
    cum_since_2016_pct, positive_months_pct, alpha_since_2016_pct, alpha_12m_pct, beta_12m, correlation_12m,
    ret_stdev_12m``; of tracking errors: ``name, tracking_error_pct, cum_return_pct, cum_<benchmark>_pct,
    diff_cum_return_pct, information_ratio``; of claims: ``kind, table, name, measure, figure, text``; of series at hand
    for printed rows: ``name, series, note``.

    Raises:
        InputError: no such file, an unknown or repeated column, a row without name, a cell that is no printed number.
    """
    if str(source) in published_tables():
        return _tables(str(source), [_shipped() / str(source) / name for name in _csv_names(_shipped() / str(source))])
    path = Path(source)
    if path.is_dir():
        files = [path / name for name in _csv_names(path)]
        if not files:
            raise InputError(f"{path}: expected CSV files of published tables in the folder, got none")
        return _tables(str(source), files)
    if not path.is_file():
        shipped = ", ".join(published_tables())
        raise InputError(f"{path}: expected a CSV file, a folder of CSV files or one of {shipped}, got nothing there")
    return _tables(str(source), [path])


def _shipped() -> Traversable:
    return resources.files("aram_xl") / "published_tables"


def _csv_names(folder: Traversable) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name.lower().endswith(".csv"))


def _tables(source: str, files: Iterable[Traversable]) -> PublishedTables:
    kinds: dict[str, str] = {}
    tables = PublishedTables(source, (), (), (), (), None, None)
    for file in files:
        sheet = _Sheet.read(file)
        if sheet.kind in kinds:
            raise InputError(f"{source}: expected one table of {sheet.kind}, got {kinds[sheet.kind]} and {sheet.name}")
        kinds[sheet.kind] = sheet.name
        if sheet.kind == "returns":
            month, since = _period(sheet)
            tables = dataclasses.replace(tables, rows=_returns_rows(sheet), month=month, since=since)
        elif sheet.kind == "tracking errors":
            tables = dataclasses.replace(tables, tracking=_tracking_rows(sheet))
        elif sheet.kind == "proxies":
            tables = dataclasses.replace(tables, proxies=_proxies(sheet))
        else:
            tables = dataclasses.replace(tables, claims=_claims(sheet))
    if "returns" not in kinds:
        raise InputError(f"{source}: expected a table of returns (columns table, benchmark, name ...), got none")
    _require_subjects(tables, kinds)
    return tables


def _require_subjects(tables: PublishedTables, kinds: Mapping[str, str]) -> None:
    """Headings, facts and proxies belong to tables and rows; a typing error must not make them silent."""
    known = {row.table for row in tables.rows}
    for claim in tables.claims:
        if claim.kind == "heading" and claim.table not in known:
            raise InputError(
                f"{kinds['claims']}: expected a heading of one of the tables {', '.join(sorted(known))}, "
                f"got {claim.table!r}"
            )
        if claim.kind == "fact" and not any(same_name(claim.name, row.name) for row in tables.rows):
            raise InputError(f"{kinds['claims']}: expected a fact about a row of the returns, got {claim.name!r}")
    for proxy in tables.proxies:
        if not any(proxy.name == row.name for row in tables.rows):
            raise InputError(f"{kinds['proxies']}: expected the name of a row of the returns, got {proxy.name!r}")


@dataclass(frozen=True, eq=False, slots=True)
class _Sheet:
    """A CSV file as rows of cells by column."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]

    @property
    def kind(self) -> str:
        if {"table", "benchmark", "name"} <= set(self.columns):
            return "returns"
        if "tracking_error_pct" in self.columns:
            return "tracking errors"
        if set(self.columns) == set(CLAIM_COLUMNS):
            return "claims"
        if set(self.columns) == set(PROXY_COLUMNS):
            return "proxies"
        raise InputError(
            f"{self.name}: expected the columns table, benchmark and name (returns), tracking_error_pct (tracking "
            f"errors), {', '.join(CLAIM_COLUMNS)} (claims) or {', '.join(PROXY_COLUMNS)} (proxies), "
            f"got {', '.join(self.columns)}"
        )

    @classmethod
    def read(cls, file: Traversable) -> _Sheet:
        try:
            text = file.read_bytes().decode("utf-8-sig")
            lines = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                f"{file.name}: expected comma-separated text in UTF-8, got {error}; save it as CSV UTF-8"
            ) from error
        except OSError as error:
            raise InputError(f"{file}: expected a file that can be read, got {error.strerror or error}") from error
        filled = [(number, line) for number, line in enumerate(lines, start=1) if any(cell.strip() for cell in line)]
        if len(filled) < 2:
            raise InputError(f"{file.name}: expected a header and at least one row, got {len(filled)} filled lines")
        columns = tuple(cell.strip() for cell in filled[0][1])
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            raise InputError(
                f"{file.name}: expected each column once, got {twice[0] or 'an empty name'} more than once"
            )
        for number, line in filled[1:]:
            if len(line) != len(columns):
                raise InputError(
                    f"{file.name}: expected {len(columns)} cells in row {number} as in the header, got {len(line)}"
                )
        cells = ((number, [cell.strip() for cell in line]) for number, line in filled[1:])
        return cls(file.name, columns, tuple((number, dict(zip(columns, line, strict=True))) for number, line in cells))


def _role(column: str, roles: Mapping[str, str]) -> str | None:
    return next((role for role, pattern in roles.items() if re.fullmatch(pattern, column)), None)


def _period(sheet: _Sheet) -> tuple[tuple[int, int] | None, int | None]:
    """Last month and first year, from the names of the columns."""
    month, since = None, set()
    for column in sheet.columns:
        if found := re.fullmatch(ROLES["last_month"], column):
            month = (int(found[2]), MONTHS.index(found[1]) + 1)
        if found := re.fullmatch(r"(?:cum|alpha)_since_(\d{4})_pct", column):
            since.add(int(found[1]))
    year = next((int(found[1]) for column in sheet.columns if (found := re.fullmatch(ROLES["ytd"], column))), None)
    if month is not None and year not in (None, month[0]):
        raise InputError(f"{sheet.name}: expected one year, got a month of {month[0]} and a year to date of {year}")
    if len(since) > 1:
        raise InputError(f"{sheet.name}: expected one first year, got {' and '.join(map(str, sorted(since)))}")
    first = next(iter(since), None)
    if month is not None and first is not None and first > month[0]:
        raise InputError(f"{sheet.name}: expected a sample that begins before {month[0]}, got {first}")
    return month, first


def _returns_rows(sheet: _Sheet) -> tuple[ReturnsRow, ...]:
    roles = {column: _role(column, ROLES) for column in sheet.columns if column not in ("table", "benchmark", "name")}
    for column, role in roles.items():
        if role is None:
            raise InputError(
                f"{sheet.name}: expected only columns of the layout, got {column!r}; see published_audit.md"
            )
        if list(roles.values()).count(role) > 1:
            raise InputError(f"{sheet.name}: expected one column for {role}, got {column!r} and another")
    rows, places = [], set()
    for number, cells in sheet.rows:
        table, benchmark, name = (_named(sheet, number, cells, column) for column in ("table", "benchmark", "name"))
        if (table, name) in places:
            raise InputError(f"{sheet.name}: expected each name once in a table, got {name!r} again in row {number}")
        places.add((table, name))
        figures = {
            role: _figure(sheet, number, Cell(table, name, column, cells[column]))
            for column, role in roles.items()
            if role is not None and cells[column] not in _EMPTY
        }
        rows.append(ReturnsRow(table, benchmark, name, figures))
    return tuple(rows)


def _tracking_rows(sheet: _Sheet) -> tuple[TrackingRow, ...]:
    rows = []
    for number, cells in sheet.rows:
        name = _named(sheet, number, cells, "name")
        figures: dict[str, Figure] = {}
        benchmarks: dict[str, Figure] = {}
        for column, text in cells.items():
            role, named = _role(column, TRACKING_ROLES), BENCHMARK_COLUMN.fullmatch(column)
            if column != "name" and role is None and named is None:
                raise InputError(f"{sheet.name}: expected only columns of the layout, got {column!r}")
            if column == "name" or text in _EMPTY:
                continue
            figure = _figure(sheet, number, Cell("tracking_error", name, column, text))
            if role is not None:
                figures[role] = figure
            elif named is not None:
                benchmarks[named[1]] = figure
        rows.append(TrackingRow(name, figures, benchmarks))
    return tuple(rows)


def _claims(sheet: _Sheet) -> tuple[Claim, ...]:
    claims = []
    for number, cells in sheet.rows:
        kind, measure = _named(sheet, number, cells, "kind"), cells["measure"]
        if measure not in CLAIM_KINDS.get(kind, ()):
            known = "; ".join(f"{name}: {', '.join(measures)}" for name, measures in CLAIM_KINDS.items())
            raise InputError(
                f"{sheet.name}: expected a kind and measure ({known}) in row {number}, got {kind} and {measure!r}"
            )
        cell = Cell(cells["table"], cells["name"], measure, _named(sheet, number, cells, "figure"))
        figure = Figure(cell) if kind == "heading" else _figure(sheet, number, cell)
        claims.append(Claim(kind, cells["table"], cells["name"], measure, figure, cells["text"]))
    return tuple(claims)


def _proxies(sheet: _Sheet) -> tuple[Proxy, ...]:
    proxies = []
    for number, cells in sheet.rows:
        recipe = cells["series"]
        parts = [_PART.fullmatch(part.strip()) for part in recipe.split("+")] if recipe else []
        if None in parts:
            raise InputError(
                f"{sheet.name}: expected a series such as SPY or 0.6 SPY + 0.4 AGG in row {number}, got {recipe!r}"
            )
        pairs = tuple((float(part[1] or 1), part[2]) for part in parts if part)
        proxies.append(Proxy(_named(sheet, number, cells, "name"), pairs, cells["note"]))
    return tuple(proxies)


def _named(sheet: _Sheet, number: int, cells: Mapping[str, str], column: str) -> str:
    text = cells.get(column, "")
    if not text:
        raise InputError(f"{sheet.name}: expected a text under {column} in row {number}, got an empty cell")
    return text


def _figure(sheet: _Sheet, number: int, cell: Cell) -> Figure:
    figure = Figure(cell._replace(text=cell.text.replace("\u2212", "-").replace(" ", "")))
    try:
        _ = figure.interval
    except InputError as error:
        raise InputError(
            f"{sheet.name}: row {number}, {cell.column}: expected a printed number such as 8.2, -0.17 or 71%, "
            f"got {cell.text!r}; leave a cell empty where nothing is printed"
        ) from error
    return figure
