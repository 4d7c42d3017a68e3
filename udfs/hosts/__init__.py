"""Where the functions live: one folder per host."""
