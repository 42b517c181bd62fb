"""Worker and beat as programs of their own need a broker that they can hear."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_a_memory_broker_is_refused_with_the_cure(program):
    command = [sys.executable, "-m", "celery", "-A", "cms", program]
    env = {**os.environ, "CELERY_BROKER_URL": "memory://"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=90)
    assert done.returncode != 0
    assert "CELERY_BROKER_URL=redis://" in done.stderr
