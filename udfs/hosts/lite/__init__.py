"""xlwings Lite: a workbook that carries the functions and runs them in Excel itself, without an installation."""
