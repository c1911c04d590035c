"""What the window of models says about a model and a download. No Qt."""

from __future__ import annotations

from html import escape

from desktop.ui.words import memory, say, spoken, translated
from recognizer.models.catalogue import HUBS, CatalogueModel
from recognizer.models.download import Progress
from recognizer.models.shelf import ShelfRow

HUB_NAMES = {"modelscope": "ModelScope", "huggingface": "Hugging Face"}
SOON_S = 90


def columns(row: ShelfRow) -> tuple[str, str, str, str, str]:
    """Name, what for, languages, size, state."""
    languages = row.model.languages if row.model else ()
    return (
        row.name,
        ", ".join(say(f"models.pass.{each}") for each in row.passes),
        ", ".join(say(f"models.speaks.{each}") for each in languages),
        memory(row.size_bytes),
        say(f"models.is.{row.state}"),
    )


def about_lines(row: ShelfRow) -> str:
    """What it is, its licence, the card's memory and its pages; rich text."""
    model = row.model
    if model is None:
        return escape(say("models.imported"))
    about = (model.about, model.about_zh)[spoken()]
    words = [escape(licence_words(model))]
    if model.vram_mib:
        amounts = ", ".join(f"{amount} MiB ({precision})" for precision, amount in model.vram_mib.items())
        words.append(escape(say("models.card", amounts=amounts)))
    pages = [(HUB_NAMES[hub], page) for hub in HUBS if (page := model.page(hub))]
    links = [f'<a href="{escape(page)}">{escape(say("models.page", hub=hub))}</a>' for hub, page in pages]
    return "<br>".join((escape(about), " ".join(words), " · ".join(links)))


def licence_words(model: CatalogueModel) -> str:
    """Weights have licences of their own, which their pages tell."""
    if not model.licence:
        return say("models.licence-unknown")
    return say("models.licence" if model.is_shipped else "models.licence-there", licence=model.licence)


def progress_words(progress: Progress) -> str:
    """``412 MiB of 840 MiB · 11 MiB/s · 38 s left``; while waiting, what for."""
    figures = {"done": memory(progress.done_bytes), "total": memory(progress.total_bytes)}
    words = [say(f"models.stage.{progress.stage}", **figures)]
    if progress.note:
        words.append(translated(progress.note))
    if progress.bytes_per_s:
        words.append(say("models.speed", speed=memory(progress.bytes_per_s)))
    if progress.left_s:
        is_soon = progress.left_s < SOON_S
        key = "models.left-soon" if is_soon else "models.left"
        words.append(say(key, seconds=round(progress.left_s), minutes=round(progress.left_s / 60)))
    return " · ".join(words)
