"""Fun-ASR-Nano and Fun-ASR-MLT-Nano as second pass: a speech encoder before a small language model.

Hotwords, language and written numbers are asked for in words. The encoder stays fp32, the language
model computes in bf16 where the device does. The decoder for times is not loaded: it needs torchaudio.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from recognizer.models.problems import damaged, incomplete
from recognizer.worker.engine import EngineError, Outcome
from recognizer.worker.hotwords import Hotwords
from recognizer.worker.lean_funasr import import_parts
from recognizer.worker.second_pass_dir import WholeModelDir
from recognizer.worker.second_pass_network import Place, Samples, build, fill, open_frontend
from recognizer.worker.whole_recognizer import HearsAtOnce

_PARTS: Final = (
    "funasr.frontends.wav_frontend",
    "funasr.models.sense_voice.model",
    "funasr.models.llm_asr.adaptor",
    "funasr.models.fun_asr_nano.model",
)
_LANGUAGES: Final = {"zh": "中文", "en": "英文", "ja": "日文", "ko": "韩文", "yue": "粤语"}
_MOST_HOTWORDS: Final = 100
_LEAST_TOKENS: Final = 64
_TOKENS_PER_S: Final = 12
"""A language model that repeats itself is stopped; nobody speaks faster."""
_RATE: Final = 16_000


def load_nano(
    model_dir: WholeModelDir, device: str, precision: str, language: str, hotwords: Hotwords
) -> Generator[None, None, FunAsrNano]:
    """Load in steps. Raises ``EngineError`` or ``ImportError``."""
    tables = import_parts(_PARTS)
    yield
    place = Place(device, _precision(device, precision))
    frontend = open_frontend(tables, model_dir, needs_mean=False)
    llm_dir = _llm_dir(model_dir)
    tokenizer = _open_tokenizer(llm_dir)
    llm_conf = {
        **model_dir.section("llm_conf"),
        "init_param_path": str(llm_dir),
        "llm_dtype": place.precision,
        "load_kwargs": {},
    }
    arguments = {
        "llm_conf": llm_conf,
        "input_size": frontend.output_size(),
        "vocab_size": len(tokenizer),
        "ctc_decoder": None,
    }
    yield
    network = build(tables, model_dir, on_meta=True, **arguments)
    yield
    tied = ("llm.lm_head.",) if network.llm.config.tie_word_embeddings else ()
    fill(network, model_dir, place, unused=(*tied, "ctc"), reduced=("llm.",))
    _finish_llm(network.llm, place)
    dataset_conf = model_dir.section("dataset_conf")
    return FunAsrNano(network, frontend, tokenizer, place, dataset_conf, language, hotwords)


class FunAsrNano(HearsAtOnce):
    """See ``load_nano``. ``language``: auto, or zh, en, ja, ko, yue, or a name as the model knows it."""

    is_written = True

    def __init__(
        self,
        network: Any,
        frontend: Any,
        tokenizer: Any,
        place: Place,
        dataset_conf: dict[str, Any],
        language: str,
        hotwords: Hotwords,
    ) -> None:
        self._network = network
        self._frontend = frontend
        self._tokenizer = tokenizer
        self._place = place
        self._dataset_conf = dataset_conf
        self._language = None if language in ("", "auto") else _LANGUAGES.get(language, language)
        self._hotwords = hotwords

    def hear(self, samples: Samples) -> Outcome:
        """The text of an utterance (float32, −1 … 1, at least 400 samples); it has no word times."""
        return self._generate(torch.from_numpy(samples))

    def prepare(self, samples: Samples) -> torch.Tensor:
        """Nothing: FunASR makes the features itself."""
        return torch.from_numpy(samples)

    def hear_prepared(self, prepared: Sequence[torch.Tensor]) -> list[Outcome]:
        """One after the other: FunASR has no batches for its language model."""
        return [self._generate(each) for each in prepared]

    def _generate(self, samples: torch.Tensor) -> Outcome:
        with torch.inference_mode():
            results, _ = self._network.inference(
                [samples],
                key=["utterance"],
                tokenizer=self._tokenizer,
                frontend=self._frontend,
                device=self._place.device,
                llm_dtype=self._place.precision,
                dataset_conf=self._dataset_conf,
                hotwords=list(self._hotwords.read()[:_MOST_HOTWORDS]),
                language=self._language,
                itn=True,
                max_length=_LEAST_TOKENS + _TOKENS_PER_S * len(samples) // _RATE,
                llm_kwargs={"do_sample": False},
            )
        return Outcome(str(results[0]["text"]).strip())


def _precision(device: str, asked: str) -> str:
    if asked == "fp32":
        return "fp32"
    if device.startswith("cuda"):
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    computes_bf16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bf16" if device == "cpu" and (asked == "bf16" or computes_bf16) else "fp32"


def _llm_dir(model_dir: WholeModelDir) -> Path:
    """The language model's own folder: its configuration and its tokenizer."""
    told = str(model_dir.section("llm_conf").get("init_param_path") or model_dir.config.get("llm") or "")
    found = model_dir.find("llm_conf", "init_param_path", Path(told).name)
    if found is None or not (found / "config.json").is_file():
        raise EngineError(incomplete(f"{Path(told).name or 'llm'}/config.json"))
    return found


def _open_tokenizer(llm_dir: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(str(llm_dir), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(damaged(f"{llm_dir.name}/tokenizer.json")) from error


def _finish_llm(llm: Any, place: Place) -> None:
    """Ties the output layer to the embedding and computes the table of rotary positions anew.

    Neither is read from the checkpoint: the table is never saved, and the layer is the same weights.
    """
    if llm.config.tie_word_embeddings:
        llm.tie_weights()
    rotary = llm.model.rotary_emb
    llm.model.rotary_emb = type(rotary)(config=llm.config).to(place.device)
    if any(each.is_meta for each in llm.parameters()) or any(each.is_meta for each in llm.buffers()):
        raise EngineError(incomplete("llm.lm_head"))
