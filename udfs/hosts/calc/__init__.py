"""LibreOffice Calc: an add-in that asks a worker process of the project's own Python."""
