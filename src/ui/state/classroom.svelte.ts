/** The files of a class that were dropped together; nothing of them is kept or sent. */
import { readMember, type Member } from '../lessons/classroom';
import type { LessonShelf } from './lessons.svelte';
import { plainReason, type Notices } from './notices.svelte';

export class Classroom {
  #members = $state.raw<readonly Member[]>([]);

  constructor(
    private readonly lessons: LessonShelf,
    private readonly notices: Notices,
  ) {}

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Lessons that there are files of, each once. */
  get ids(): string[] {
    const ids = this.#members.map(({ lesson }) => lesson);
    return ids.filter((id, i) => ids.indexOf(id) === i);
  }

  /** A file of the same name replaces the one before. */
  async take(files: readonly File[]): Promise<void> {
    const lessons = await this.notices.guard(() => this.lessons.load(), 'The lessons could not be read');
    if (!lessons) return;
    const before = this.#members.length;
    for (const file of files) {
      try {
        const member = await readMember(file, lessons);
        this.#members = [...this.#members.filter((m) => m.file !== member.file), member];
      } catch (error) {
        this.notices.show('error', `${file.name} is left out`, { why: [plainReason(error)] });
      }
    }
    this.notices.say(`${this.#members.length - before} of ${files.length} files are new in the picture.`);
  }

  clear(): void {
    this.#members = [];
  }
}
