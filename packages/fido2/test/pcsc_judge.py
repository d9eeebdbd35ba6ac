"""Debian's python3-fido2 drives a card in a virtual reader of the real pcscd.

Runs inside a network and mount namespace of its own (unshare -n -m): vpcd listens on every interface, and another
pcscd may own /run/pcscd. The card itself lives outside, behind the Unix socket given as argument; this script carries
its bytes. Prints one JSON object.
"""

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

VPCD_PORT = 0x8C7B


def bring_loopback_up():
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(control, 0x8914, request)


def carry(source, target):
    try:
        while True:
            chunk = source.recv(65536)
            if not chunk:
                break
            target.sendall(chunk)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def insert_card(path):
    deadline = time.monotonic() + 20
    while True:
        try:
            reader = socket.create_connection(("127.0.0.1", VPCD_PORT), timeout=1)
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    reader.settimeout(None)
    reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    card = socket.socket(socket.AF_UNIX)
    card.connect(path)
    for pair in ((reader, card), (card, reader)):
        threading.Thread(target=carry, args=pair, daemon=True).start()


def find_device():
    from fido2.pcsc import CtapPcscDevice

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        device = next(iter(CtapPcscDevice.list_devices("Virtual PCD")), None)
        if device is not None:
            return device
        time.sleep(0.1)
    raise RuntimeError("no card in the virtual reader")


def drive(device, extended):
    from fido2.client import Fido2Client
    from fido2.ctap2 import ClientPin, Config, CredentialManagement, Ctap2, LargeBlobs
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    device.use_ext_apdu = extended
    ctap = Ctap2(device)
    told = {"versions": list(ctap.info.versions), "protocols": list(ctap.info.pin_uv_protocols)}
    ClientPin(ctap).set_pin("654321")
    ctap = Ctap2(device)
    pin = ClientPin(ctap)
    pin.change_pin("654321", "123456")
    told["retries"] = pin.get_pin_retries()[0]

    client = Fido2Client(device, "https://example.org")
    server = Fido2Server(PublicKeyCredentialRpEntity("example.org", "Example"), attestation="direct")
    user = {"id": b"alice", "name": "alice", "displayName": "Alice"}
    options, state = server.register_begin(user, resident_key=True, user_verification="required")
    result = client.make_credential(
        dict(options["publicKey"], extensions={"hmacCreateSecret": True, "credBlob": b"blob", "largeBlobKey": True}),
        pin="123456",
    )
    auth_data = server.register_complete(state, result.client_data, result.attestation_object)
    told["format"] = result.attestation_object.fmt
    told["registered"] = auth_data.extensions

    options, state = server.authenticate_begin(user_verification="required")
    selection = client.get_assertion(
        dict(options["publicKey"], extensions={"hmacGetSecret": {"salt1": bytes(32)}, "getCredBlob": True}),
        pin="123456",
    )
    answer = selection.get_response(0)
    server.authenticate_complete(
        state,
        [auth_data.credential_data],
        answer.credential_id,
        answer.client_data,
        answer.authenticator_data,
        answer.signature,
    )
    told["secret"] = len(answer.extension_results["hmacGetSecret"]["output1"])
    told["blob"] = answer.authenticator_data.extensions["credBlob"].decode()

    def token(permission):
        return pin.get_pin_token("123456", permission)

    management = CredentialManagement(ctap, pin.protocol, token(ClientPin.PERMISSION.CREDENTIAL_MGMT))
    told["metadata"] = list(management.get_metadata().values())
    parties = management.enumerate_rps()
    told["parties"] = [party[CredentialManagement.RESULT.RP]["id"] for party in parties]
    hash_of_rp = parties[0][CredentialManagement.RESULT.RP_ID_HASH]
    credential = management.enumerate_creds(hash_of_rp)[0]
    told["user"] = credential[CredentialManagement.RESULT.USER]["name"]

    large_blob_key = credential[CredentialManagement.RESULT.LARGE_BLOB_KEY]
    blobs = LargeBlobs(ctap, pin.protocol, token(ClientPin.PERMISSION.LARGE_BLOB_WRITE))
    blobs.put_blob(large_blob_key, b"kept by somebody else")
    told["largeBlob"] = LargeBlobs(ctap).get_blob(large_blob_key).decode()

    management = CredentialManagement(ctap, pin.protocol, token(ClientPin.PERMISSION.CREDENTIAL_MGMT))
    management.delete_cred(credential[CredentialManagement.RESULT.CREDENTIAL_ID])
    told["left"] = list(management.get_metadata().values())[0]

    config = Config(ctap, pin.protocol, token(ClientPin.PERMISSION.AUTHENTICATOR_CFG))
    config.set_min_pin_length(min_pin_length=6, rp_ids=["example.org"])
    config = Config(ctap, pin.protocol, token(ClientPin.PERMISSION.AUTHENTICATOR_CFG))
    config.toggle_always_uv()
    info = ctap.get_info()
    told["configured"] = [info.min_pin_length, info.options["alwaysUv"]]
    ctap.reset()
    told["reset"] = Ctap2(device).info.options["clientPin"]
    return told


def main(path):
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/pcscd"], check=True)
    bring_loopback_up()
    daemon = subprocess.Popen(
        ["pcscd", "--foreground"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        insert_card(path)
        device = find_device()
        told = {"chained": drive(device, False), "extended": drive(device, True)}
        device.close()
        print(json.dumps(told, default=str))
    finally:
        daemon.terminate()
        daemon.wait(10)


if __name__ == "__main__":
    os.makedirs("/run/pcscd", exist_ok=True)
    main(sys.argv[1])
