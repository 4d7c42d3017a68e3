"""Direct Risk Targeting portfolios that run in, and can be audited from, spreadsheets."""

__version__ = "0.1.0"
