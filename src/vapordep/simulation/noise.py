"""Noise as a pure function of (seed, tag, sample index): the same numbers in any order, process and machine.

Counter-based: a hash of the three gives 64 bits, these a uniform number, or the first 16 of them one of as many equally
likely levels of the standard normal distribution. Only integer arithmetic and the IEEE operations + - * / and square
root are used (the logarithm in the tails is built from them), because these round alike everywhere while `log` and
`cos` do not.
"""

from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

BLOCK = 256
"""Samples that the scalar functions work out at a time."""
LEVELS = 2**16
"""So many different numbers `normal` gives, from -4.3 to 4.3; in the middle they are 4e-5 apart."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LEVEL_SHIFT = np.uint64(64 - 16)


def _mixed(words: Words) -> Words:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014), in place: every input bit reaches every output bit."""
    words ^= words >> np.uint64(30)
    words *= _MIX_1
    words ^= words >> np.uint64(27)
    words *= _MIX_2
    words ^= words >> np.uint64(31)
    return words


@lru_cache(maxsize=4096)
def _stream(seed: int, tag: str) -> np.uint64:
    """Where the stream of this seed and tag starts; a hash that no environment variable salts."""
    digest = blake2b(f"{seed}\x00{tag}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _words(seed: int, tag: str, indices: ArrayLike) -> Words:
    words = np.array(indices, dtype=np.uint64)
    words *= _GOLDEN
    words += _stream(seed, tag)
    words = _mixed(words)
    words += _GOLDEN
    return _mixed(words)


def uniform(seed: int, tag: str, indices: ArrayLike) -> Floats:
    """Uniform numbers in the open interval (0, 1), one for each sample index (integers >= 0, any shape)."""
    return ((_words(seed, tag, indices) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normal(seed: int, tag: str, indices: ArrayLike) -> Floats:
    """Standard normal numbers, one for each sample index (integers >= 0, any shape): one of the `LEVELS` that are."""
    levels: Floats = _levels()[(_words(seed, tag, indices) >> _LEVEL_SHIFT).astype(np.intp)]
    return levels


@lru_cache(maxsize=1)
def _levels() -> Floats:
    """The medians of `LEVELS` equally likely parts of the normal distribution, rising."""
    return _quantile((np.arange(LEVELS) + 0.5) / LEVELS)


def uniform_at(seed: int, tag: str, index: int) -> float:
    """The same number as `uniform` gives for this index, fast for indices that follow each other."""
    return _uniform_block(seed, tag, index // BLOCK)[index % BLOCK]


def normal_at(seed: int, tag: str, index: int) -> float:
    """The same number as `normal` gives for this index, fast for indices that follow each other."""
    return _normal_block(seed, tag, index // BLOCK)[index % BLOCK]


@lru_cache(maxsize=1024)
def _uniform_block(seed: int, tag: str, block: int) -> list[float]:
    numbers: list[float] = uniform(seed, tag, np.arange(block * BLOCK, (block + 1) * BLOCK)).tolist()
    return numbers


@lru_cache(maxsize=1024)
def _normal_block(seed: int, tag: str, block: int) -> list[float]:
    numbers: list[float] = normal(seed, tag, np.arange(block * BLOCK, (block + 1) * BLOCK)).tolist()
    return numbers


# Wichura 1988, algorithm AS 241 (PPND16): numerator and denominator, highest power first, relative error 1e-16.
_CENTRE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_SHOULDER = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip
_SQRT_HALF = 0.7071067811865476
_LN_2 = 0.6931471805599453


def _quantile(probability: Floats) -> Floats:
    """Inverse of the standard normal distribution, by AS 241."""
    centred = probability - 0.5
    small = 0.180625 - centred * centred
    result = np.asarray(centred * _ratio(_CENTRE, small))
    outside = small < 0.0
    if outside.any():
        below = centred[outside] < 0.0
        edge = probability[outside]
        root = np.sqrt(-_logarithm(np.where(below, edge, 1.0 - edge)))
        tail = _ratio(_SHOULDER, root - 1.6)
        far = root > 5.0
        if far.any():
            tail[far] = _ratio(_TAIL, root[far] - 5.0)
        result[outside] = np.where(below, -tail, tail)
    return result


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    ratio = _horner(polynomials[0], x)
    ratio /= _horner(polynomials[1], x)
    return ratio


def _horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    value: Floats = np.asarray(x * coefficients[0])
    value += coefficients[1]
    for coefficient in coefficients[2:]:
        value *= x
        value += coefficient
    return value


_ARTANH = tuple(2.0 / n for n in range(23, 0, -2))


def _logarithm(x: Floats) -> Floats:
    """Natural logarithm of numbers above 0 from exactly rounded operations: ln m = 2 artanh((m - 1)/(m + 1))."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < _SQRT_HALF
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    exponent = np.where(low, exponent - 1, exponent)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    return s * _horner(_ARTANH, s * s) + exponent * _LN_2
