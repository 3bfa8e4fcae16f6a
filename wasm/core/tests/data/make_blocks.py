"""Writes blocks.json: rows of weights, packed and unpacked by the `gguf` PyPI package (0.19), as hex.

    pip install gguf && python3 make_blocks.py > blocks.json

Its quantisers give bit for bit what ggml's reference ones do.
"""

import json

import gguf
import numpy as np

random = np.random.default_rng(1)
block = lambda values: np.resize(np.array(values, dtype=np.float32), 32)
rows = {
    "normal": random.normal(0, 0.02, 96),
    "uniform": random.uniform(-3, 3, 64),
    "zeros": block([0]),
    "one weight": np.eye(1, 32, 7)[0] * -5.5,
    "ties between steps": block([127, -127, 0.5, -0.5, 1.5, -1.5, 2.5, 63.5, -63.5]),
    "equal extremes": block([-8, 8, 1, -1, 0.5, 7.5, -7.5]),
    "scale below f16's normals": block([1e-6, -2e-6, 5e-7]),
    "scale below f16": block([1e-12, -3e-12]),
    "ties of bf16 and f16": np.array([0x3F808000, 0x3F818000, 0x3F808001, 0x3F801000, 0x3F803000] * 7)[:32]
    .astype(np.uint32)
    .view(np.float32),
    "large": block([60000, -30000, 12345.678]),
}
hex_of = lambda array: np.ascontiguousarray(array).tobytes().hex()
types = [getattr(gguf.GGMLQuantizationType, name) for name in ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]]
out = []
for name, row in rows.items():
    row = row.astype(np.float32)
    case = {"name": name, "weights": hex_of(row), "types": {}}
    for ty in types:
        packed = gguf.quants.quantize(row, ty)
        unpacked = gguf.quants.dequantize(packed, ty)
        case["types"][ty.name] = {"packed": hex_of(packed), "unpacked": hex_of(unpacked.astype(np.float32))}
    out.append(case)
print(json.dumps(out, indent=1))
