"""A stand-in for GitHub's API: pull requests, and the comments on them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "acme/docs"
TOKEN = "a-token-that-may-write-comments"


@dataclass
class GitHub:
    """`pulls` by number; `comments` by the number of their pull request."""

    url: str = ""
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def open_pull(self, number: int, *, owner: str, branch: str, sha: str) -> None:
        self.pulls[number] = {"number": number, "head": {"label": f"{owner}:{branch}", "sha": sha}}
        self.comments[number] = []

    def write(self, number: int, body: str, *, kind: str) -> None:
        identity = 1000 + sum(map(len, self.comments.values()))
        self.comments[number].append({"id": identity, "body": body, "user": {"type": kind}})

    def bodies(self, number: int) -> list[str]:
        return [comment["body"] for comment in self.comments[number]]


@contextmanager
def running() -> Iterator[GitHub]:
    state = GitHub()

    class Handler(_Handler):
        github = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    github: GitHub

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self) -> None:
        if self.headers["authorization"] != f"Bearer {TOKEN}":
            return self._send(401, {"message": "Bad credentials"})
        address = urlsplit(self.path)
        asked = parse_qs(address.query)
        path = address.path.removeprefix(f"/repos/{REPOSITORY}")
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length)) if length else {}
        if (self.command, path) == ("GET", "/pulls"):
            wanted = [one for one in self.github.pulls.values() if one["head"]["label"] == asked["head"][0]]
            return self._send(200, wanted)
        if found := re.fullmatch(r"/issues/(\d+)/comments", path):
            return self._comments(int(found[1]), body)
        if (found := re.fullmatch(r"/issues/comments/(\d+)", path)) and self.command == "PATCH":
            for comment in chain.from_iterable(self.github.comments.values()):
                if comment["id"] == int(found[1]):
                    comment["body"] = body["body"]
                    return self._send(200, comment)
        return self._send(404, {"message": "Not Found"})

    def _comments(self, number: int, body: dict[str, Any]) -> None:
        if self.command == "POST":
            self.github.write(number, body["body"], kind="Bot")
        self._send(201 if self.command == "POST" else 200, self.github.comments[number])

    def _send(self, status: int, value: Any) -> None:
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
