/** The study that is being set up. */
import { FIRST_FORM, follow, type OfBench, type StudyForm } from './form';

export class StudySetup {
  #form = $state.raw(FIRST_FORM);
  #seen = '';

  get form(): StudyForm {
    return this.#form;
  }

  edit(change: Partial<StudyForm>): void {
    this.#form = { ...this.#form, ...change };
  }

  /** Takes over what the bench has of what is picked, once for each time that it was changed there. */
  follow({ method, lora }: OfBench): void {
    const now = JSON.stringify([method, lora]);
    if (now === this.#seen) return;
    this.#seen = now;
    this.#form = follow(this.#form, { method, lora });
  }
}

/** That of the page: who goes to the bench to change the plan finds the rest as it was. */
export const setup = new StudySetup();
