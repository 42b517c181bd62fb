"""The reach ledger: figures written only by what happened (docs/export.md has every rule)."""

from campaigns.ledger.fold import fold, fold_changes

__all__ = ["fold", "fold_changes"]
