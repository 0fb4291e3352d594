"""Prompt wordings of the tasks the model is to know. `{x}` is the input, `{o}` the options, `{w}` what is asked for."""

import random
from dataclasses import dataclass

WITH_OPTIONS = (
    '{x}\n\nOptions: {o}\nWhat is the {w}?',
    'Classify by {w}. Possible answers: {o}.\nInput: {x}',
    'What {w} would you give the following? {o}?\n{x}\nAnswer:',
    'Choose a {w}: {o}.\n{x}',
    '{x}\nWhich {w} is right: {o}?',
    'Which of {o} is the {w} of this?\n{x}',
    'Options: {o}. Text: {x} Pick the {w}.',
)
WITHOUT_OPTIONS = (
    'What is the {w} of this text?\n{x}',
    'Text: {x}\n{w}:',
    '{x}\nWhat is the {w}?',
    'Tell the {w}: {x}',
    '{w} of this? {x}',
)


@dataclass(frozen=True)
class Known:
    """A known task: what is asked for, its own prompts, and how often options are listed."""

    asked: tuple[str, ...]
    own: tuple[str, ...]
    options: float
    most_words: int = 200


# The first of `own` is the wording the model card names and tests.
KNOWN = {
    'moviereview': Known(
        ('sentiment', 'opinion'),
        ('{x}\n\nOptions: positive or negative\nWhat is the sentiment?', 'Is this positive or negative? {x}',
         '{x}\nDid the writer like it? positive or negative:'),
        0.5,
    ),
    'dbpedia': Known(
        ('kind of thing', 'category'),
        ('Classify by kind of thing. Possible answers: {o}.\nInput: {x}', 'What kind of thing is described?\n{x}'),
        0.6, 60,
    ),
    'banking77': Known(('intent', 'request'), ('Text: {x}\nintent:', 'What does this bank customer want?\n{x}'), 0.1),
    'bitext-intent': Known(
        ('intent', 'request'), ('What is the intent of this text?\n{x}', 'What does this customer want?\n{x}'), 0.15
    ),
    'reviews': Known(
        ('sentiment', 'verdict'),
        ('{x}\n\nOptions: positive or negative\nWhat is the sentiment?', 'Is this review positive or negative?\n{x}',
         'Review: {x}\nSentiment:'),
        0.2,
    ),
    'topics': Known(
        ('topic', 'subject'),
        ('Choose a topic: animals, food, health, money, music, sport, travel or weather.\n{x}',
         '{x}\nWhat is this text about?', 'Text: {x}\nTopic:'),
        0.2,
    ),
    'commands': Known(
        ('command', 'request'),
        ('Which command is meant? alarm, call, lights, message, music, reminder, timer or weather\n{x}',
         '{x}\nCommand:', 'What does the speaker want done?\n{x}'),
        0.2,
    ),
    'polite': Known((), ('Say this politely.\n{x}', 'Make this polite: {x}', '{x}\nA polite way to say it:'), 0.0),
    'follows': Known(
        (),
        ('{x}\nDoes the last sentence follow? yes or no', 'Answer yes or no: is the last sentence true?\n{x}',
         '{x}\nTrue? yes or no:'),
        0.0,
    ),
}


def joined(labels: list[str], rng: random.Random) -> str:
    style = rng.randrange(4)
    if style == 0 and len(labels) > 1:
        return ', '.join(labels[:-1]) + ' or ' + labels[-1]
    return (', ', ' / ', '; ')[style - 1].join(labels)


def card_prompt(task: str, text: str, labels: list[str]) -> str:
    """The wording of the model card; options sorted and joined by commas."""
    known = KNOWN[task]
    return known.own[0].format(x=text, o=', '.join(sorted(labels)))


def prompt(task: str, text: str, target: str, labels: list[str], rng: random.Random) -> str:
    """One wording of many: the card's about four times in ten."""
    known = KNOWN[task]
    if task == 'dbpedia':
        text = ' '.join(text.split()[: rng.choice((20, 30, 45, known.most_words))])
    if not known.asked or rng.random() < 0.45:
        own = known.own[0] if rng.random() < 0.7 else rng.choice(known.own)
        return own.format(x=text, o=', '.join(sorted(labels)))
    asked = rng.choice(known.asked)
    if rng.random() >= known.options:
        return rng.choice(WITHOUT_OPTIONS).format(x=text, w=asked)
    if len(labels) > 4:
        # A few of the labels in any order, so that the list has to be read.
        others = [label for label in labels if label != target]
        most = 14 if len(labels) < 20 else 8
        labels = [target, *rng.sample(others, rng.randint(2, min(most, len(others))))]
    else:
        labels = list(labels)
    rng.shuffle(labels)
    return rng.choice(WITH_OPTIONS).format(x=text, o=joined(labels, rng), w=asked)
