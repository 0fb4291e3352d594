/** How long something takes, for a button that starts it. */
export function minutes(seconds: number | null): string {
  if (seconds === null) return 'measuring how long it takes here…';
  if (seconds < 50) return 'less than a minute here';
  const count = Math.round(seconds / 60);
  if (count <= 1) return 'about a minute here';
  return `about ${count} minutes here`;
}
