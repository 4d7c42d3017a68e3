"""Excel on Windows: the module that xlwings serves, the VBA that calls it, the files that carry the VBA."""
