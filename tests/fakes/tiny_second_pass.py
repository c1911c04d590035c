"""Makes second-pass and punctuation model directories with random weights, through FunASR's own classes.

Small enough to be made in a test, real enough that ``funasr.AutoModel`` loads them. Output layers are
widened so that random weights say varied things. ``full`` gives SenseVoiceSmall or Paraformer its released
size, save the vocabulary.
"""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
import yaml

from recognizer.worker.lean_funasr import import_parts

WORDS = ("open", "the", "file", "and", "save", "it", "hello", "world", "quick", "brown", "fox")
CHINESE = [chr(0x4E00 + 3 * i) for i in range(80)]
TAGS = ("<|zh|>", "<|en|>", "<|NEUTRAL|>", "<|EMO_UNKNOWN|>", "<|Speech|>", "<|withitn|>", "<|woitn|>")
MARKS = ["<unk>", "_", "，", "。", "？", "、"]
_FRONTEND = {
    "fs": 16000,
    "window": "hamming",
    "n_mels": 80,
    "frame_length": 25,
    "frame_shift": 10,
    "lfr_m": 7,
    "lfr_n": 6,
    "dither": 0.0,
}


def make_sensevoice(folder: Path, *, full: bool = False, seed: int = 0) -> Path:
    """A SenseVoiceSmall with a SentencePiece vocabulary of Chinese and English and its tags."""
    width, hidden, blocks, more = (512, 2048, 50, 20) if full else (64, 128, 2, 1)
    config = {
        "model": "SenseVoiceSmall",
        "model_conf": {"length_normalized_loss": True, "sos": 1, "eos": 2, "ignore_id": -1},
        "encoder": "SenseVoiceEncoderSmall",
        "encoder_conf": _sanm(width, hidden, blocks) | {"tp_blocks": more},
        "tokenizer": "SentencepiecesTokenizer",
        "tokenizer_conf": {"bpemodel": None, "unk_symbol": "<unk>", "split_with_space": True},
        "frontend": "WavFrontend",
        "frontend_conf": _FRONTEND,
    }
    _write(folder, config, mean=True)
    (folder / "bpe.model").write_bytes(_sentencepiece(300))
    tables = import_parts(("funasr.tokenizer.sentencepiece_tokenizer", "funasr.models.sense_voice.model"))
    tokenizer = tables.tokenizer_classes["SentencepiecesTokenizer"](bpemodel=str(folder / "bpe.model"))

    def widen(model: torch.nn.Module) -> None:
        model.get_parameter("ctc.ctc_lo.weight").normal_(0.0, 1.0)
        bias = model.get_parameter("ctc.ctc_lo.bias")
        bias[0] = 4.0  # some frames are blank
        bias[[tokenizer.sp.PieceToId(tag) for tag in TAGS]] = 12.0

    return _save(folder, tables, config, tokenizer.get_vocab_size(), seed, widen)


def make_paraformer_offline(folder: Path, *, seaco: bool = False, full: bool = False, seed: int = 0) -> Path:
    """A Paraformer for whole utterances; ``seaco``: with hotwords and finer times, like paraformer-zh."""
    width, hidden, blocks, decoders = (512, 2048, 50, 16) if full else (64, 128, 2, 2)
    tokens = ["<blank>", "<s>", "</s>", "hel@@", "lo", "ok", "sp@@", "eak", *CHINESE, "<unk>"]
    config: dict[str, Any] = {
        "model": "SeacoParaformer" if seaco else "Paraformer",
        "model_conf": {"ctc_weight": 0.0, "lsm_weight": 0.1, "predictor_weight": 1.0, "predictor_bias": 1},
        "encoder": "SANMEncoder",
        "encoder_conf": _sanm(width, hidden, blocks),
        "decoder": "ParaformerSANMDecoder",
        "decoder_conf": _decoder(decoders, hidden) | {"att_layer_num": decoders, "kernel_size": 11},
        "predictor": "CifPredictorV3" if seaco else "CifPredictorV2",
        "predictor_conf": {
            "idim": width,
            "threshold": 1.0,
            "l_order": 1,
            "r_order": 1,
            "tail_threshold": 0.45,
        },
        "frontend": "WavFrontend",
        "frontend_conf": _FRONTEND,
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": True},
    }
    parts = ["tokenizer.char_tokenizer", "models.sanm.encoder", "models.paraformer.decoder"]
    parts += ["models.paraformer.cif_predictor", "models.paraformer.model"]
    if seaco:
        parts += ["models.bicif_paraformer.cif_predictor", "models.seaco_paraformer.model"]
        _make_seaco(config, len(tokens))
        spellings = [f"{char} {char}" for char in CHINESE] + ["hello hel@@ lo", "speak sp@@ eak"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "seg_dict").write_text("\n".join(spellings), encoding="utf-8")
    _write(folder, config, mean=True, tokens=tokens)

    def widen(model: torch.nn.Module) -> None:
        model.get_parameter("decoder.output_layer.weight").normal_(0.0, 1.0)
        heads = [tokens.index("hel@@"), tokens.index("sp@@")]
        model.get_parameter("decoder.output_layer.bias")[heads] = -99.0  # FunASR drops lonely ones
        if seaco:  # as trained: without a hotword that fits it says NO_BIAS
            model.get_parameter("hotword_output_layer.weight").normal_(0.0, 0.3)

    return _save(folder, import_parts(f"funasr.{part}" for part in parts), config, len(tokens), seed, widen)


