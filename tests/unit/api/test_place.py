"""Where the page may be served: on this computer at once, beyond it only with accounts, and TLS or somebody's word."""

import shutil
import subprocess
from inspect import signature
from pathlib import Path

import pytest

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.api.access.place import Place
from vapordep.cli.commands import serving
from vapordep.errors import InputError

LAN = "192.0.2.7"
OPENSSL = shutil.which("openssl")


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts.of(tmp_path)


def with_somebody(accounts: Accounts) -> Accounts:
    accounts.people.add("anna", Role.ADMIN, "a few good words")
    return accounts


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1"])
def test_on_this_computer_nothing_is_asked(host: str, accounts: Accounts) -> None:
    Place(1, host).require(accounts)
    assert not accounts.store.is_there


def test_without_a_word_it_is_served_on_this_computer_alone() -> None:
    offered = (signature(command).parameters["listen"].default for command in (serving.serve, serving.web))
    assert {Place(1).host, *offered} == {"127.0.0.1"}


@pytest.mark.parametrize("host", [LAN, "0.0.0.0", "::", "2001:db8::7"])  # noqa: S104 - must be refused
def test_beyond_it_there_must_be_an_account_and_tls_or_a_word(host: str, accounts: Accounts) -> None:
    names = ("pc7.lab.example",)
    with pytest.raises(InputError, match="before there is an account"):
        Place(1, host, names, without_tls=True).require(accounts)
    with_somebody(accounts)
    with pytest.raises(InputError, match="without TLS"):
        Place(1, host, names).require(accounts)
    Place(8, host, names, without_tls=True).require(accounts)
    assert accounts.entries(1)[0].what == f"served on {host} port 8 without TLS"
    accounts.people.add("ben", Role.ADMIN, "a few good words")
    for name in ("anna", "ben"):
        with accounts.store.writing() as connection:
            connection.exec_driver_sql(f"UPDATE people SET disabled = 1 WHERE name = '{name}'")  # noqa: S608 - ours
    with pytest.raises(InputError, match="before there is an account"):
        Place(1, host, names, without_tls=True).require(accounts)


def test_on_all_addresses_it_needs_a_name(accounts: Accounts) -> None:
    with pytest.raises(InputError, match="what to call this computer"):
        Place(1, "0.0.0.0", without_tls=True).require(with_somebody(accounts))  # noqa: S104 - must be refused


@pytest.mark.parametrize(
    ("place", "link", "called"),
    [
        (Place(1), "http://localhost:1", ()),
        (Place(1, LAN), f"http://{LAN}:1", (LAN,)),
        (Place(1, "2001:db8::7"), "http://[2001:db8::7]:1", ("[2001:db8::7]",)),
        (Place(1, "0.0.0.0", ("pc7",), Path("c"), Path("k")), "https://pc7:1", ("pc7",)),  # noqa: S104 - a name only
    ],
)
def test_the_link_and_the_names_that_browsers_may_use(place: Place, link: str, called: tuple[str, ...]) -> None:
    assert place.link == link
    assert place.called == ("localhost", "127.0.0.1", "[::1]", *called)


@pytest.mark.skipif(OPENSSL is None, reason="nothing here makes a certificate")
def test_certificate_and_key_must_be_there_and_belong_together(accounts: Accounts, tmp_path: Path) -> None:
    certificate, key, other = (tmp_path / name for name in ("certificate.pem", "key.pem", "other.pem"))
    for made in (key, other):
        subprocess.run(
            [str(OPENSSL), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-subj", "/CN=localhost", "-keyout", str(made), "-out", str(certificate if made is key else made)],
            check=True, capture_output=True,
        )  # fmt: skip
    place = Place(1, LAN, certificate=certificate, key=key)
    place.require(with_somebody(accounts))
    assert place.secure
    for pair in ((certificate, None), (None, key), (certificate, other), (tmp_path / "none", key), (key, key)):
        with pytest.raises(InputError):
            Place(1, certificate=pair[0], key=pair[1]).require(accounts)


@pytest.mark.parametrize(("host", "names"), [("pc7", ()), ("", ()), ("1.2.3", ()), (LAN, ("a b",)), (LAN, ("a:1",))])
def test_what_is_no_address_or_name_is_refused(host: str, names: tuple[str, ...], accounts: Accounts) -> None:
    with pytest.raises(InputError, match=r"no address|no name"):
        Place(1, host, names, without_tls=True).require(with_somebody(accounts))
