"""Where the page is served: this computer's own address, or another one that must be made fit for it."""

import ipaddress
import re
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from vapordep.api.access.door import LOCAL
from vapordep.errors import InputError
from vapordep.lazy import dataclass

if TYPE_CHECKING:
    from vapordep.accounts.accounts import Accounts

HOST = "127.0.0.1"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Place:
    """Address and port, the names that browsers call this computer, and certificate and key for TLS."""

    port: int
    host: str = HOST
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    without_tls: bool = False
    """Somebody takes it upon them that passwords go through the network for all to read."""

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS."""
        return self.certificate is not None

    @property
    def called(self) -> tuple[str, ...]:
        """All names that browsers may call it by."""
        own = () if self._address.is_unspecified else (f"[{self.host}]" if ":" in self.host else self.host,)
        return tuple(dict.fromkeys((*LOCAL, *own, *self.names)))

    @property
    def link(self) -> str:
        """What a person types into the browser."""
        name = self.names[0] if self.names else "localhost" if self._address.is_loopback else self.called[-1]
        return f"{'https' if self.secure else 'http'}://{name}:{self.port}"

    @property
    def _address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            remedy = "an address of this computer, such as 192.168.0.10; --name tells what browsers call it"
            raise InputError(f"{self.host!r} is no address", where="--listen", remedy=remedy) from None

    def require(self, accounts: "Accounts") -> None:
        """Raises InputError unless it may be served here; notes that it is, where the network can read along.

        Beyond this computer there must be somebody with an account, and TLS or somebody's word for going without.
        """
        self._require_files()
        for name in self.names:
            if not _NAME.fullmatch(name):
                raise InputError(f"{name!r} is no name of a computer", where="--name", remedy="such as pc7.lab.example")
        if self._address.is_loopback:
            return
        if self._address.is_unspecified and not self.names:
            remedy = "name it with --name, such as pc7.lab.example; requests for other names are refused"
            raise InputError("on all addresses, browsers must know what to call this computer", remedy=remedy)
        if not any(not person.disabled for person in accounts.people.all()):
            remedy = "make one first: vapordep users add NAME --role admin"
            raise InputError("beyond this computer nothing is served before there is an account", remedy=remedy)
        if not self.secure:
            self._require_word(accounts)

    def listen(self) -> socket.socket:
        """Listens there; raises InputError where another program does, or the address is not this computer's."""
        try:
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            return socket.create_server((self.host, self.port), family=family)
        except OSError as error:
            raise InputError(
                f"the page cannot be served: {error.strerror or error}",
                where=f"{self.host}:{self.port}",
                remedy="give another port with --port, or end what uses it",
            ) from error

    def _require_word(self, accounts: "Accounts") -> None:
        from vapordep.accounts.people import AT_THE_COMPUTER

        if not self.without_tls:
            remedy = "give --certificate and --key, or take it upon you with --without-tls"
            raise InputError("without TLS all in the network can read passwords and tokens", remedy=remedy)
        accounts.note(AT_THE_COMPUTER, f"served on {self.host} port {self.port} without TLS")

    def _require_files(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise InputError("TLS needs both a certificate and its key", remedy="give --certificate and --key")
        if self.certificate is None or self.key is None:
            return
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            what = f"certificate and key cannot be used: {error.strerror or error}"
            raise InputError(what, where=str(self.certificate), remedy="two PEM files that belong together") from error
