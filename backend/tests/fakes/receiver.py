"""Takes whatever is posted to it, as a collector of traces or of errors does, and lets tests look at it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Posted:
    path: str
    kind: str
    body: bytes


@dataclass
class Receiver:
    url: str = ""
    posted: list[Posted] = field(default_factory=list)

    def wait(self, number: int = 1) -> list[Posted]:
        """What was posted, once it is so much."""
        deadline = time.monotonic() + 10
        while len(self.posted) < number:
            assert time.monotonic() < deadline, f"{len(self.posted)} of {number} arrived"
            time.sleep(0.01)  # between looks at another thread
        return list(self.posted)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a loopback port until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.posted.append(Posted(self.path, self.headers.get("content-type", ""), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
