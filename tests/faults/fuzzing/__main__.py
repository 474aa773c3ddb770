"""Fuzz one parser with its coverage as the guide: `python -m tests.faults.fuzzing NAME --runs N`.

Needs atheris (requirements-dev.txt says where there is one). An input that crashes the parser is
written into the current folder as `crash-…`, and the exit status is not 0.
"""

import argparse
import random
import sys

import atheris

from tests.faults.fuzzing.register import NAMES

PLANTED = "planted_crash"  # by which it can be seen that a crash is found
INSTRUMENTED = ["core", "pages", f"tests.faults.fuzzing.{PLANTED}"]

with atheris.instrument_imports(include=INSTRUMENTED):
    from tests.faults.fuzzing.register import target_of
    from tests.faults.fuzzing.target import scratch_folder

MOST_MEGABYTES = 1500


def main(arguments: list[str]) -> None:
    """Fuzz until so many inputs were tried, or one crashed the parser; ends the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=(*NAMES, PLANTED))
    parser.add_argument("--runs", type=int, required=True, help="how many inputs")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's choices")
    chosen = parser.parse_args(arguments)
    with atheris.instrument_imports(include=INSTRUMENTED):
        target = target_of(chosen.name)
    folder = scratch_folder()
    corpus, words = folder / "corpus", folder / "words"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words or "\0"), "ascii")

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        draw = random.Random(seed)
        if draw.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        return target.mutate(bytes(data), draw)[:most]

    options = [
        f"-runs={chosen.runs}", f"-seed={chosen.seed}", f"-max_len={target.longest}",
        "-timeout=60", f"-rss_limit_mb={MOST_MEGABYTES}", f"-dict={words}",
        "-print_final_stats=1", "-verbosity=0", str(corpus),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], target.fire, custom_mutator=mutate)
    atheris.Fuzz()


def _escaped(word: str) -> str:
    """A word as the fuzzer's dictionary has it: every byte but plain letters in hexadecimal."""
    return "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02X}"
        for byte in word.encode()
    )


if __name__ == "__main__":
    main(sys.argv[1:])
