"""Hugging Face folders: read into the lean model, written in fp16."""

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from model import PocketT5, config, from_hugging_face, shape_of, to_hugging_face
from tokenizer import load_tokenizer


def read_folder(folder: Path) -> tuple[PocketT5, Tokenizer]:
    if not (folder / 'config.json').exists():
        raise SystemExit(f'{folder} is no model folder: config.json is missing.')
    shape = shape_of(json.loads((folder / 'config.json').read_text()))
    model = PocketT5(shape)
    model.load_state_dict(from_hugging_face(load_file(folder / 'model.safetensors'), shape))
    return model.eval(), load_tokenizer(folder)


def write_folder(folder: Path, model: PocketT5, tokenizer_folder: Path) -> None:
    """The tokenizer's files are copied as they are, so that its bytes stay what tests and caches know."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ('tokenizer.json', 'tokenizer_config.json'):
        shutil.copyfile(tokenizer_folder / name, folder / name)
    weights = to_hugging_face({name: p.detach() for name, p in model.named_parameters()}, model.shape)
    save_file({name: w.half() for name, w in weights.items()}, folder / 'model.safetensors', {'format': 'pt'})
    (folder / 'config.json').write_text(json.dumps(config(model.shape), indent=1) + '\n')
    generation = {'decoder_start_token_id': 0, 'eos_token_id': 1, 'pad_token_id': 0}
    (folder / 'generation_config.json').write_text(json.dumps(generation, indent=1) + '\n')
