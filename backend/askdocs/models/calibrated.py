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
        Features(6.56, 2.48, 7.50, -1.47), bias=-1.34, decline=0.64, sure=0.79
    ),
}
"""By the embedding model, which holds for any of its collections."""
