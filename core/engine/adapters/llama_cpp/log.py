"""What llama.cpp says as it loads and makes contexts: some of it is told nowhere else."""

import ctypes
import logging
import re
from typing import Any

import llama_cpp

KEPT_LINES = 4000
FLASH = re.compile(r"flash_attn\s*=\s*(\w+)")
CACHE = re.compile(
    r"llama_kv_cache: size =\s*([\d.]+) MiB \(\s*(\d+) cells.*K \((\w+)\).*V \((\w+)\)"
)
BUFFER = re.compile(r"compute buffer size =\s*([\d.]+) MiB")
ERROR_LEVEL = 4
logger = logging.getLogger("llama.cpp")


class EngineLog:
    """Everything that llama.cpp says from now on, until `clear`; errors go to the worker's log."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        # Kept, since the library calls it as long as it lives.
        self._callback = llama_cpp.llama_log_callback(self._take)
        llama_cpp.llama_log_set(self._callback, ctypes.c_void_p(0))

    def clear(self) -> None:
        """Forget what was said."""
        self._lines.clear()

    @property
    def text(self) -> str:
        """What was said since."""
        return "".join(self._lines)

    def last_error(self) -> str:
        """The last line that says what failed; empty where none does."""
        lines = [line for line in self.text.splitlines() if re.search(r"error|fail", line, re.I)]
        return lines[-1].strip() if lines else ""

    def _take(self, level: int, text: bytes, _: Any) -> None:
        said = text.decode(errors="replace")
        if len(self._lines) < KEPT_LINES:
            self._lines.append(said)
        if level == ERROR_LEVEL:
            logger.error("%s", said.rstrip())


def flash_attention(text: str) -> bool | None:
    """Whether a context uses flash attention; None where the log does not say."""
    found = FLASH.search(text)
    return found[1] in ("enabled", "1") if found else None


def cache_words(text: str) -> str | None:
    """The context's KV cache: its cells and the types of keys and values."""
    found = CACHE.search(text)
    if found is None:
        return None
    return f"llama.cpp: {found[2]} cells, K ({found[3]}), V ({found[4]})"


def cache_bytes(text: str) -> int | None:
    """Bytes of the context's KV cache, as far as the log's digits go."""
    found = CACHE.search(text)
    return round(float(found[1]) * 2**20) if found else None


def compute_bytes(text: str) -> int | None:
    """Bytes that the context holds for what it computes in between."""
    found = BUFFER.findall(text)
    return round(sum(map(float, found)) * 2**20) if found else None
