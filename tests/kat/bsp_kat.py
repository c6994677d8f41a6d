#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Makes vectors/kat/bsp.tsv with another implementation than the project's: python3-cryptography, from the text of SGP.22 2.6.4 and Annex G.
#   /usr/bin/python3 tests/kat/bsp_kat.py > vectors/kat/bsp.tsv
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF


def length(n):
    if n < 0x80:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


class Channel:
    def __init__(self, secret, host, eid):
        info = bytes([0x88, 0x10, len(host)]) + host + bytes([len(eid)]) + eid
        out = X963KDF(hashes.SHA256(), 48, info).derive(secret)
        self.mcv, self.enc, self.mac, self.counter = out[:16], out[16:32], out[32:], 1

    def protect(self, tag, plain):
        data = plain
        if tag != 0x88:
            ecb = Cipher(algorithms.AES(self.enc), modes.ECB()).encryptor()
            icv = ecb.update(self.counter.to_bytes(16, "big")) + ecb.finalize()
            padded = plain + b"\x80" + bytes(-(len(plain) + 1) % 16)
            cbc = Cipher(algorithms.AES(self.enc), modes.CBC(icv)).encryptor()
            data = cbc.update(padded) + cbc.finalize()
        head = bytes([tag]) + length(len(data) + 8)
        cmac = CMAC(algorithms.AES(self.mac))
        cmac.update(self.mcv + head + data)
        self.mcv = cmac.finalize()
        self.counter += 1
        return head + data + self.mcv[:8]


def main():
    print("# origin: computed by tests/kat/bsp_kat.py (SGP.22 2.6.4, Annex G); rows of one session are in order")
    print("session\tsecret\thost_id\teid\ttag\tplain\tsegment")
    for s in range(3):
        secret = bytes((7 * i + s) & 0xFF for i in range(32))
        host, eid = b"host-%d" % s, bytes.fromhex("89049032000000000000000000100073")
        channel = Channel(secret, host, eid)
        sizes = [(0x87, 3), (0x88, 40), (0x88, 1008), (0x87, 54), (0x86, 1007), (0x86, 15), (0x86, 16), (0x86, 0)]
        for tag, n in sizes:
            plain = bytes((i * 31 + n + s) & 0xFF for i in range(n))
            row = [str(s), secret.hex(), host.hex(), eid.hex(), "%02x" % tag, plain.hex(), channel.protect(tag, plain).hex()]
            print("\t".join(row))


main()