def make_punctuation(folder: Path, *, seed: int = 0) -> Path:
    """A CT-Transformer for Chinese characters and a few English words."""
    tokens = ["<blank>", "<s>", "</s>", *WORDS, *CHINESE, "<unk>"]
    config = {
        "model": "CTTransformer",
        "model_conf": {
            "ignore_id": 0,
            "embed_unit": 32,
            "att_unit": 32,
            "dropout_rate": 0.1,
            "punc_list": MARKS,
            "punc_weight": [1.0] * len(MARKS),
            "sentence_end_id": 3,
        },
        "encoder": "SANMEncoder",
        "encoder_conf": _sanm(32, 64, 1) | {"input_size": 32, "padding_idx": 0},
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>"},
    }
    _write(folder, config, tokens=tokens)

    def widen(model: torch.nn.Module) -> None:
        model.get_parameter("decoder.weight").normal_(0.0, 1.0)
        model.get_parameter("decoder.bias")[0] = -99.0  # FunASR would write <unk>
        model.get_parameter("decoder.bias")[1] = 1.0

    parts = (
        "funasr.tokenizer.char_tokenizer",
        "funasr.models.sanm.encoder",
        "funasr.models.ct_transformer.model",
    )
    return _save(folder, import_parts(parts), config, len(tokens), seed, widen)


def make_nano(folder: Path, *, seed: int = 0) -> Path:
    """A Fun-ASR-Nano whose language model is a Qwen3 of two layers."""
    llm = folder / "Qwen3-tiny"
    llm.mkdir(parents=True, exist_ok=True)
    vocabulary = _write_llm(llm)
    config: dict[str, Any] = {
        "model": "FunASRNano",
        "model_conf": {"lsm_weight": 0.1, "length_normalized_loss": True},
        "audio_encoder": "SenseVoiceEncoderSmall",
        "audio_encoder_conf": _sanm(64, 128, 2) | {"tp_blocks": 1, "freeze": True},
        "llm": "Qwen3-tiny",
        "llm_conf": {"hub": "hf", "freeze": True, "llm_dtype": "fp32", "init_param_path": "Qwen3-tiny"},
        "audio_adaptor": "Transformer",
        "audio_adaptor_conf": {
            "downsample_rate": 1,
            "ffn_dim": 128,
            "llm_dim": 64,
            "encoder_dim": 64,
            "n_layer": 1,
            "freeze": True,
            "use_low_frame_rate": True,
        },
        "tokenizer": "HuggingfaceTokenizer",
        "tokenizer_conf": {"init_param_path": "Qwen3-tiny"},
        "frontend": "WavFrontend",
        "frontend_conf": _FRONTEND,
        "dataset_conf": {"do_think": False, "sys_prompt": True},
    }
    _write(folder, config)
    metas = {"init_param": "model.pt", "config": "config.yaml", "frontend_conf": {}}
    metas |= {part: {"init_param_path": "Qwen3-tiny"} for part in ("tokenizer_conf", "llm_conf")}
    (folder / "configuration.json").write_text(json.dumps({"file_path_metas": metas}), encoding="utf-8")
    parts = ("sense_voice.model", "llm_asr.adaptor", "fun_asr_nano.model")
    tables = import_parts(f"funasr.models.{part}" for part in parts)
    built = config | {"llm_conf": config["llm_conf"] | {"init_param_path": str(llm)}}

    def widen(model: torch.nn.Module) -> None:
        for name, weight in model.named_parameters():
            if name.startswith("llm.") and "_proj" in name:
                weight.normal_(0.0, 0.4)
        embedding = model.get_parameter("llm.model.embed_tokens.weight")
        embedding.normal_(0.0, 1.0)
        embedding[:5] = 0.0  # it never ends by itself, nor says a mark

    return _save(folder, tables, built, vocabulary, seed, widen)


