"""An SFTP server that checks passwords, which OpenSSH can only do with accounts of the machine.

Reads its settings as JSON from the first argument, prints one line of JSON with its port once it listens, and serves
until it is ended. Settings: root, port (0 for any), users {name: password}, methods ("password" and/or
"keyboard-interactive"), host_key (path), questions (number of prompts in keyboard-interactive, of which the first asks
for the password and the others for the word "yes"), authorized_keys (path of a file with keys that may log in as well, or
null), indiscreet (true: it repeats the password to whoever gave it, in the banner of the next log-in, in refusals and in the
errors of files, none of which can be written).
"""

import asyncio
import json
import sys

import asyncssh


def make_server(settings):
    methods = settings["methods"]
    users = settings["users"]
    questions = settings["questions"]
    indiscreet = settings.get("indiscreet", False)
    heard = {}

    class Server(asyncssh.SSHServer):
        def connection_made(self, connection):
            self.connection = connection

        def begin_auth(self, username):
            self.username = username
            if indiscreet and username in heard:
                self.connection.send_auth_banner(f"the last password was {heard[username]}")
            return True

        def password_auth_supported(self):
            return "password" in methods

        def validate_password(self, username, password):
            heard[username] = password
            if indiscreet and users.get(username) != password:
                raise asyncssh.PermissionDenied(f"{password} is not the password of {username}")
            return users.get(username) == password

        def kbdint_auth_supported(self):
            return "keyboard-interactive" in methods

        def get_kbdint_challenge(self, username, lang, submethods):
            prompts = [("Password: ", False)] + [("Type yes: ", True)] * (questions - 1)
            return "", "Log in", "en", prompts

        def validate_kbdint_response(self, username, responses):
            expected = [users.get(username)] + ["yes"] * (questions - 1)
            return list(responses) == expected

    return Server


class IndiscreetFiles(asyncssh.SFTPServer):
    passwords = []

    def open(self, path, pflags, attrs):
        raise asyncssh.SFTPFailure(f"no file can be written with the password {self.passwords[0]}")

    open56 = open


async def main():
    settings = json.loads(sys.argv[1])
    IndiscreetFiles.passwords = list(settings["users"].values())
    files = IndiscreetFiles if settings.get("indiscreet") else asyncssh.SFTPServer
    root = settings["root"].encode()
    listener = await asyncssh.listen(
        "127.0.0.1",
        settings["port"],
        server_factory=make_server(settings),
        server_host_keys=[settings["host_key"]],
        sftp_factory=lambda channel: files(channel, chroot=root),
        authorized_client_keys=settings["authorized_keys"],
        allow_scp=False,
    )
    print(json.dumps({"port": listener.get_port()}), flush=True)
    await listener.wait_closed()


asyncio.run(main())
