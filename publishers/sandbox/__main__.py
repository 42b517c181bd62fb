"""``python -m publishers.sandbox``: the rehearsal platforms as a server of their own."""

import argparse
import pathlib
import signal
import sys
import threading

from publishers.sandbox.server import SandboxServer


def main() -> int:
    """Serve until interrupted; prints the address. Exit code 1 when the port or the log is taken."""
    parser = argparse.ArgumentParser(prog="python -m publishers.sandbox", description=__doc__)
    parser.add_argument("--log", type=pathlib.Path, required=True, help="the append-only log file")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds every platform call takes")
    options = parser.parse_args()
    server = SandboxServer(options.log, options.host, options.port, options.delay)
    try:
        server.start()
    except OSError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    print(server.url, flush=True)
    done.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
