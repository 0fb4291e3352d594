"""A lean T5 v1.1 for training on a CPU: fused projections, one attention bias a batch, logits at target rows only.

Same mathematics as Hugging Face's T5 (gated GELU, RMS norm before each block, no score scaling, tied and scaled
head), other storage: weights that meet the same input are one matrix. `to_hugging_face` and `from_hugging_face`
translate.
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BUCKETS, FAR = 32, 128


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 8192
    width: int = 160
    heads: int = 5
    head_width: int = 32
    inner: int = 480
    encoder_layers: int = 4
    decoder_layers: int = 2

    @property
    def attention(self) -> int:
        return self.heads * self.head_width

    @staticmethod
    def parse(text: str) -> 'Shape':
        """`8192x160x5x32x480x4x2`: vocabulary, width, heads, head width, inner width, encoder and decoder layers."""
        numbers = [int(n) for n in text.split('x')]
        if len(numbers) != 7:
            raise SystemExit(f'A shape has seven numbers joined by x, not {text!r}.')
        return Shape(*numbers)

    def __str__(self) -> str:
        return 'x'.join(str(n) for n in asdict(self).values())


def relative_bucket(distance: Tensor, both_ways: bool) -> Tensor:
    """T5's bucket of key position minus query position."""
    buckets = BUCKETS // 2 if both_ways else BUCKETS
    offset = (distance > 0).long() * buckets if both_ways else torch.zeros_like(distance)
    n = distance.abs() if both_ways else (-distance).clamp(min=0)
    exact = buckets // 2
    far = exact + (torch.log(n.clamp(min=1).float() / exact) / math.log(FAR / exact) * (buckets - exact)).long()
    return offset + torch.where(n < exact, n, far.clamp(max=buckets - 1))


def rms_norm(x: Tensor, weight: Tensor) -> Tensor:
    x = x.float()
    return (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)) * weight


def apart(queries: Tensor, keys: Tensor) -> Tensor:
    """Segments [b, q] and [b, k] → a bias [b, 1, q, k] that keeps segments apart."""
    return (queries[:, None, :, None] != keys[:, None, None, :]) * -1e9


class Block(nn.Module):
    """Self-attention, cross-attention in the decoder, and the gated feed-forward."""

    def __init__(self, shape: Shape, cross: bool):
        super().__init__()
        d, a, f = shape.width, shape.attention, shape.inner
        self.shape = shape
        self.norm_self = nn.Parameter(torch.ones(d))
        self.qkv = nn.Parameter(torch.empty(3 * a, d))
        self.out = nn.Parameter(torch.empty(d, a))
        if cross:
            self.norm_cross = nn.Parameter(torch.ones(d))
            self.cross_q = nn.Parameter(torch.empty(a, d))
            self.cross_kv = nn.Parameter(torch.empty(2 * a, d))
            self.cross_out = nn.Parameter(torch.empty(d, a))
        self.norm_feed = nn.Parameter(torch.ones(d))
        self.gate_up = nn.Parameter(torch.empty(2 * f, d))
        self.down = nn.Parameter(torch.empty(d, f))

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.shape.heads, self.shape.head_width)).transpose(1, 2)

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, drop: float) -> Tensor:
        scores = torch.matmul(self._heads(q), self._heads(k).transpose(2, 3)).float() + bias
        weights = F.dropout(scores.softmax(-1), drop, self.training)
        return torch.matmul(weights.to(v.dtype), self._heads(v)).transpose(1, 2).flatten(2)

    def forward(self, x: Tensor, bias: Tensor, memory: Tensor | None, memory_bias: Tensor | None, drop: float) -> Tensor:
        q, k, v = F.linear(rms_norm(x, self.norm_self), self.qkv).chunk(3, -1)
        x = x + F.dropout(F.linear(self._attend(q, k, v, bias, drop), self.out), drop, self.training)
        if memory is not None and memory_bias is not None:
            q = F.linear(rms_norm(x, self.norm_cross), self.cross_q)
            k, v = F.linear(memory, self.cross_kv).chunk(2, -1)
            mixed = F.linear(self._attend(q, k, v, memory_bias, drop), self.cross_out)
            x = x + F.dropout(mixed, drop, self.training)
        gate, up = F.linear(rms_norm(x, self.norm_feed), self.gate_up).chunk(2, -1)
        hidden = F.dropout(F.gelu(gate, approximate='tanh') * up, drop, self.training)
        return x + F.dropout(F.linear(hidden, self.down), drop, self.training)


