"""The address of a service: a reverse proxy that splits requests by percent."""

from __future__ import annotations

import aiohttp
from aiohttp import web

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host", "content-length"}


class Ingress:
    """`shares` are percents and addresses; of a hundred requests in turn, so many go to each."""

    def __init__(self) -> None:
        self.shares: list[tuple[int, str]] = []
        self._turn = 0
        self._client: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        self._client = aiohttp.ClientSession(
            auto_decompress=False, trust_env=False, skip_auto_headers=["Accept-Encoding", "User-Agent"]
        )
        app = web.Application(client_max_size=50_000_000)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        if self._client:
            await self._client.close()

    def _next(self) -> str | None:
        # 37 and 100 have no common divisor: neighbours go to different targets, and a hundred are exact.
        place = self._turn * 37 % 100
        self._turn += 1
        for percent, url in self.shares:
            if place < percent:
                return url
            place -= percent
        return None

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        target = self._next()
        if target is None:
            return web.Response(status=404, text="No revision serves this.")
        assert self._client is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        headers["x-forwarded-for"] = request.remote or ""
        try:
            async with self._client.request(
                request.method,
                f"{target}{request.path_qs}",
                headers=headers,
                data=await request.read(),
                allow_redirects=False,
            ) as answer:
                kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
                response = web.StreamResponse(status=answer.status, headers=kept)
                await response.prepare(request)
                async for piece in answer.content.iter_any():
                    await response.write(piece)
                await response.write_eof()
                return response
        except aiohttp.ClientError as error:
            return web.Response(status=503, text=f"The instance does not answer: {error}")
