import pytest

from beam_jobs.prepare.photo_hosts import PhotoHosts
from beam_jobs.prepare.photo_hosts import PrivateHostError


def test_names_addresses_and_networks():
    hosts = PhotoHosts.parse(" 10.1.2.3/8,[::1], NAS ,grün.Example,127.0.0.1")

    assert hosts.names == {"nas", "xn--grn-ioa.example"}
    assert [str(network) for network in hosts.networks] == [
        "10.0.0.0/8",
        "::1/128",
        "127.0.0.1/32",
    ]


@pytest.mark.parametrize(
    "entry",
    ["http://nas", "nas:80", "nas/photos", "10.0.0.0/40", "", "a..b", "a b"],
)
def test_other_entries(entry):
    with pytest.raises(ValueError):
        PhotoHosts.parse(f"nas,{entry}")


def test_public_addresses():
    for address in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808"):
        assert PhotoHosts().resolve(address, 80) == [address]


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("127.0.0.0/8", "127.9.9.9"),
        ("127.0.0.0/8", "::ffff:127.0.0.1"),
        ("fe80::/10", "fe80::1"),
        ("2130706433", "2130706433"),
        ("168.63.129.16", "168.63.129.16"),
    ],
)
def test_allowed_hosts(allowed, host):
    assert PhotoHosts.parse(allowed).resolve(host, 80)
    with pytest.raises(PrivateHostError, match=f"--photo_hosts {host} would"):
        PhotoHosts.parse("10.0.0.0/8").resolve(host, 80)


def test_one_private_address_is_enough(monkeypatch):
    found = [(0, 0, 0, "", (one, 80)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)

    with pytest.raises(PrivateHostError, match=r"^a\.example \(10\.0\.0\.1\)"):
        PhotoHosts().resolve("a.example", 80)


def test_names_for_a_proxy():
    hosts = PhotoHosts.parse("nas")

    hosts.check_unresolved("photos.example")
    hosts.check_unresolved("nas")
    hosts.check_unresolved("93.184.216.34")
    for host in ("intranet", "a.internal", "0x7f.1", "fe80::1"):
        with pytest.raises(PrivateHostError):
            hosts.check_unresolved(host)
