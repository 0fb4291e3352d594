"""The tokenizer: SentencePiece-like Unigram as T5 has it, with digits split and 100 sentinels at the end."""

import json
from pathlib import Path
from typing import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SENTINELS = 100
SPECIAL = ['<pad>', '</s>', '<unk>']
PAD, EOS, UNK = 0, 1, 2


def sentinel_pieces() -> list[str]:
    """`<extra_id_0>` has the highest id, as in T5."""
    return [f'<extra_id_{i}>' for i in reversed(range(SENTINELS))]


def _pipeline(model: models.Model) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(' {2,}'), ' ')])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement='▁', prepend_scheme='always')]
    )
    tokenizer.decoder = decoders.Metaspace(replacement='▁', prepend_scheme='always')
    return tokenizer


def train_tokenizer(lines: Iterable[str], vocabulary: int) -> Tokenizer:
    """A Unigram tokenizer of exactly `vocabulary` ids, sentinels included."""
    learner = _pipeline(models.Unigram())
    # Splitting digits while learning keeps numbers out of the pieces; encoding then has no choice but to split.
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement='▁', prepend_scheme='always'),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Punctuation(behavior='isolated'),
        ]
    )
    # More pieces are learnt than kept: rare characters the trainer always keeps are dropped here.
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary - SENTINELS, special_tokens=SPECIAL, unk_token='<unk>', max_piece_length=16,
        show_progress=False, initial_alphabet=list('£$€%{}<>[]|~^\\`@#&*_=+/"'),
    )
    learner.train_from_iterator((_plain(line) for line in lines), trainer)
    pieces = json.loads(learner.to_str())['model']['vocab']
    wanted = vocabulary - SENTINELS
    if len(pieces) < wanted:
        raise SystemExit(f'The sample gave {len(pieces)} pieces; {wanted} were asked for. Give more text or ask for fewer.')
    pieces = pieces[:wanted]
    learnt = [(piece, score) for piece, score in pieces if piece not in SPECIAL]
    vocab = [(piece, 0.0) for piece in SPECIAL] + learnt + [(piece, 0.0) for piece in sentinel_pieces()]
    tokenizer = _pipeline(models.Unigram(vocab, unk_id=UNK, byte_fallback=False))
    tokenizer.add_special_tokens(SPECIAL + sentinel_pieces())
    tokenizer.post_processor = processors.TemplateProcessing(
        single='$A </s>', pair='$A </s> $B </s>', special_tokens=[('</s>', EOS)]
    )
    return tokenizer


# Characters seen only a few times (other scripts, symbols) would each take a place in the vocabulary.
_KEPT = set(map(chr, range(32, 127))) | set('£€éèêëáàâäíïóôöúüñçãåæøßðÉÖÜÅ°–—’‘“”…•½²')


def _plain(line: str) -> str:
    return ''.join(c if c in _KEPT else ' ' for c in ' '.join(line.split()))


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / 'tokenizer.json'), pretty=False)
    settings = {
        'tokenizer_class': 'T5TokenizerFast', 'eos_token': '</s>', 'pad_token': '<pad>', 'unk_token': '<unk>',
        'extra_ids': SENTINELS, 'model_max_length': 512, 'clean_up_tokenization_spaces': False,
    }
    (folder / 'tokenizer_config.json').write_text(json.dumps(settings, indent=1) + '\n')


def load_tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / 'tokenizer.json'))
