/** The address after `#`: which of the places is open, and on which run. */

export type Route =
  | { place: 'start' }
  | { place: 'bench' | 'try' | 'report'; runId?: string }
  | { place: 'compare' }
  | { place: 'shelf' };

/** An unknown address is the bench, so that old links never end on an empty page. */
export function parseRoute(hash: string): Route {
  const [place, id] = hash.replace(/^#?\/?/, '').split('/');
  if (place === 'start' || place === 'compare' || place === 'shelf') return { place };
  const there = place === 'try' || place === 'report' ? place : 'bench';
  if (!id) return { place: there };
  try {
    return { place: there, runId: decodeURIComponent(id) };
  } catch {
    return { place: there };
  }
}

/** Without an address the first visit begins at the start, and every later one on the bench. */
export function openingRoute(hash: string, beenHere: boolean): Route {
  return hash === '' && !beenHere ? { place: 'start' } : parseRoute(hash);
}

export function routeHash(route: Route): string {
  const id = 'runId' in route ? route.runId : undefined;
  return id === undefined ? `#/${route.place}` : `#/${route.place}/${encodeURIComponent(id)}`;
}
