"""all-MiniLM-L6-v2 as an ONNX graph, written from its weights: 32-bit floats, or 8-bit whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askdocs_minilm import DIMENSIONS, MAX_TOKENS

Floats = NDArray[np.float32]

LAYERS, HEADS = 6, 12


def build(weights: Mapping[str, Floats], *, quantized: bool) -> bytes:
    """BERT with six layers, mean pooling and normalization, as a serialized ONNX model.

    Input `tokens`, int64 of shape (n,); output `vector`, float32 of shape (384,). Raises ImportError without
    the package `onnx`.
    """
    from onnx import TensorProto, helper

    graph = _Int8Graph(weights) if quantized else _Graph(weights)
    hidden = _embeddings(graph)
    for layer in range(LAYERS):
        hidden = _layer(graph, hidden, f"encoder.layer.{layer}.")
    graph.add("ReduceMean", [hidden, graph.constant("first_axis", np.array([0]))], "mean", keepdims=0)
    graph.add("LpNormalization", ["mean"], "vector", axis=0, p=2)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "minilm",
            [helper.make_tensor_value_info("tokens", TensorProto.INT64, ["n"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [DIMENSIONS])],
            list(graph.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    return bytes(model.SerializeToString())


def _embeddings(graph: _Graph) -> str:
    words = graph.rows("embeddings.word_embeddings.weight", "tokens", "words")
    # There is one segment only, so its embedding is as good as part of every position's.
    positions = graph.weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    positions = positions + graph.weights["embeddings.token_type_embeddings.weight"][0]
    start = graph.constant("start", np.array([0]))
    graph.add("Shape", ["tokens"], "count")
    graph.add("Slice", [graph.constant("positions.weight", positions), start, "count"], "positions")
    graph.add("Add", [words, "positions"], "embedded")
    return graph.norm("embedded", "embeddings.LayerNorm")


def _layer(graph: _Graph, hidden: str, name: str) -> str:
    context = _attention(graph, hidden, f"{name}attention.self.")
    attended = graph.linear(context, f"{name}attention.output.dense")
    graph.add("Add", [attended, hidden], f"{name}attended")
    attended = graph.norm(f"{name}attended", f"{name}attention.output.LayerNorm")
    widened = graph.linear(attended, f"{name}intermediate.dense")
    graph.add("Gelu", [widened], f"{name}activated")
    narrowed = graph.linear(f"{name}activated", f"{name}output.dense")
    graph.add("Add", [narrowed, attended], f"{name}transformed")
    return graph.norm(f"{name}transformed", f"{name}output.LayerNorm")


def _attention(graph: _Graph, hidden: str, name: str) -> str:
    split = graph.constant("split", np.array([0, HEADS, DIMENSIONS // HEADS]))
    merge = graph.constant("merge", np.array([0, DIMENSIONS]))
    scale = graph.constant("scale", np.array((DIMENSIONS // HEADS) ** -0.5, np.float32))
    # (n, 384) becomes (heads, n, 32), and for the keys (heads, 32, n).
    for part, order in (("query", [1, 0, 2]), ("key", [1, 2, 0]), ("value", [1, 0, 2])):
        graph.add("Reshape", [graph.linear(hidden, f"{name}{part}"), split], f"{name}{part}.split")
        graph.add("Transpose", [f"{name}{part}.split"], f"{name}{part}.heads", perm=order)
    graph.add("MatMul", [f"{name}query.heads", f"{name}key.heads"], f"{name}products")
    graph.add("Mul", [f"{name}products", scale], f"{name}scores")
    graph.add("Softmax", [f"{name}scores"], f"{name}shares", axis=-1)
    graph.add("MatMul", [f"{name}shares", f"{name}value.heads"], f"{name}context.heads")
    graph.add("Transpose", [f"{name}context.heads"], f"{name}context.split", perm=[1, 0, 2])
    return graph.add("Reshape", [f"{name}context.split", merge], f"{name}context")


class _Graph:
    """Nodes and constants of an ONNX graph in 32-bit floats. Methods return the name of what they compute."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def norm(self, inputs: str, name: str) -> str:
        weight, bias = f"{name}.weight", f"{name}.bias"
        constants = [self.constant(weight, self.weights[weight]), self.constant(bias, self.weights[bias])]
        return self.add("LayerNormalization", [inputs, *constants], name, axis=-1, epsilon=1e-12)

    def rows(self, table: str, indices: str, output: str) -> str:
        return self.add("Gather", [self.constant(table, self.weights[table]), indices], output)

    def linear(self, inputs: str, name: str) -> str:
        self._multiply(inputs, f"{name}.weight", f"{name}.product")
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.add("Add", [f"{name}.product", bias], name)

    def _multiply(self, inputs: str, weight: str, output: str) -> None:
        self.add("MatMul", [inputs, self.constant(weight, self.weights[weight].T)], output)


