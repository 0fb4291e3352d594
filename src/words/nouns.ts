/** What `plural` counts, by language: the English noun and its forms. A test finds nouns that are missing. */
import type { Language } from './language';

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export const nouns: Record<Exclude<Language, 'en'>, Readonly<Record<string, Forms>>> = {
  de: {
    answer: { one: 'Antwort', other: 'Antworten' },
    checkpoint: { one: 'Checkpoint', other: 'Checkpoints' },
    dataset: { one: 'Datensatz', other: 'Datensätze' },
    epoch: { one: 'Epoche', other: 'Epochen' },
    file: { one: 'Datei', other: 'Dateien' },
    line: { one: 'Linie', other: 'Linien' },
    label: { one: 'Label', other: 'Labels' },
    model: { one: 'Modell', other: 'Modelle' },
    prompt: { one: 'Prompt', other: 'Prompts' },
    row: { one: 'Zeile', other: 'Zeilen' },
    run: { one: 'Lauf', other: 'Läufe' },
    stage: { one: 'Etappe', other: 'Etappen' },
    study: { one: 'Studie', other: 'Studien' },
    step: { one: 'Schritt', other: 'Schritte' },
    task: { one: 'Aufgabe', other: 'Aufgaben' },
    thread: { one: 'Thread', other: 'Threads' },
    trial: { one: 'Versuch', other: 'Versuche' },
  },
};
