# SPDX-License-Identifier: BSD-2-Clause
"""What server.sh needs connections of its own for: requests whose moment it chooses, and connections that stay.

   server.py drain PID FOLDER PORT        SIGTERM while an order waits for the store
   server.py reload PID FOLDER PORT ADMIN SIGHUP between the requests of one connection
   server.py silent                       an operator who takes messages and never answers; says its port
   server.py refused PORT SECONDS         new connections are refused before that

FOLDER holds db, pki/ and operator.pem, and for reload what server.sh says."""
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import sys
import time
import urllib.request

HOST = "testsmdpplus1.example.com"
PATIENCE = 20


def wait(what, true):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise SystemExit(f"FAILED: {what}")


class Connection:
    """One connection that is never made anew."""

    def __init__(self, folder, port, pki="pki"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with open(f"{folder}/{pki}/CERT_CI_ECDSA_NIST.der", "rb") as f:
            context.load_verify_locations(cadata=f.read())
        context.load_cert_chain(f"{folder}/{'operator' if pki == 'pki' else 'other'}.pem")
        raw = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.s = context.wrap_socket(raw, server_hostname=HOST)
        self.certificate = self.s.getpeercert(True)

    def ask(self, number):
        body = ('{"header":{"functionRequesterIdentifier":"2.999.20","functionCallIdentifier":"W-%d"},"profileType":"default"}' % number).encode()
        self.s.sendall((f"POST /gsma/rsp2/es2plus/downloadOrder HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n").encode() + body)

    def answer(self):
        """Head and body; an empty head: the connection has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.s.recv(65536)
            if not more:
                return "", ""
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while len(body) < (length or [0])[0]:
            body += self.s.recv(65536)
        return head.decode(), body.decode()

    def order(self, number):
        self.ask(number)
        head, body = self.answer()
        assert head.startswith("HTTP/1.1 200 ") and '"Executed-Success"' in body, (head, body)
        return head


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        return False
    except ConnectionRefusedError:
        return True


def silent():
    s = socket.create_server(("127.0.0.1", 0))
    print(s.getsockname()[1], flush=True)
    taken = []
    while True:
        taken.append(s.accept())
        print("taken", flush=True)


def refused_soon(port, seconds):
    end = time.monotonic() + int(seconds)
    while not refused(int(port)):
        assert time.monotonic() < end, "new connections are still taken"
        time.sleep(0.02)


def drain(pid, folder, port):
    pid, port = int(pid), int(port)
    idle, busy = Connection(folder, port), Connection(folder, port)
    idle.order(1)
    assert "connection: close" not in busy.order(2).lower()
    store = sqlite3.connect(f"{folder}/db", isolation_level=None, timeout=PATIENCE)
    store.execute("BEGIN IMMEDIATE")
    busy.ask(3)
    time.sleep(0.3)
    os.kill(pid, signal.SIGTERM)
    wait("new connections are still taken", lambda: refused(port))
    idle.s.settimeout(PATIENCE)
    assert idle.s.recv(1) == b"", "an idle connection is not closed"
    os.kill(pid, 0)
    store.execute("ROLLBACK")
    head, body = busy.answer()
    assert head.startswith("HTTP/1.1 200 ") and '"Executed-Success"' in body, (head, body)
    assert "connection: close" in head.lower(), head
    iccid = body.split('"iccid":"')[1].split('"')[0]
    print(iccid)


def reload(pid, folder, port, admin):
    pid, port = int(pid), int(port)
    said = lambda word: open(f"{folder}/server.err").read().count(word)

    def setting(name):
        with urllib.request.urlopen(f"http://127.0.0.1:{admin}/settings") as f:
            text = f.read().decode()
        return text.split(f'"{name}":')[1].split(",")[0].split("}")[0].strip('"')

    def hang_up(good):
        word = "reloaded: settings" if good else "not reloaded"
        before = said(word)
        os.kill(pid, signal.SIGHUP)
        wait(f"the server does not say '{word}'", lambda: said(word) > before)

    def ini(text):
        with open(f"{folder}/ini", "w") as f:
            f.write("[smdpp]\n" + text)

    def pki(name):
        shutil.rmtree(f"{folder}/pki-now")
        shutil.copytree(f"{folder}/{name}", f"{folder}/pki-now")

    stays = Connection(folder, port)
    stays.order(10)
    assert setting("cc-tries") == "3", setting("cc-tries")

    # Another setting, other certificates: for what comes from now on; the connection stays.
    ini("cc-tries = 7\n")
    pki("other")
    hang_up(True)
    stays.order(11)
    assert setting("cc-tries") == "7"
    later = Connection(folder, port, "other")
    assert later.certificate != stays.certificate
    later.order(12)

    # What is broken leaves everything as it is, the settings that stand before the fault too.
    for text in ("cc-tries = 8\ndownload-tries = many\n", "cc-tries = 8\nno such setting = 1\n", "cc-tries = 8\nneither one nor the other\n",
                 f"cc-tries = 8\nrequester = X={folder}/nobody\n"):
        ini(text)
        hang_up(False)
        assert setting("cc-tries") == "7", text
    os.rename(f"{folder}/ini", f"{folder}/ini-gone")
    hang_up(False)
    ini("cc-tries = 9\n")
    with open(f"{folder}/pki-now/CERT_S_SM_DP_TLS_NIST.der", "wb") as f:
        f.write(b"no certificate")
    hang_up(False)
    assert setting("cc-tries") == "7"
    shutil.rmtree(f"{folder}/pki-now")
    hang_up(False)
    os.mkdir(f"{folder}/pki-now")
    hang_up(False)
    stays.order(13)
    later.order(14)
    again = Connection(folder, port, "other")
    assert again.certificate == later.certificate
    again.order(15)

    # And it takes what is good again.
    pki("other")
    hang_up(True)
    assert setting("cc-tries") == "9"
    for c in (stays, later, again):
        c.order(16 + id(c) % 1000000)


if __name__ == "__main__":
    {"drain": drain, "reload": reload, "silent": silent, "refused": refused_soon}[sys.argv[1]](*sys.argv[2:])