class _Int8Graph(_Graph):
    """The same with weights in 8 bits, one scale per output, and activations in 8 bits, one scale per token.

    Scales per token rather than per text (what onnxruntime's own dynamic quantization does) cost a quarter
    more time and leave a third of the error: on documentation the cosine to the 32-bit model is .998 on
    average and at least .994, instead of .994 and .979.
    """

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        super().__init__(weights)
        self._quantized: dict[str, str] = {}

    def rows(self, table: str, indices: str, output: str) -> str:
        weight = self.weights[table]
        scale = _scale(np.abs(weight).max(axis=1, keepdims=True))
        whole = self.constant(table, np.round(weight / scale).astype(np.int8))
        self.add("Gather", [whole, indices], f"{output}.whole")
        self.add("Gather", [self.constant(f"{table}.scale", scale), indices], f"{output}.scale")
        self._to_float(f"{output}.whole", f"{output}.float")
        return self.add("Mul", [f"{output}.float", f"{output}.scale"], output)

    def _multiply(self, inputs: str, weight: str, output: str) -> None:
        values = self.weights[weight]
        # Processors without VNNI add neighbouring products in 16 bits, which overflow when two neighbouring
        # weights sum to more than 128. Scaling by that sum keeps the vectors the same on every machine.
        sums = np.abs(values[:, ::2] + values[:, 1::2]).max(axis=1)
        scale = _scale(np.maximum(np.abs(values).max(axis=1), sums))
        whole = self.constant(weight, np.round(values / scale[:, None]).astype(np.int8).T)
        self.add("MatMulInteger", [self._to_bytes(inputs), whole, self._middle()], f"{output}.whole")
        self._to_float(f"{output}.whole", f"{output}.float")
        self.add("Mul", [f"{output}.float", f"{inputs}.scale"], f"{output}.tokens")
        self.add("Mul", [f"{output}.tokens", self.constant(f"{weight}.scale", scale)], output)

    def _to_bytes(self, inputs: str) -> str:
        """`inputs` as unsigned bytes round 128. Their scale, one per token, is `{inputs}.scale`."""
        if inputs not in self._quantized:
            if not self._quantized:
                self.add("Expand", [self._middle(), "count"], "middles")
            last = self.constant("last_axis", np.array([-1]))
            most = self.constant("most", np.array(127, np.float32))
            self.add("Abs", [inputs], f"{inputs}.sizes")
            self.add("ReduceMax", [f"{inputs}.sizes", last], f"{inputs}.largest")
            self.add("Div", [f"{inputs}.largest", most], f"{inputs}.scale")
            self.add("Reshape", [f"{inputs}.scale", last], f"{inputs}.scales")
            scaled = [inputs, f"{inputs}.scales", "middles"]
            self._quantized[inputs] = self.add("QuantizeLinear", scaled, f"{inputs}.bytes", axis=0)
        return self._quantized[inputs]

    def _to_float(self, whole: str, output: str) -> None:
        from onnx import TensorProto

        self.add("Cast", [whole], output, to=TensorProto.FLOAT)

    def _middle(self) -> str:
        return self.constant("middle", np.array(128, np.uint8))


def _scale(largest: Floats) -> Floats:
    return np.where(largest > 0, largest / 127, 1).astype(np.float32)
