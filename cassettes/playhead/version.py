"""The version of this distribution, the one place that says it (pyproject.toml must agree)."""

__version__ = "0.1.0"
