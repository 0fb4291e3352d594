import { del, get, set, values } from 'idb-keyval';
import type { StudyRecord } from '../run/study';
import type { Database } from './database';

/** The records of studies: small JSON that says what is to be run and holds what each cell left. */
export class Studies {
  readonly #database: Database;
  readonly #changed: (id: string) => void;

  constructor(database: Database, changed: (id: string) => void) {
    this.#database = database;
    this.#changed = changed;
  }

  /** Keeps a record in place of the one with its id. */
  async put(record: StudyRecord): Promise<void> {
    await set(record.id, record, this.#database.use('studies'));
    this.#changed(record.id);
  }

  /** Null when there is no such study. */
  async get(id: string): Promise<StudyRecord | null> {
    return (await get<StudyRecord>(id, this.#database.use('studies'))) ?? null;
  }

  /** Newest first. */
  async list(): Promise<StudyRecord[]> {
    const all = await values<StudyRecord>(this.#database.use('studies'));
    return all.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  async remove(id: string): Promise<void> {
    await del(id, this.#database.use('studies'));
    this.#changed(id);
  }
}