def _save(
    folder: Path,
    tables: Any,
    config: dict[str, Any],
    vocabulary: int,
    seed: int,
    widen: Callable[[torch.nn.Module], None],
) -> Path:
    torch.manual_seed(seed)
    arguments = copy.deepcopy({**config.get("model_conf", {}), **config})
    arguments |= {"vocab_size": vocabulary, "input_size": 560}
    model: torch.nn.Module = tables.model_classes[config["model"]](**arguments).eval()
    with torch.no_grad():
        widen(model)
    torch.save(model.state_dict(), folder / "model.pt")
    return folder


def _write(folder: Path, config: dict[str, Any], *, mean: bool = False, tokens: Iterable[str] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    if tokens:
        (folder / "tokens.json").write_text(json.dumps(list(tokens), ensure_ascii=False), encoding="utf-8")
    if mean:
        (folder / "am.mvn").write_text(_mean(-8.0, 0.2), encoding="utf-8")


def _mean(shift: float, scale: float, width: int = 560) -> str:
    lines = [f"<Nnet>\n<Splice> {width} {width}\n[ 0 ]"]
    for kind, value in (("AddShift", shift), ("Rescale", scale)):
        numbers = " ".join([str(value)] * width)
        lines.append(f"<{kind}> {width} {width}\n<LearnRateCoef> 0 [ {numbers} ]")
    return "\n".join([*lines, "</Nnet>", ""])


def _sanm(width: int, hidden: int, blocks: int) -> dict[str, Any]:
    return {
        "output_size": width,
        "attention_heads": 4,
        "linear_units": hidden,
        "num_blocks": blocks,
        "dropout_rate": 0.1,
        "input_layer": "pe",
        "pos_enc_class": "SinusoidalPositionEncoder",
        "normalize_before": True,
        "kernel_size": 11,
        "sanm_shfit": 0,
        "selfattention_layer_type": "sanm",
    }


def _decoder(blocks: int, hidden: int) -> dict[str, Any]:
    return {
        "attention_heads": 4,
        "linear_units": hidden,
        "num_blocks": blocks,
        "dropout_rate": 0.1,
        "sanm_shfit": 0,
    }


def _make_seaco(config: dict[str, Any], vocabulary: int) -> None:
    config["model_conf"] |= {
        "inner_dim": 64,
        "bias_encoder_type": "lstm",
        "bias_encoder_bid": False,
        "train_decoder": True,
        "NO_BIAS": vocabulary - 2,
    }
    config["seaco_decoder"] = "ParaformerSANMDecoder"
    config["seaco_decoder_conf"] = _decoder(2, 128) | {
        "kernel_size": 21,
        "use_output_layer": False,
        "wo_input_layer": True,
    }
    config["predictor_conf"] |= {
        "smooth_factor2": 0.25,
        "noise_threshold2": 0.01,
        "upsample_times": 3,
        "use_cif1_cnn": False,
        "upsample_type": "cnn_blstm",
    }


def _sentencepiece(size: int) -> bytes:
    import sentencepiece

    choose = random.Random(0)
    lines = [
        "".join(choose.choices(CHINESE, k=12)) + " " + " ".join(choose.choices(WORDS, k=4))
        for _ in range(1500)
    ]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=size,
        model_type="bpe",
        character_coverage=1.0,
        user_defined_symbols=list(TAGS),
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def _write_llm(folder: Path) -> int:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen3Config

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"],
    )
    tokenizer.train_from_iterator(["语音转写成中文：", "hello world", "".join(CHINESE)], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    fast.save_pretrained(folder)
    Qwen3Config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=2048,
        eos_token_id=2,
        pad_token_id=0,
        tie_word_embeddings=True,
    ).save_pretrained(folder)
    return int(tokenizer.get_vocab_size())
