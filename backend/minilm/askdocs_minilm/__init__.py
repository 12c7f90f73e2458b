"""The files of all-MiniLM-L6-v2 in 8 bits, and what they take and give."""

from pathlib import Path

GRAPH_VERSION = 1
"""Raise it when `graph.build` changes what comes out, and the package's version with it."""

DIMENSIONS = 384
MAX_TOKENS = 256

FOLDER = Path(__file__).parent / "model"
GRAPH = FOLDER / f"all-MiniLM-L6-v2-int8-{GRAPH_VERSION}.onnx"
TOKENIZER = FOLDER / "tokenizer.json"
