"""What runs in a container: `askdocs`, with one of the flaws that a bad build may have.

python -m tests.fakes.google_cloud.image FLAW ARGUMENTS
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from askdocs.answer import retrieve
from askdocs.cli import main

_search = retrieve.search
_SMOKE = 1
"""Questions that are answered before the flaw shows: a smoke test asks that many."""

_asked = 0


async def _failing(*arguments: Any, **options: Any) -> Any:
    if _past_the_smoke_test():
        raise RuntimeError("a bug of this build")
    return await _search(*arguments, **options)


async def _slow(*arguments: Any, **options: Any) -> Any:
    if _past_the_smoke_test():
        await asyncio.sleep(3)  # the flaw itself
    return await _search(*arguments, **options)


def _past_the_smoke_test() -> bool:
    global _asked  # noqa: PLW0603  a flaw of the process
    _asked += 1
    return _asked > _SMOKE


def _begin(flaw: str) -> None:
    serves = sys.argv[1:2] == ["serve"]
    if flaw == "crash" and serves:
        os.environ["SECRET_KEY"] = "short"
    elif flaw == "no-widget":
        os.environ["ASKDOCS_SERVER__WIDGET_DIR"] = "/nonexistent"
    elif flaw == "failing-answers":
        retrieve.search = _failing
    elif flaw == "slow-answers":
        retrieve.search = _slow


if __name__ == "__main__":
    _, chosen, *rest = sys.argv
    sys.argv = ["askdocs", *rest]
    _begin(chosen)
    main()
