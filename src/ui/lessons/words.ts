/** A lesson's words in the language of the page, in English where it has none in that. */
import type { Lesson, LessonWords } from '../../run/lesson';

export function wordsOf(lesson: Lesson, language = document.documentElement.lang): LessonWords {
  return lesson.words[language] ?? lesson.words.en;
}
