"""A hub of our own on the loopback: as much of Hugging Face's and ModelScope's protocol as downloads need.

It misbehaves as told: ``behave(path, "stall@1000", …)`` takes one behaviour for each request of that file, in
order: ``stall@N`` (sends N bytes, then nothing), ``cut@N`` (sends N bytes, then hangs up), ``longer`` (more
bytes than announced), ``wrong`` (other bytes), ``whole`` (ignores Range), or a status such as ``500``.
``listing`` is a path, too.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import threading
import zipfile
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"
CONFIG = """\
model: ParaformerStreaming
encoder: SANMEncoderChunkOpt
decoder: ParaformerSANMDecoder
predictor: CifPredictorV2
frontend: WavFrontendOnline
frontend_conf: {n_mels: 80, lfr_m: 7}
tokenizer: CharTokenizer
"""
BIG = "model.pt"


def model_files(weight_bytes: int = 300_000, seed: int = 1) -> dict[str, bytes]:
    """What a streaming Paraformer's folder holds, as far as can be told without opening the weights."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as weights:
        weights.writestr(zipfile.ZipInfo("archive/data.pkl"), b"\x80\x02}q\x00.")
        weights.writestr(zipfile.ZipInfo("archive/data/0"), random.Random(seed).randbytes(weight_bytes))
    row = "<LearnRateCoef> 0 [ " + "0.5 " * 560 + "]"
    return {
        "config.yaml": CONFIG.encode(),
        "configuration.json": b"{}",
        "tokens.json": json.dumps(["<blank>", "a", "<unk>"]).encode(),
        "am.mvn": f"<AddShift> 560 560\n{row}\n<Rescale> 560 560\n{row}\n".encode(),
        BIG: archive.getvalue(),
    }


@dataclass
class ModelHub:
    """A context; ``endpoint`` is its address. ``asked`` lists (method, path, Range) of every request."""

    files: dict[str, bytes] = field(default_factory=model_files)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    extra_names: list[str] = field(default_factory=list)
    tells_sums: bool = True

    def __post_init__(self) -> None:
        self.behaviours: dict[str, deque[str]] = defaultdict(deque)
        self.released = threading.Event()
        self.stalled = threading.Event()

    def behave(self, path: str, *behaviours: str) -> None:
        """From the next request of ``path`` on, one behaviour each; then honest again."""
        self.behaviours[path].extend(behaviours)

    def ranges(self, path: str) -> list[str]:
        """The Range header of every request of a file; empty for none."""
        return [asked_range for method, asked, asked_range in self.asked if asked == path and method == "GET"]

    @property
    def endpoint(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ModelHub:
        hub = self
        self._proxies = os.environ.get("NO_PROXY")
        os.environ["NO_PROXY"] = "127.0.0.1"

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.02,), name="model-hub", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.environ.pop("NO_PROXY")
        if self._proxies is not None:
            os.environ["NO_PROXY"] = self._proxies
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def huggingface_listing(self) -> dict[str, Any]:
        """``GET /api/models/<id>/revision/main?blobs=True``: big files are in LFS, small ones in git."""
        siblings: list[dict[str, Any]] = []
        for path, data in self.files.items():
            entry: dict[str, Any] = {"rfilename": path, "size": len(data)}
            if self.tells_sums:
                git = f"blob {len(data)}\0".encode() + data
                entry["blobId"] = hashlib.sha1(git).hexdigest()
                if path == BIG:
                    entry["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": 130}
            siblings.append(entry)
        siblings += [{"rfilename": name, "size": 1} for name in self.extra_names]
        return {"id": "some/model", "modelId": "some/model", "sha": COMMIT, "siblings": siblings, "tags": []}

    def modelscope_listing(self) -> dict[str, Any]:
        """``GET /api/v1/models/<id>/repo/files``."""
        entries = [
            {"Path": path, "Name": path, "Size": len(data), "Type": "blob", "Sha256": sha256(data)}
            for path, data in self.files.items()
        ]
        entries += [{"Path": n, "Name": n, "Size": 1, "Type": "blob"} for n in self.extra_names]
        return {"Code": 200, "Success": True, "Data": {"Files": entries}}


def sha256(data: bytes) -> str:
    """In hex."""
    return hashlib.sha256(data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: ModelHub

    def log_message(self, *_: object) -> None:  # type: ignore[override]
        """Nothing on stderr."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        if parts[:2] == ["api", "models"]:
            self._listing(self.hub.huggingface_listing())
        elif parts[:3] == ["api", "v1", "models"] and parts[-1] == "files":
            self._listing(self.hub.modelscope_listing())
        elif parts[:3] == ["api", "v1", "models"]:
            self._file(parse_qs(url.query)["FilePath"][0])
        elif len(parts) > 4 and parts[2:4] == ["resolve", COMMIT]:
            self._file("/".join(parts[4:]))
        else:
            self._status(404)

    def _listing(self, listing: dict[str, Any]) -> None:
        behaviour = self._behaviour("listing")
        if behaviour.isdecimal():
            self._status(int(behaviour))
        elif behaviour.startswith("stall"):
            self.hub.stalled.set()
            self.hub.released.wait(30)
        else:
            data = b"<html>" if behaviour == "wrong" else json.dumps(listing).encode()
            self._head(200, len(data), {"Content-Type": "application/json"})
            self.wfile.write(data)

    def _file(self, path: str) -> None:
        behaviour, data = self._behaviour(path), self.hub.files.get(path)
        if data is None or behaviour.isdecimal():
            self._status(404 if data is None else int(behaviour))
            return
        if behaviour == "wrong":
            data = bytes(byte ^ 0x55 for byte in data)
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and behaviour != "whole" else 0
        if start:
            said = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self._head(206, len(data) - start, {"Content-Range": said})
        elif behaviour == "longer":
            data += b"more"
            self._head(200, len(data), {})
        else:
            self._head(200, len(data), {})
        self._send(data[start:], behaviour)

    def _send(self, data: bytes, behaviour: str) -> None:
        what, _, count = behaviour.partition("@")
        if what not in {"stall", "cut"}:
            self.wfile.write(data)
            return
        self.wfile.write(data[: int(count)])
        self.wfile.flush()
        if what == "stall":
            self.hub.stalled.set()
            self.hub.released.wait(30)
        self.close_connection = True

    def _behaviour(self, path: str) -> str:
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        waiting = self.hub.behaviours[path]
        return waiting.popleft() if waiting else ""

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        usual = {"Content-Length": str(length), "ETag": '"x"', "X-Repo-Commit": COMMIT}
        for name, value in (usual | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def _status(self, status: int) -> None:
        self._head(status, 2, {"Content-Type": "application/json"})
        self.wfile.write(b"{}")
