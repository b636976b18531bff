"""An SFTP server that checks passwords, which OpenSSH can only do with accounts of the machine.

Reads its settings as JSON from the first argument, prints one line of JSON with its port once it listens, and serves
until it is ended. Settings: root, port (0 for any), users {name: password}, methods ("password" and/or
"keyboard-interactive"), host_key (path), questions (number of prompts in keyboard-interactive, of which the first asks
for the password and the others for the word "yes").
"""

import asyncio
import json
import sys

import asyncssh


def make_server(settings):
    methods = settings["methods"]
    users = settings["users"]
    questions = settings["questions"]

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username):
            self.username = username
            return True

        def password_auth_supported(self):
            return "password" in methods

        def validate_password(self, username, password):
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


async def main():
    settings = json.loads(sys.argv[1])
    root = settings["root"].encode()
    listener = await asyncssh.listen(
        "127.0.0.1",
        settings["port"],
        server_factory=make_server(settings),
        server_host_keys=[settings["host_key"]],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
        allow_scp=False,
    )
    print(json.dumps({"port": listener.get_port()}), flush=True)
    await listener.wait_closed()


asyncio.run(main())
