/** Thrown where a person called off what they had asked for: nothing went wrong, and its message says what is now. */
export class CalledOff extends Error {
  override readonly name = 'CalledOff';
}
