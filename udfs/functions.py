"""All functions: importing this module fills the registry."""

from udfs import activeness, audit, data, estimate, judge, models, step3, target
from udfs.registry import REGISTRY, arrange

MODULES = (data, estimate, target, step3, models, judge, activeness, audit)
"""In the order of the reference."""

__all__ = ["MODULES", "REGISTRY"]

arrange([module.__name__ for module in MODULES])
