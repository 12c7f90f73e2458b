"""A Qdrant server for tests: the part of its APIs that Askdocs uses, over the vendor's own engine.

The unmodified `qdrant_client` talks to it. In a test:

    async with qdrant.running(tmp_path, api_key="key") as shim:
        client = AsyncQdrantClient(url=shim.url, api_key="key")
        shim.faults.append(Fault("status", status=503, times=1))

REST is at `shim.url`, gRPC on `shim.grpc_port`, over the same collections and with the same faults.

By hand, from `backend/`: `python -m tests.fakes.qdrant --port 6333 --grpc-port 6334 --dir /tmp/qdrant
[--api-key KEY]`. Port 0 picks a free one; the first line printed is the URL, the second the gRPC port.
Faults are then scripted over HTTP, without a key:
`POST /_faults {"kind": "delay", "seconds": 2, "path": "/points/query"}`, `DELETE /_faults`. A refused
connection needs no script: stop the shim.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.fakes import qdrant_grpc, qdrant_rest
from tests.fakes.qdrant_engine import Certificate, Shim


@asynccontextmanager
async def running(
    directory: Path,
    *,
    api_key: str | None = None,
    port: int = 0,
    grpc_port: int = 0,
    certificate: Certificate | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Shim]:
    """Serve on ports of `host` until the block ends, by TLS if there is a certificate."""
    shim = Shim(directory, api_key)
    shim.open()
    try:
        async with (
            qdrant_rest.serving(shim, port, certificate, host) as shim.url,
            qdrant_grpc.serving(shim, grpc_port, certificate, host) as shim.grpc_port,
        ):
            yield shim
    finally:
        shim.close()


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running(
        arguments.dir,
        api_key=arguments.api_key,
        port=arguments.port,
        grpc_port=arguments.grpc_port,
        host=arguments.host,
    ) as shim:
        print(shim.url, shim.grpc_port, sep="\n", flush=True)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=6333)
    parser.add_argument("--grpc-port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--dir", type=Path, required=True, help="where the collections live; kept between runs"
    )
    parser.add_argument("--api-key", help="refuse requests that do not carry this key")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments))


if __name__ == "__main__":
    main()
