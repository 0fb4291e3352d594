"""Phrases from the text and from open instructions, out of which more.mjs makes rows of the project's own tasks."""

import json
import random
import re
import subprocess
from collections import Counter
from pathlib import Path

import corpus
from mixture import bare_texts

HERE = Path(__file__).resolve().parent
# Intents of other assistants that are ours.
COMMANDS = {
    'alarm': 'alarm', 'timer': 'timer', 'reminder': 'reminder', 'reminder update': 'reminder', 'make call': 'call',
    'text': 'message', 'play music': 'music', 'next song': 'music', 'what song': 'music', 'change volume': 'music',
    'update playlist': 'music', 'weather': 'weather', 'get weather': 'weather', 'add to playlist': 'music',
}
VERBS = set(
    'add answer ask bake begin blow boil break bring build burn buy call carry catch change choose clean climb close collect '
    'cook copy count cover cross cut dig draw drink drive drop eat empty enter examine explain feed fetch fill find finish '
    'fix fold follow forget gather get give guard guide hang hear help hide hit hold invite join keep kick kill kiss knock '
    'know lay lead learn leave lend lift light lock look lose love make marry measure meet mend mix move obey open order '
    'paint pass pay pick plant play pour prepare press promise protect prove pull punish push put raise reach read receive '
    'remember remove repair repeat rescue return ride ring save search see sell send serve set share shoot show shut sign '
    'sing sit speak spend spread start stay steal stop study sweep swim take teach tear tell test thank throw tie touch try '
    'turn use visit wait wake walk warn wash watch water wear win wipe wrap write'.split()
)
NOUN_WORDS = r"(?:the|a|an|my|your|his|her|our|their|some|this|that)"
PHRASE = re.compile(
    rf"\bto ([a-z]+ (?:it|them|him|me|{NOUN_WORDS} [a-z]{{3,}})(?: (?:in|on|to|with|at|from|for|into|of) {NOUN_WORDS} [a-z]{{3,}})?)[.,;!?]"
)
THING = re.compile(r"\b((?:a|an|some|another|the) [a-z]{3,} (?:of|in|with|for|from) (?:the |a |my )?[a-z]{4,})[.,;!?]")
STATE = re.compile(
    r"\b(?:that|and|but|as|because) (the [a-z]{3,}) (is|was|are|were) ((?:very |too |not |so |all |still )?[a-z]{3,}(?: (?:in|on|at|with|for|of) the [a-z]{3,})?)[.,;!?]"
)


def _keywords() -> dict[str, re.Pattern]:
    """The words of each topic's lists in wordings/topics.train.txt."""
    groups = {'animals': ('animals', 'beastly'), 'food': ('food',), 'health': ('health', 'healer', 'remedy'), 'money': ('money',),
              'music': ('music',), 'sport': ('sport', 'sporty'), 'travel': ('travel',), 'weather': ('weather',)}
    lists: dict[str, list[str]] = {}
    for line in (HERE / 'wordings' / 'topics.train.txt').read_text().splitlines():
        found = re.match(r'@(\w+) (.*)', line)
        if found:
            lists.setdefault(found[1], []).extend(word.strip() for word in found[2].split(','))
    every = Counter(word for words in lists.values() for word in words)
    patterns = {}
    for topic, names in groups.items():
        words = sorted({w for name in names for w in lists[name] if every[w] == 1 and w not in VAGUE}, key=len, reverse=True)
        patterns[topic] = re.compile(r'\b(?:' + '|'.join(map(re.escape, words)) + r')s?\b')
    return patterns


# Words of the lists that stand for other things too often.
VAGUE = set('cold rest cage wing horn seal bat bear fine bill account interest shares band record organ match team final season '
            'player captain opponent serve goal score cup race map guide border platform inn tour ice degrees cloud wind '
            'shower flood drops price fee notes order tune coach trip ticket fund bonds tail nest drum running climbing stroke '
            'prey breed kid duck swan robin worm crow species plaster treatment ward diet burn fever strike training'.split())


def topic_notes(lines: list[str], most: int = 1500) -> dict[str, list[str]]:
    """Short sentences with two or more words of one topic and none of another."""
    patterns = _keywords()
    found: dict[str, list[str]] = {topic: [] for topic in patterns}
    for line in lines:
        for sentence in re.split(r'(?<=[.!?]) ', line):
            if not 25 <= len(sentence) <= 110 or re.search(r'[{}\[\]"|]', sentence):
                continue
            counts = {topic: len(set(pattern.findall(sentence.lower()))) for topic, pattern in patterns.items()}
            (topic, best), (_, second) = Counter(counts).most_common(2)
            if best >= 2 and second == 0 and len(found[topic]) < most:
                found[topic].append(sentence)
    return found


def phrases(lines: list[str], most: int = 1500) -> dict[str, list[str]]:
    """What can be done, wanted or asked about, in words of the text."""
    orders: Counter[str] = Counter()
    things: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for line in lines:
        for found in PHRASE.findall(line):
            if found.split()[0] in VERBS:
                orders[found] += 1
        things.update(THING.findall(line))
        states.update(' | '.join(found) for found in STATE.findall(line))
    kept = [x for x, _ in orders.most_common(most * 4)]
    random.Random(3).shuffle(kept)
    parts = [kept[i::4][:most] for i in range(4)]
    return {'do': parts[0], 'not': parts[1], 'cannot': parts[2], 'let': parts[3],
            'want': [x for x, _ in things.most_common(most)], 'ask': [x for x, _ in states.most_common(most)]}


def commands(data: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in corpus.instructions(data):
        label = COMMANDS.get(row['target'])
        if label and row['task'] in ('clinc-intent', 'snips-intent'):
            bare = (bare_texts(row['input']) or [''])[0]
            # An order begins with its verb; what does not and is no question would not fit the frames.
            if bare and not re.search(r'[{}\[\]|]', bare) and (bare.endswith('?') or re.match(
                    r'(?:set|play|turn|text|send|remind|wake|call|tell|start|put|add|make|create|skip|next|what|will|is|how|'
                    r'show|find|give|use|phone|dial|message|switch|cancel|stop|change)\b', bare, re.I)):
                found.setdefault(label, []).append(bare.rstrip('. '))
    return {label: sorted(set(rows))[:300] for label, rows in found.items()}


def make_rows(data: Path, state: Path, rows: int) -> None:
    """`rows` rows of each known task into STATE/own."""
    lines = [line for name, most in (('stories', 9_000), ('wiki', 110_000), ('books', 90_000)) for line in _first(data, name, most)]
    found = {'topics': topic_notes(lines), 'polite': phrases(lines), 'commands': commands(data)}
    file = state / 'phrases.json'
    file.write_text(json.dumps(found, indent=0))
    for task, sections in found.items():
        print(task, {name: len(each) for name, each in sections.items()})
    subprocess.run(['node', HERE / 'more.mjs', '--phrases', file, '--out', state / 'own', '--rows', str(rows)], check=True)


def _first(data: Path, name: str, most: int) -> list[str]:
    lines = []
    for line in corpus.text_lines(data, name):
        lines.append(line)
        if len(lines) == most:
            break
    return lines
