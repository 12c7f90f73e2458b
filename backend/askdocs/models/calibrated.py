"""How sure retrieval is with the embedding models that come with the program, and with those unheard of."""

from __future__ import annotations

from collections.abc import Mapping

from askdocs.types import Calibration, Features

BY_WORDS = Calibration(Features(0.0, 4.26, 0.0, -2.05), bias=1.54, decline=0.63, sure=0.83)
"""For embeddings that nobody has calibrated, and questions that could not be embedded: what scores mean is
not known there, but what words do."""

BUILT_IN: Mapping[str, Calibration] = {
    "all-MiniLM-L6-v2-int8": Calibration(
        Features(5.98, 2.24, 6.52, -1.41), bias=-0.85, decline=0.66, sure=0.81
    ),
}
"""By the embedding model, which holds for any of its collections."""
