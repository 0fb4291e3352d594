/** The address after `#`: which place is open, on which run, study or lesson, and what a link brings. */

export type Route =
  | { place: 'start' }
  | { place: 'bench' | 'try' | 'report'; runId?: string }
  | { place: 'study'; studyId?: string }
  | { place: 'compare' }
  | { place: 'shelf' }
  /** `class` in the place of a lesson is the picture of a class. */
  | { place: 'lessons'; lesson?: string; seed?: number | 'own' }
  /** A link that somebody shared: `share/link.ts` reads it. */
  | { place: 'open'; link: string };

/** An unknown address is the bench, so that old links never end on an empty page. */
export function parseRoute(hash: string): Route {
  const [place, id, more] = hash.replace(/^#?\/?/, '').split('/');
  if (place === 'start' || place === 'compare' || place === 'shelf') return { place };
  if (place === 'lessons') return lessonRoute(id, more);
  if (place === 'open') return { place, link: id ?? '' };
  const known = id ? decoded(id) : undefined;
  if (place === 'study') return known === undefined ? { place } : { place, studyId: known };
  const there = place === 'try' || place === 'report' ? place : 'bench';
  return known === undefined ? { place: there } : { place: there, runId: known };
}

function decoded(id: string): string | undefined {
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

/** Without an address the first visit begins at the start, and every later one on the bench. */
export function openingRoute(hash: string, beenHere: boolean): Route {
  return hash === '' && !beenHere ? { place: 'start' } : parseRoute(hash);
}

function lessonRoute(id: string | undefined, more: string | undefined): Route {
  if (!id || !/^[a-z0-9-]+$/.test(id)) return { place: 'lessons' };
  const [, seed] = /^seed-(\d{1,9}|own)$/.exec(more ?? '') ?? [];
  if (seed === undefined) return { place: 'lessons', lesson: id };
  return { place: 'lessons', lesson: id, seed: seed === 'own' ? seed : Number(seed) };
}

export function routeHash(route: Route): string {
  switch (route.place) {
    case 'lessons': {
      const seed = route.seed === undefined ? '' : `/seed-${route.seed}`;
      return route.lesson === undefined ? '#/lessons' : `#/lessons/${route.lesson}${seed}`;
    }
    case 'open':
      return `#/open/${route.link}`;
    default: {
      const id = 'runId' in route ? route.runId : 'studyId' in route ? route.studyId : undefined;
      return id === undefined ? `#/${route.place}` : `#/${route.place}/${encodeURIComponent(id)}`;
    }
  }
}