class PocketT5(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.shared = nn.Parameter(torch.empty(shape.vocabulary, shape.width))
        self.encoder = nn.ModuleList(Block(shape, False) for _ in range(shape.encoder_layers))
        self.decoder = nn.ModuleList(Block(shape, True) for _ in range(shape.decoder_layers))
        self.encoder_bias = nn.Parameter(torch.empty(BUCKETS, shape.heads))
        self.decoder_bias = nn.Parameter(torch.empty(BUCKETS, shape.heads))
        self.encoder_norm = nn.Parameter(torch.ones(shape.width))
        self.decoder_norm = nn.Parameter(torch.ones(shape.width))
        self._buckets: dict[tuple[int, bool], Tensor] = {}
        self._initialise()

    def _initialise(self) -> None:
        d, a = self.shape.width, self.shape.attention
        for name, p in self.named_parameters():
            part = name.rsplit('.', 1)[-1]
            if part.startswith('norm') or part.endswith('norm'):
                continue
            if part == 'shared':
                nn.init.normal_(p, std=1.0)
            elif part == 'down':
                nn.init.normal_(p, std=self.shape.inner**-0.5)
            elif part in ('out', 'cross_out'):
                nn.init.normal_(p, std=a**-0.5)
            else:
                nn.init.normal_(p, std=d**-0.5)
            if part == 'qkv':
                with torch.no_grad():
                    p[:a] *= self.shape.head_width**-0.5
            elif part == 'cross_q':
                with torch.no_grad():
                    p *= self.shape.head_width**-0.5

    def _position_bias(self, table: Tensor, length: int, both_ways: bool) -> Tensor:
        key = (length, both_ways)
        if key not in self._buckets:
            at = torch.arange(length)
            self._buckets[key] = relative_bucket(at[None, :] - at[:, None], both_ways)
        return F.embedding(self._buckets[key], table).permute(2, 0, 1)[None]

    def encode(self, source: Tensor, drop: float = 0.0, segments: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """source [b, s], 0 is padding → memory [b, s, d] and its padding as a bias [b, 1, 1, s].

        With `segments` [b, s], a token sees only those of its own segment.
        """
        mask = (source == 0)[:, None, None, :] * -1e9
        bias = self._position_bias(self.encoder_bias, source.shape[1], True)
        bias = bias + (mask if segments is None else apart(segments, segments))
        x = F.dropout(F.embedding(source, self.shared), drop, self.training)
        for block in self.encoder:
            x = block(x, bias, None, None, drop)
        return F.dropout(rms_norm(x, self.encoder_norm), drop, self.training), mask

    def decode(
        self, memory: Tensor, memory_bias: Tensor, inputs: Tensor, drop: float = 0.0, segments: Tensor | None = None
    ) -> Tensor:
        """inputs [b, t] → scaled hidden states [b, t, d], ready for the tied head."""
        t = inputs.shape[1]
        bias = self._position_bias(self.decoder_bias, t, False) + torch.full((t, t), -1e9).triu(1)
        if segments is not None:
            bias = bias + apart(segments, segments)
        x = F.dropout(F.embedding(inputs, self.shared), drop, self.training)
        for block in self.decoder:
            x = block(x, bias, memory, memory_bias, drop)
        x = F.dropout(rms_norm(x, self.decoder_norm), drop, self.training)
        return x * self.shape.width**-0.5

    def forward(
        self, source: Tensor, target: Tensor, drop: float = 0.0, inputs: Tensor | None = None,
        source_segments: Tensor | None = None, target_segments: Tensor | None = None, places: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """target [b, t], 0 is padding → summed cross-entropy (nats) and the number of target tokens.

        Packed rows also give their segments and the decoder's inputs, each example's from a start of its own;
        then `target` [k] are the answers at `places` [k] of the flattened [b * t], with a weight each, and the
        sums are weighted.
        """
        memory, memory_bias = self.encode(source, drop, source_segments)
        if source_segments is not None and target_segments is not None:
            memory_bias = apart(target_segments, source_segments)
        if inputs is None:
            inputs = F.pad(target[:, :-1], (1, 0))
        hidden = self.decode(memory, memory_bias, inputs, drop, target_segments).flatten(0, 1)
        if places is not None:
            hidden = hidden.index_select(0, places)
        losses = F.cross_entropy(F.linear(hidden, self.shared).float(), target.flatten(), ignore_index=0, reduction='none')
        if weights is None:
            return losses.sum(), (target != 0).sum()
        return (losses * weights).sum(), weights.sum()

    @torch.no_grad()
    def greedy(self, source: Tensor, longest: int = 32) -> list[list[int]]:
        """Greedy answers, without the end token."""
        memory, mask = self.encode(source)
        ids = torch.zeros(source.shape[0], 1, dtype=torch.long)
        done = torch.zeros(source.shape[0], dtype=torch.bool)
        for _ in range(longest):
            hidden = self.decode(memory, mask, ids)[:, -1]
            best = F.linear(hidden, self.shared).float().argmax(-1)
            best = torch.where(done, 0, best)
            ids = torch.cat([ids, best[:, None]], 1)
            done |= best == 1
            if bool(done.all()):
                break
        return [[t for t in row if t > 1] for row in ids[:, 1:].tolist()]


def config(shape: Shape) -> dict:
    return {
        'architectures': ['T5ForConditionalGeneration'], 'model_type': 't5', 'vocab_size': shape.vocabulary,
        'd_model': shape.width, 'd_kv': shape.head_width, 'd_ff': shape.inner, 'num_layers': shape.encoder_layers,
        'num_decoder_layers': shape.decoder_layers, 'num_heads': shape.heads,
        'relative_attention_num_buckets': BUCKETS, 'relative_attention_max_distance': FAR, 'dropout_rate': 0.0,
        'layer_norm_epsilon': 1e-6, 'initializer_factor': 1.0, 'feed_forward_proj': 'gated-gelu',
        'is_encoder_decoder': True, 'use_cache': True, 'pad_token_id': 0, 'eos_token_id': 1,
        'decoder_start_token_id': 0, 'tie_word_embeddings': True, 'torch_dtype': 'float16',
    }


def shape_of(config: dict) -> Shape:
    return Shape(
        config['vocab_size'], config['d_model'], config['num_heads'], config['d_kv'], config['d_ff'],
        config['num_layers'], config['num_decoder_layers'],
    )


def _names(shape: Shape) -> list[tuple[str, str, int, int]]:
    """(own name, Hugging Face's name, which part of how many)."""
    rows = [('shared', 'shared.weight', 0, 1)]
    for side, layers in (('encoder', shape.encoder_layers), ('decoder', shape.decoder_layers)):
        rows.append((f'{side}_norm', f'{side}.final_layer_norm.weight', 0, 1))
        rows.append((f'{side}_bias', f'{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight', 0, 1))
        for n in range(layers):
            own, theirs = f'{side}.{n}', f'{side}.block.{n}.layer'
            feed = 1 if side == 'encoder' else 2
            rows += [(f'{own}.qkv', f'{theirs}.0.SelfAttention.{c}.weight', i, 3) for i, c in enumerate('qkv')]
            rows.append((f'{own}.out', f'{theirs}.0.SelfAttention.o.weight', 0, 1))
            rows.append((f'{own}.norm_self', f'{theirs}.0.layer_norm.weight', 0, 1))
            if side == 'decoder':
                rows.append((f'{own}.cross_q', f'{theirs}.1.EncDecAttention.q.weight', 0, 1))
                rows += [(f'{own}.cross_kv', f'{theirs}.1.EncDecAttention.{c}.weight', i, 2) for i, c in enumerate('kv')]
                rows.append((f'{own}.cross_out', f'{theirs}.1.EncDecAttention.o.weight', 0, 1))
                rows.append((f'{own}.norm_cross', f'{theirs}.1.layer_norm.weight', 0, 1))
            rows.append((f'{own}.norm_feed', f'{theirs}.{feed}.layer_norm.weight', 0, 1))
            rows += [
                (f'{own}.gate_up', f'{theirs}.{feed}.DenseReluDense.{c}.weight', i, 2) for i, c in enumerate(('wi_0', 'wi_1'))
            ]
            rows.append((f'{own}.down', f'{theirs}.{feed}.DenseReluDense.wo.weight', 0, 1))
    return rows


def to_hugging_face(weights: dict[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    return {hf: weights[own].chunk(parts)[i].clone().contiguous() for own, hf, i, parts in _names(shape)}


def from_hugging_face(weights: dict[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    parts: dict[str, list[Tensor]] = {}
    for own, hf, _, _ in _names(shape):
        parts.setdefault(own, []).append(weights[hf].float())
    return {own: torch.cat(pieces) for own, pieces in parts.items()}
