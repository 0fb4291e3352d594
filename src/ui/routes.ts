/** The address after `#`: which of the three places is open, and which run on the bench. */

export type Route = { place: 'bench'; runId?: string } | { place: 'compare' } | { place: 'shelf' };

/** An unknown address is the bench, so that old links never end on an empty page. */
export function parseRoute(hash: string): Route {
  const [place, id] = hash.replace(/^#?\/?/, '').split('/');
  if (place === 'compare' || place === 'shelf') return { place };
  if (!id) return { place: 'bench' };
  try {
    return { place: 'bench', runId: decodeURIComponent(id) };
  } catch {
    return { place: 'bench' };
  }
}

export function routeHash(route: Route): string {
  if (route.place !== 'bench') return `#/${route.place}`;
  return route.runId === undefined ? '#/bench' : `#/bench/${encodeURIComponent(route.runId)}`;
}
