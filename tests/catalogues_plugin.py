"""Compiles the message catalogues before Django starts, so that tests see what staff see."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Runs before any test module is imported; only what is stale is compiled."""
    from cms.catalogues import ensure_catalogues

    ensure_catalogues()
