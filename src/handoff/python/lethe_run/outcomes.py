"""What became of every test row, packed into text as the page packs it (base64, lowest bit and byte first)."""

import base64
from collections.abc import Iterable

import numpy


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pack_bits(values: Iterable[bool]) -> str:
    """Eight to a byte."""
    return text_of(numpy.packbits(numpy.array(list(values), dtype=bool), bitorder="little").tobytes())


def unpack_bits(text: str, n: int) -> list[bool]:
    data = numpy.frombuffer(base64.b64decode(text), dtype=numpy.uint8)
    return numpy.unpackbits(data, count=n, bitorder="little").astype(bool).tolist()


def pack_codes(values: Iterable[int]) -> str:
    """Whole numbers of 0..65535, two bytes each."""
    return text_of(numpy.array(list(values), dtype="<u2").tobytes())


def pack_floats(values: Iterable[float]) -> str:
    """Single precision, four bytes each."""
    return text_of(numpy.array(list(values), dtype="<f4").tobytes())
