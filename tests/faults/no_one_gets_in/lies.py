"""Model files that lie about their headers, and folders that ask for code or point elsewhere."""

import json
import struct

from tests.model_files import gguf_bytes, safetensors_bytes, with_header

SOUND = {
    "model.safetensors": safetensors_bytes({"a": [2, 3], "b": [4]}),
    "config.json": b'{"model_type": "llama"}',
    "tokenizer.json": b"{}",
}
HUGE = 2**63
F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def header(**tensors: object) -> bytes:
    return json.dumps(tensors).encode()


def tensor(**changed: object) -> dict[str, object]:
    return {**F32, **changed}


LYING_WEIGHTS = {
    "longer than can be": with_header(b"{}", 8, HUGE),
    "longer than the file": with_header(b"{}", 8, 10_000),
    "larger than 25 MB": with_header(b" " * 26_000_000, 0),
    "empty": b"",
    "seven bytes": bytes(7),
    "a pickle": b"\x80\x04\x95" + bytes(100),
    "a zip of pickles": b"PK\x03\x04" + bytes(200),
    "no object": with_header(b"[]", 0),
    "no JSON": with_header(b"{" * 20, 0),
    "nested deeply": with_header(b"[" * 200_000, 0),
    "not UTF-8": with_header(b'{"\xff": 1}', 0),
    "a number of 5000 digits": with_header(b'{"a": ' + b"9" * 5000 + b"}", 0),
    "bytes behind the end": with_header(header(a=tensor(data_offsets=[0, 800], shape=[200])), 8),
    "bytes before the beginning": with_header(header(a=tensor(data_offsets=[-8, 0])), 8),
    "overlapping": with_header(header(a=F32, b=tensor(data_offsets=[4, 12])), 12),
    "one place twice": with_header(header(a=F32, b=F32), 8),
    "a gap": with_header(header(a=F32, b=tensor(data_offsets=[16, 24])), 24),
    "more data than tensors": with_header(header(a=F32), 16),
    "another shape": with_header(header(a=tensor(shape=[3])), 8),
    "another type": with_header(header(a=tensor(dtype="F64")), 8),
    "an unknown type": with_header(header(a=tensor(dtype="PICKLE")), 8),
    "a negative shape": with_header(header(a=tensor(shape=[-1, -2])), 8),
    "a shape that overflows": with_header(header(a=tensor(shape=[2**62, 2**62, 0, 2])), 8),
    "fractions": with_header(header(a=tensor(shape=[2.0])), 8),
    "truths for numbers": with_header(header(a=tensor(shape=[True, 2])), 8),
    "a thousand dimensions": with_header(header(a=tensor(shape=[1] * 1000 + [2])), 8),
    "a tensor twice": with_header(b'{"a": %s, "a": %s}' % ((json.dumps(F32).encode(),) * 2), 8),
    "a text for a tensor": with_header(header(a="x"), 0),
}
ENTRY = struct.pack("<Q", 1) + b"k"
LYING_GGUF = {
    "empty": b"",
    "bad magic": b"GGML" + bytes(200),
    "only the magic": b"GGUF",
    "big-endian": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "version 99": b"GGUF" + struct.pack("<IQQ", 99, 0, 0),
    "2^60 tensors": gguf_bytes(counts=(2**60, 0)),
    "2^60 entries": gguf_bytes(counts=(0, 2**60)),
    "a key of 2^60 bytes": gguf_bytes(struct.pack("<Q", 2**60), counts=(0, 1)),
    "a text of 2^60 bytes": gguf_bytes(ENTRY + struct.pack("<IQ", 8, 2**60), counts=(0, 1)),
    "an unknown type": gguf_bytes(ENTRY + struct.pack("<IQ", 77, 0), counts=(0, 1)),
    "a list of 2^60 texts": gguf_bytes(ENTRY + struct.pack("<IIQ", 9, 8, 2**60), counts=(0, 1)),
    "a list of 2^62 numbers": gguf_bytes(ENTRY + struct.pack("<IIQ", 9, 4, 2**62), counts=(0, 1)),
    "a list of lists": gguf_bytes(ENTRY + struct.pack("<IIQ", 9, 9, 1), counts=(0, 1)),
    "more entries than there are": gguf_bytes(counts=(0, 9)),
    "an alignment of nothing": gguf_bytes(
        struct.pack("<Q", 17) + b"general.alignment" + struct.pack("<II", 4, 0), counts=(0, 1)
    ),
    "2^31 dimensions": gguf_bytes(tensors=ENTRY + struct.pack("<I", 2**31), counts=(1, 0)),
    "an unknown tensor": gguf_bytes(
        tensors=ENTRY + struct.pack("<IQIQ", 1, 32, 99, 0), counts=(1, 0), data=bytes(128)
    ),
    "bytes behind the end": gguf_bytes(
        tensors=ENTRY + struct.pack("<IQIQ", 1, 32, 0, 2**40), counts=(1, 0), data=bytes(128)
    ),
    "a shape of 2^60": gguf_bytes(
        tensors=ENTRY + struct.pack("<IQIQ", 1, 2**60, 0, 0), counts=(1, 0), data=bytes(128)
    ),
    "half a block": gguf_bytes(
        tensors=ENTRY + struct.pack("<IQIQ", 1, 31, 2, 0), counts=(1, 0), data=bytes(128)
    ),
}
INDEX = "model.safetensors.index.json"
HOSTILE_FILES: dict[str, dict[str, bytes | None]] = {
    "pickles alone": {"model.safetensors": None, "pytorch_model.bin": b""},
    "a pickle beside": {"pytorch_model.bin": b""},
    "an index out of the folder": {INDEX: header(weight_map={"a": "../model.safetensors"})},
    "an index to an absolute path": {INDEX: header(weight_map={"a": "/etc/x.safetensors"})},
    "an index to a pickle": {INDEX: header(weight_map={"a": "model.pt"})},
    "an index to nothing": {INDEX: header(weight_map={"a": "other.safetensors"})},
    "an index that is none": {INDEX: b"[]"},
    "an index of numbers": {INDEX: header(weight_map={"a": 3})},
    "a nested index": {INDEX: b"[" * 200_000},
    "code in the model": {"config.json": header(auto_map={"AutoModel": "x.Y"})},
    "code in a part of it": {"config.json": header(text_config={"auto_map": {"A": "x.Y"}})},
    "code in the tokenizer": {"tokenizer_config.json": header(auto_map={"A": ["x.Y", None]})},
    "code in the generation": {"generation_config.json": header(auto_map={"A": "x.Y"})},
    "a way to generate": {"generation_config.json": header(custom_generate="owner/code")},
    "code in a processor": {"preprocessor_config.json": header(auto_map={"A": "x.Y"})},
    "trust": {"config.json": header(trust_remote_code=True)},
    "a kernel": {"config.json": header(_attn_implementation="owner/kernel")},
    "a kernel by its new name": {"config.json": header(attn_implementation="owner/k@v1:f")},
    "a kernel for each part": {"config.json": header(attn_implementation={"text": "paged|o/k"})},
    "a kernel of experts": {"config.json": header(experts_implementation="owner/kernel")},
    "a nested config": {"config.json": b"[" * 200_000},
    "a config of 11 MB": {"config.json": b" " * 11_000_000 + b"{}"},
    "a module": {"modeling_x.py": b""},
}  # fmt: skip
