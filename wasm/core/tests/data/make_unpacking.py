"""Writes unpacking.json: random blocks of every quantised type, unpacked by the `gguf` PyPI package (0.19), as hex.

    pip install gguf && python3 make_unpacking.py > unpacking.json

Every bit of a block is random but for the f16 scales, which are sane; then come blocks of all zeros and all ones.
"""

import json

import gguf
import numpy as np

random = np.random.default_rng(2)
# Blocks, and the bytes at which their f16 scales and minima lie.
types = {
    "Q8_0": (3, [0]),
    "Q4_0": (3, [0]),
    "Q4_1": (3, [0, 2]),
    "Q5_0": (3, [0]),
    "Q5_1": (3, [0, 2]),
    "Q2_K": (2, [80, 82]),
    "Q3_K": (2, [108]),
    "Q4_K": (2, [0, 2]),
    "Q5_K": (2, [0, 2]),
    "Q6_K": (2, [208]),
    "IQ4_NL": (3, [0]),
    "IQ4_XS": (2, [0]),
}
hex_of = lambda array: np.ascontiguousarray(array).tobytes().hex()
out = {}
for name, (count, scales) in types.items():
    ty = gguf.GGMLQuantizationType[name]
    size = gguf.GGML_QUANT_SIZES[ty][1]
    blocks = random.integers(0, 256, (count + 2, size), dtype=np.uint8)
    blocks[count], blocks[count + 1] = 0, 255
    for at in scales:
        values = random.normal(0, 0.05, count + 2).astype(np.float16)
        values[0] = np.float16(3e-6)  # Below f16's normal numbers.
        blocks[:, at : at + 2] = values.view(np.uint8).reshape(-1, 2)
    unpacked = gguf.quants.dequantize(blocks, ty).astype(np.float32)
    out[name] = [{"packed": hex_of(b), "unpacked": hex_of(u)} for b, u in zip(blocks, unpacked)]
print(json.dumps(out, indent=1))
