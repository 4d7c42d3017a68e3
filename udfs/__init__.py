"""Spreadsheet functions: thin, registered once, served by every host."""
