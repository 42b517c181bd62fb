"""How dates are written and read, per language of the staff."""
