"""Every problem that a recognition server can be: a sentence and a remedy each."""

from __future__ import annotations

from audio.events import Problem

UNREACHABLE = Problem(
    "server-unreachable",
    "The recognition server cannot be reached.",
    "Check the network, the address and whether the server runs; the recording is kept.",
)
HANGS_UP = Problem(
    "server-hangs-up",
    "The recognition server hangs up before anything is said.",
    "Check that the address fits the server: ws:// without encryption, wss:// with it.",
)
PROXY = Problem(
    "server-proxy",
    "The proxy that this computer uses does not lead to the recognition server.",
    "Add the server's name to the environment variable no_proxy, or name an HTTP proxy in https_proxy.",
)
NOT_A_SERVER = Problem(
    "server-not-one",
    "What answers at the server's address is no recognition server.",
    "Check the address with its port and path.",
)
BUSY = Problem(
    "server-busy",
    "The recognition server turned the connection away because it is busy or out of order.",
    "Try again later; the recording is kept.",
)
ACCESS_DENIED = Problem(
    "server-access-denied",
    "The recognition server does not let this program in.",
    "Check the secret in the file that server.token_file names.",
)
UNTRUSTED = Problem(
    "server-untrusted",
    "The recognition server's certificate cannot be trusted, so nothing was sent to it.",
    "Name the certificate of its authority in server.ca_file, or check the server's name in the address.",
)
NO_ENCRYPTION = Problem(
    "server-no-encryption",
    "The recognition server does not speak the encryption that wss:// asks for.",
    "Use an encrypting port, or ws:// if nobody else can listen on the way.",
)
BAD_CA_FILE = Problem(
    "server-ca-file",
    "The file with the server's certificate authority cannot be read.",
    "server.ca_file must name a PEM file with certificates.",
)
BAD_TOKEN_FILE = Problem(
    "server-token-file",
    "The file with the secret for the recognition server cannot be read or holds no secret.",
    "server.token_file must name a file whose first line is the secret.",
)
TOKEN_IN_THE_OPEN = Problem(
    "server-token-open",
    "The secret for the recognition server would travel where others can read it, so it was not sent.",
    "Use wss://, or set server.insecure to send it all the same.",
)
LOST = Problem(
    "server-lost",
    "The connection to the recognition server broke off again and again.",
    "Check the network; the recording is kept and can be tried again.",
)
STALLED = Problem(
    "server-stalled",
    "The recognition server took the speech but gave no text in time.",
    "It may have too much to do: try again later; the recording is kept.",
)
GARBLED = Problem(
    "server-garbled",
    "The recognition server sent something that is no recognition result.",
    "Check that the address and server.protocol fit the server; the recording is kept.",
)
WRONG_UTTERANCE = Problem(
    "server-wrong-utterance",
    "The recognition server answered with the text of another recording; it was not used.",
    "Tell whoever runs the server; the recording is kept.",
)
FAILED_THERE = Problem(
    "server-failed",
    "The recognition server reports that it could not recognise the speech.",
    "Try again; if it stays so, tell whoever runs the server.",
)
INSECURE = Problem(
    "server-insecure",
    "Who the recognition server is was not checked: somebody on the way could listen.",
    "Set server.insecure to false, and server.ca_file to the authority of its certificate.",
)
UNENCRYPTED = Problem(
    "server-unencrypted",
    "What you say travels to the recognition server without encryption.",
    "Use a wss:// address if the server has one.",
)
