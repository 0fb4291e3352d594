"""Counter-based random numbers: every value is a pure function of a seed and counters.

These are the page's own numbers, bit for bit: the PCG output permutation over one step of a 32-bit linear
congruential generator (O'Neill 2014; Jarzynski & Olano 2020). That is why examples come in the same order here.
"""

import numpy

MASK = 0xFFFFFFFF


def hash32(x: int) -> int:
    """A bijection of unsigned 32-bit integers."""
    state = ((x & MASK) * 747796405 + 2891336453) & MASK
    word = (((state >> ((state >> 28) + 4)) ^ state) * 277803737) & MASK
    return (word >> 22) ^ word


def hashes(x: numpy.ndarray) -> numpy.ndarray:
    """`hash32` of an array of uint32."""
    state = x * numpy.uint32(747796405) + numpy.uint32(2891336453)
    word = ((state >> ((state >> numpy.uint32(28)) + numpy.uint32(4))) ^ state) * numpy.uint32(277803737)
    return (word >> numpy.uint32(22)) ^ word


def stream_key(seed: int, *counters: int) -> tuple[int, int]:
    """The stream of a seed and counters (step, site, epoch, …), each an integer in 0..2³²−1."""
    first = hash32(seed)
    second = hash32(first ^ 0x9E3779B9)
    for counter in counters:
        first = hash32(first ^ counter)
        second = hash32(second + first)
    return first, second


def draw(key: tuple[int, int], index: int) -> int:
    """The `index`-th unsigned 32-bit integer of a stream."""
    return hash32(hash32(index ^ key[0]) ^ key[1])


def draws(key: tuple[int, int], count: int) -> numpy.ndarray:
    """The first `count` integers of a stream, as uint32."""
    index = numpy.arange(count, dtype=numpy.uint32)
    return hashes(hashes(index ^ numpy.uint32(key[0])) ^ numpy.uint32(key[1]))


def shuffled(n: int, seed: int, *counters: int) -> list[int]:
    """The integers 0..n−1 in an order that depends on the seed and counters alone (Fisher-Yates)."""
    order = list(range(n))
    scaled = draws(stream_key(seed, *counters), n) / 2**32 * (numpy.arange(n) + 1.0)
    places = numpy.floor(scaled).astype(numpy.int64).tolist()
    for i in range(n - 1, 0, -1):
        j = places[i]
        order[i], order[j] = order[j], order[i]
    return order


def mix(x: numpy.ndarray) -> numpy.ndarray:
    """Another 32-bit scrambler (Wellons 2018), which the page draws labels with; an array of uint32."""
    x = x ^ (x >> numpy.uint32(16))
    x = x * numpy.uint32(0x7FEB352D)
    x = x ^ (x >> numpy.uint32(15))
    x = x * numpy.uint32(0x846CA68B)
    return x ^ (x >> numpy.uint32(16))


def sampled_labels(logits: numpy.ndarray, seed: int) -> list[int]:
    """Labels drawn from the model's own distribution by the Gumbel-max trick.

    logits: [rows, vocabulary]. Label n is argmax_j logits[n, j] − ln(−ln u), u of the place n · vocabulary + j.
    """
    rows, vocabulary = logits.shape
    key = mix(numpy.array([seed & MASK], dtype=numpy.uint32))
    places = mix(key + numpy.arange(rows * vocabulary, dtype=numpy.uint32))
    uniform = ((places >> numpy.uint32(9)).astype(numpy.float64) + 0.5) / 2**23
    noise = -numpy.log(-numpy.log(uniform))
    return (logits.astype(numpy.float64) + noise.reshape(rows, vocabulary)).argmax(axis=1).tolist()
