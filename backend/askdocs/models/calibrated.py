"""How sure retrieval is with the embedding models that come with the program, and with those unheard of.

Fitted by `answer.calibration` on the first questions of four labelled sets (327 that the docs answer, 65 that
they do not): decisions/confidence.md has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping

from askdocs.types import Calibration, Features

BY_WORDS = Calibration(Features(0.0, 4.77, 0.0, -2.21), bias=1.43, decline=0.64, sure=0.82)
"""For embeddings that nobody has calibrated, and questions that could not be embedded: what scores mean is
not known there, but what words do."""

BUILT_IN: Mapping[str, Calibration] = {
    "all-MiniLM-L6-v2-int8": Calibration(
        Features(5.75, 3.24, 8.83, -1.87), bias=-1.87, decline=0.67, sure=0.82
    ),
}
"""By the embedding model, which holds for any of its collections."""
