"""HTTP/2 on both sides, through CONNECT and TLS: real clients, an origin that sends frame by frame."""

from __future__ import annotations

import datetime
import socket
import ssl

import pytest

from playhead import EndingKind, Framing, How

SECONDS = 60.0
"""A deadline, for machines that have other things to do."""

HEAD = [(":status", "200"), ("content-type", "text/event-stream")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1: its file, with the key."""
    pytest.importorskip("mitmproxy")
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "origin")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "origin.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Http2:
    """One end of an HTTP/2 connection with one stream."""

    def __init__(self, connection, *, client):
        from h2.config import H2Configuration
        from h2.connection import H2Connection

        self.socket = connection
        self.h2 = H2Connection(H2Configuration(client_side=client))
        self.h2.initiate_connection()
        self.events = []
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def wait_for(self, kind):
        """The next event of this kind; what came before it stays."""
        while True:
            for event in self.events:
                if isinstance(event, kind):
                    self.events.remove(event)
                    return event
            data = self.socket.recv(65536)
            assert data, f"closed before {kind.__name__}"
            self.events += self.h2.receive_data(data)
            self.flush()


@pytest.fixture
def tls_origin(certificate):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(SECONDS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    opened = []

    class TlsOrigin:
        port = listener.getsockname()[1]

        def accept(self):
            connection = context.wrap_socket(listener.accept()[0], server_side=True)
            connection.settimeout(SECONDS)
            opened.append(connection)
            return Http2(connection, client=False)

    yield TlsOrigin()
    for connection in (*opened, listener):
        connection.close()


@pytest.fixture
def stream(start_proxy, tls_origin, tmp_path):
    """A stream that has begun: the proxy, the client's end, the origin's end, the client's stream id."""
    import h2.events

    proxy = start_proxy("mitmdump", "", tmp_path, "--set", "ssl_insecure=true")
    plain = socket.create_connection(("127.0.0.1", proxy.port), SECONDS)
    plain.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % tls_origin.port)
    assert plain.recv(65536).startswith(b"HTTP/1.1 200")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    # mitmproxy speaks to the origin before it answers the client's handshake: both have to go on.
    secure = context.wrap_bio(incoming := ssl.MemoryBIO(), outgoing := ssl.MemoryBIO())
    served = None
    while True:
        try:
            secure.do_handshake()
            break
        except ssl.SSLWantReadError:
            plain.sendall(outgoing.read())
            served = served or tls_origin.accept()
            incoming.write(plain.recv(65536))
    plain.sendall(outgoing.read())
    client = Http2(_Secure(plain, secure, incoming, outgoing), client=True)
    number = client.h2.get_next_available_stream_id()
    client.h2.send_headers(
        number,
        [
            (":method", "GET"),
            (":path", "/two"),
            (":scheme", "https"),
            (":authority", f"127.0.0.1:{tls_origin.port}"),
            ("authorization", "Bearer plantedsecret"),
        ],
        end_stream=True,
    )
    client.flush()
    request = served.wait_for(h2.events.RequestReceived)
    served.h2.send_headers(request.stream_id, HEAD)
    served.flush()
    client.wait_for(h2.events.ResponseReceived)
    yield proxy, client, served, request.stream_id
    plain.close()


class _Secure:
    """A TLS connection over a plain socket, whose handshake was made by hand."""

    def __init__(self, plain, secure, incoming, outgoing):
        self.plain, self.secure, self.incoming, self.outgoing = plain, secure, incoming, outgoing

    def sendall(self, data):
        if data:
            self.secure.write(data)
            self.plain.sendall(self.outgoing.read())

    def recv(self, size):
        while True:
            try:
                return self.secure.read(size)
            except ssl.SSLWantReadError:
                data = self.plain.recv(size)
                if not data:
                    return b""
                self.incoming.write(data)
            except ssl.SSLZeroReturnError:
                return b""


def send_data(stream, *parts):
    """Each frame is at the client before the next one leaves the origin."""
    import h2.events

    _, client, served, number = stream
    for part in parts:
        served.h2.send_data(number, part)
        served.flush()
        assert client.wait_for(h2.events.DataReceived).data == part


def test_data_frames_are_chunks_and_an_empty_one_is_no_end(stream):
    import h2.events

    proxy, client, served, number = stream
    send_data(stream, b"data: 1\n\n", b"", b"data: 2\n\n")
    served.h2.send_headers(
        number, [("server-timing", "ok"), ("set-cookie", "plantedcookie")], end_stream=True
    )
    served.flush()
    assert ("server-timing", "ok") in [
        (name.decode(), value.decode()) for name, value in client.wait_for(h2.events.TrailersReceived).headers
    ]
    exchange = proxy.cassette("/two")[1]
    assert [chunk.data for chunk in exchange.chunks] == [b"data: 1\n\n", b"data: 2\n\n"]
    assert exchange.request.http_version == "HTTP/2.0"
    assert exchange.response.http_version == "HTTP/2.0"
    ending = exchange.ending
    assert (ending.kind, ending.framing) == (EndingKind.COMPLETE, Framing.H2)
    assert dict(ending.trailers)["server-timing"] == "ok"
    assert b"planted" not in proxy.written()


def test_a_reset_stream_ends_unknown_because_either_side_may_have(stream):
    import h2.events

    proxy, client, served, number = stream
    send_data(stream, b"data: 1\n\n")
    served.h2.reset_stream(number, 2)
    served.flush()
    client.wait_for(h2.events.StreamReset)
    ending = proxy.cassette("/two")[1].ending
    assert (ending.kind, ending.how) == (EndingKind.UNKNOWN, How.RESET)
    assert (ending.facts["client_open"], ending.facts["server_open"]) == ("true", "true")


def test_a_server_that_ends_its_connection(stream):
    import h2.events

    proxy, client, served, _ = stream
    send_data(stream, b"data: 1\n\n")
    served.h2.close_connection()
    served.flush()
    client.wait_for(h2.events.StreamReset)
    ending = proxy.cassette("/two")[1].ending
    assert ending.kind is EndingKind.SERVER_CLOSED
    assert ending.facts["framing_complete"] == "false"
