"""Readers of a composed stack: hosts in its outer network, which reach it by its name over TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx


class Call(Protocol):
    def __call__(self, function: Callable[[], Any], /) -> Any: ...


@dataclass(frozen=True)
class Reader:
    """Who has one address. `call` runs a function where that address is."""

    call: Call
    address: str
    server: str
    name: str
    authority: Path
    """Certificate of the authority that signed the server's."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        def send() -> httpx.Response:
            with self._client() as client:
                return client.request(method, path, **self._options(options))

        response: httpx.Response = self.call(send)
        return response

    def ask(self, site: str, question: str, **options: Any) -> httpx.Response:
        return self.request("POST", f"/api/v1/sites/{site}/chat", json={"question": question}, **options)

    def stream(self, site: str, question: str, on_event: Callable[[str], None]) -> None:
        """Ask, and hand over each event when it arrives."""

        def send() -> None:
            with self._client() as client, self._streaming(client, site, question) as response:
                for line in response.iter_lines():
                    if line.startswith("data: "):
                        on_event(line.removeprefix("data: "))

        self.call(send)

    @contextmanager
    def _streaming(self, client: httpx.Client, site: str, question: str) -> Iterator[httpx.Response]:
        path = f"/api/v1/sites/{site}/chat"
        with client.stream("POST", path, **self._options({"json": {"question": question}})) as response:
            yield response.raise_for_status()

    def _client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self.authority))
        transport = httpx.HTTPTransport(verify=trust, local_address=self.address)
        return httpx.Client(transport=transport, base_url=f"https://{self.server}", timeout=30)

    def _options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Host": self.name, "Origin": f"https://{self.name}", **options.get("headers", {})}
        return {**options, "headers": headers, "extensions": {"sni_hostname": self.name}}
