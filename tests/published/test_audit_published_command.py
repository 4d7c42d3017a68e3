"""What ``aram-xl audit --published`` shows, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aram_xl.cli._published import audit_published
from aram_xl.errors import InputError

CLEAN = (
    "table,benchmark,name,one_year_pct,beta_12m,correlation_12m,ret_stdev_12m\n"
    "funds,Bonds,Bonds,5.0,1.00,1.00,1.0\nfunds,Bonds,Fund,5.0,0.50,0.50,1.0\n"
)


def test_the_worked_example_as_text(capsys):
    assert audit_published(Path("2025_02"), False) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith(
        "Published tables: 2025_02, 110 months Grave impossible (beta): SPY ETF is its own benchmark"
    )
    for part in (
        "two benchmarks in one row",
        "[would fit with 1.00 in place of 1.27: SPY ETF, beta_12m]",
        "[no change of a single figure would make it fit]",
        "Worth asking",
        "Definitions tried",
        "fits 14 of 14 rows",
        "not testable (positive months)",
        "SPY ETF (passive) 2.65 to 2.76 % 9.94 to 10.67 % 78",
        "Aggregate (passive) 0.44 to 0.54 % 5.46 to 6.19 % 60 or 61",
    ):
        assert part in text


def test_the_worked_example_as_json(capsys):
    assert audit_published(Path("2025_02"), True) == 1
    content = json.loads(capsys.readouterr().out)
    impossible = [f["subject"] for f in content["findings"] if f["verdict"] == "impossible"]
    assert impossible[:2] == ["SPY ETF (passive)", "EQ/FI 60/40 (passive)"]
    assert content["counts"]["beta"] == {"impossible": 2, "does not fit": 0, "not testable": 0, "fits": 14}


def test_exit_status_follows_the_severity(tmp_path, capsys):
    file = tmp_path / "returns.csv"
    file.write_text(CLEAN)
    assert audit_published(file, False) == 0
    assert "Grave" not in capsys.readouterr().out
    file.write_text(CLEAN.replace("5.0,0.50,0.50,1.0", "0.4,0.02,0.50,2.0"))  # 0.2 % a year: like cash, low severity
    assert audit_published(file, False, severity="medium") == 0
    assert "Remarks" not in capsys.readouterr().out
    assert audit_published(file, False) == 1
    assert "Remarks" in capsys.readouterr().out
    file.write_text(CLEAN.replace("0.50,0.50", "0.90,0.50"))
    assert audit_published(file, True, severity="high") == 1


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="got nothing there"):
        audit_published(tmp_path / "absent.csv", False)


@pytest.mark.filterwarnings("ignore::aram_xl.errors.DataWarning")
def test_rows_are_reproduced_from_prices(shared, capsys):
    data = shared / "data"
    prices, corrections = data / "etf_adj_close_daily.csv", data / "known_issues.csv"
    assert audit_published(Path("2025_02"), False, prices=prices, corrections=corrections) == 1
    lines = capsys.readouterr().out.splitlines()
    shown = [line.split() for line in lines if line.startswith("SPY ETF         SPY")]
    assert shown[0][3:] == ["in", "in", "in", "in", "0.175", "in"]
    assert shown[1][3:] == ["in", "in", "in", "0.265", "in", "in"]
    assert any(line.startswith("Securitized     no series here") for line in lines)
    text = " ".join(" ".join(lines).split())
    assert "1.272 to EQ/FI 60/40: the printed figure is measured to EQ/FI 60/40." in text
    assert audit_published(Path("2025_02"), True, prices=prices, corrections=corrections) == 1
    content = json.loads(capsys.readouterr().out)
    assert {item["measured_to"] for item in content["reproduced"]} == {"", "EQ/FI 60/40"}
