"""Asks the system for the addresses of names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from askdocs.outbound.addresses import Address

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""All addresses of a host, in the order in which to try them. Raises `OSError` if it has none."""

_LOOKUPS = 4
"""Look-ups at once. They block a thread each for as long as somebody else's name server likes, so the threads
are none that anything else waits for."""


class SystemResolver:
    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="outbound-names")

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port)
        return [ip_address(address) for address in dict.fromkeys(found)]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # from the codec of names, which some labels pass by
        raise OSError(f"{host} is no name") from error
    return [str(address[0]).partition("%")[0] for *_, address in found]
