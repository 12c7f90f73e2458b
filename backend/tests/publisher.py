"""Publishes a folder in a process of its own, so that tests can kill it: `python -m tests.publisher FOLDER`.

Prints its process id, a line for each step of the publish and, when it has ended, `published N`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from askdocs.index import run
from askdocs.index.progress import Progress
from askdocs.sources import open_source
from askdocs.types import SourceSpec
from tests.worlds import open_world


async def publish(folder: Path) -> None:
    async with open_world(folder, index={"lease_seconds": 0.2}) as world:

        def report(progress: Progress) -> None:
            print(progress.phase, progress.done, flush=True)

        summary = await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs))], report=report)
        print("published", summary.revision, flush=True)


if __name__ == "__main__":
    print(os.getpid(), flush=True)
    asyncio.run(publish(Path(sys.argv[1])))
