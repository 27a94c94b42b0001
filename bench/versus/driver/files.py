"""The files that works read: made by the driver, the same bytes each time."""

import pathlib
import random

BLOCK = 1 << 20
SPACES = b" \t\n\v\f\r"


def static_files(folder):
    """The root for http: 4 KiB and 1 MiB of text."""
    root = pathlib.Path(folder) / "static"
    root.mkdir(parents=True, exist_ok=True)
    for name, size in (("4k", 4096), ("1m", 1 << 20)):
        line = b"aside serves this line of sixty-four bytes, again and again ...\n"
        write(root / name, line * (size // len(line)))
    return root


def words(path, size):
    """Writes `size` bytes of words and spaces; how many words there are."""
    rng = random.Random(1)
    text = bytearray()
    while len(text) < BLOCK:
        text += bytes(rng.choices(range(ord("!"), ord("~") + 1), k=rng.randint(1, 12)))
        text += bytes(rng.choices(SPACES, weights=(60, 4, 30, 2, 2, 2), k=rng.randint(1, 2)))
    block = bytes(text[:BLOCK - 1]) + b"\n"  # so that no word reaches into the next block
    whole, rest = divmod(size, BLOCK)
    write(path, block * whole + block[:rest])
    return whole * len(block.split()) + len(block[:rest].split())


def write(path, data):
    """Leaves a file that is right already, so that it stays in the page cache."""
    if not path.exists() or path.read_bytes() != data:
        path.write_bytes(data)
