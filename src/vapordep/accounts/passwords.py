"""Passwords: which ones are taken, and their argon2id hashes (RFC 9106, its second recommended choice)."""

import threading
from functools import cache
from secrets import token_hex

from argon2 import PasswordHasher, profiles
from argon2.exceptions import VerificationError

from vapordep.errors import InputError

SHORTEST, LONGEST = 10, 1000
"""Characters of a password."""
FEWEST_DIFFERENT = 5
"""Different characters in a password."""
_TEXT = """
1234567890 0123456789 12345678910 123456789a qwertyuiop qwerty12345 qwerty1234 qwerty123456 1q2w3e4r5t 1qaz2wsx3edc
q1w2e3r4t5 zaq12wsxcde3 password12 password123 password1234 password12345 passw0rd123 p@ssw0rd123 passwort123
adminadmin admin12345 administrator letmein123 iloveyou12 welcome123 changeme123 vapordep123 vapordepvapordep
baseball12 football12 superman12 sunshine12 princess12 abcdefghij abcd123456 asdfghjkl1 asdfghjkl; zxcvbnm123
secret1234 laboratory glovebox123 trimethylaluminium testtest123 test123456 hello12345 computer12
"""
WELL_KNOWN = frozenset(_TEXT.split())
"""Well-known ones that are long enough; compared in lower case."""

_hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
_one_at_a_time = threading.Lock()
"""A hash takes 64 MiB: many at once must not take the memory of the computer that controls."""


def check(password: str, name: str) -> None:
    """Raises InputError for a password that is too easy to guess, and says why."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"a password has {SHORTEST} to {LONGEST} characters", remedy="a few words make a good one")
    plain = password.lower()
    if plain in WELL_KNOWN or plain.strip() == name or len(set(plain)) < FEWEST_DIFFERENT:
        raise InputError("this password is among the first that are tried", remedy="a few words make a good one")


def hashed(password: str) -> str:
    """The hash, with its salt and parameters in it."""
    with _one_at_a_time:
        return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def fits(password: str, stored: str) -> bool:
    """Whether the password is the one of that hash."""
    with _one_at_a_time:
        try:
            return _hasher.verify(stored, password.encode("utf-8", "surrogatepass"))
        except VerificationError:
            return False


@cache
def nobodys() -> str:
    """A hash of no person's password, compared where there is no such person, so that it takes as long."""
    return hashed(token_hex(16))
