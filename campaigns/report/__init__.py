"""The reach report: a plan, a period and what the ledger knows of it."""

from campaigns.report.build import build

__all__ = ["build"]
