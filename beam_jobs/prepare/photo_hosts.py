"""Hosts that photos may be downloaded from: public ones, and allowed ones.

A table with URLs may come from outside. Its URLs, and the redirects of the
servers that they name, must not reach services of this machine or network,
such as the credentials of a cloud machine at 169.254.169.254.
"""

import dataclasses
import ipaddress
import re
import socket

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_AZURE_HOST = ipaddress.ip_address("168.63.129.16")
"""Public by its number, but a service of the machine's own host in Azure."""
_LOCAL_DOMAINS = (
    *(".localhost", ".local", ".internal", ".home.arpa", ".svc"),
    *(".intranet", ".private", ".corp", ".home", ".lan"),
)
"""Domains that are reserved or common for names of a private network."""
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class PrivateHostError(Exception):
    """A host that is not public and was not allowed."""

    def __init__(self, host: str, address: str) -> None:
        place = host if host == address else f"{host} ({address})"
        super().__init__(
            f"{place} is a private, local or reserved address; --photo_hosts "
            f"{host} would allow it"
        )


@dataclasses.dataclass(frozen=True)
class PhotoHosts:
    """Check of the hosts in URLs.

    Attributes:
        names: Allowed host names in lower case, whatever their addresses.
        networks: Allowed networks, although private or reserved.

    Example:
        hosts = PhotoHosts.parse("photos.intern,10.0.0.0/8")
        addresses = hosts.resolve("photos.example", 443)
    """

    names: frozenset[str] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "PhotoHosts":
        """Parses host names, addresses and networks, separated by commas.

        Raises:
            ValueError: If an entry is none of these.
        """
        names, networks = set(), []
        for entry in text.split(","):
            entry = entry.strip().strip("[]").lower()
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                name = entry.encode("idna").decode()
                if not _NAME.fullmatch(name):
                    raise ValueError(
                        f"{entry!r} is no host name, address or network such "
                        "as 10.0.0.0/8"
                    ) from None
                names.add(name)
        return cls(frozenset(names), tuple(networks))

    def resolve(self, host: str, port: int | None, flags: int = 0) -> list[str]:
        """Looks up the addresses of a host and checks all of them.

        Args:
            host: Name or address, in any notation that the system knows.
            port: Port number.
            flags: Flags for `socket.getaddrinfo`.

        Raises:
            PrivateHostError: If an address is private and not allowed.
            OSError: If the host has no address.
        """
        infos = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=flags
        )
        addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
        if host not in self.names:
            for address in addresses:
                if not self._allows(address):
                    raise PrivateHostError(host, address)
        return addresses

    def check_unresolved(self, host: str) -> None:
        """Checks a host that only a proxy can look up, by its name alone.

        Raises:
            PrivateHostError: If it is a private address, or a name of a
                private network, and not allowed.
        """
        try:
            self.resolve(host, None, socket.AI_NUMERICHOST)
        except OSError:
            if host not in self.names and (
                "." not in host or host.endswith(_LOCAL_DOMAINS)
            ):
                raise PrivateHostError(host, host) from None

    def _allows(self, address: str) -> bool:
        ip = ipaddress.ip_address(address)
        if any(ip in network for network in self.networks):
            return True
        if isinstance(ip, ipaddress.IPv6Address):
            inner = ip.ipv4_mapped or ip.sixtofour
            if ip in _NAT64:
                inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
            if inner:
                return self._allows(str(inner))
            if ip.is_site_local:
                return False
        if ip == _AZURE_HOST:
            return False
        return ip.is_global and not (ip.is_multicast or ip.is_reserved)
