import { describe, expect, it } from 'vitest';
import { parseRoute, routeHash, type Route } from './routes';

describe('routes', () => {
  it('survives a round trip', () => {
    const routes: Route[] = [
      { place: 'bench' },
      { place: 'bench', runId: 'a/b c%' },
      { place: 'try' },
      { place: 'try', runId: 'a' },
      { place: 'report', runId: 'a/b' },
      { place: 'compare' },
      { place: 'study' },
      { place: 'study', studyId: '20261124-a' },
      { place: 'shelf' },
    ];
    for (const route of routes) expect(parseRoute(routeHash(route))).toEqual(route);
  });
  it('takes anything else for the bench', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/bench/%E0%A4%A'])
      expect(parseRoute(hash)).toEqual({ place: 'bench' });
  });

  it('finds lessons, their seeds and links', () => {
    const routes = [
      { place: 'lessons' },
      { place: 'lessons', lesson: 'replay' },
      { place: 'lessons', lesson: 'replay', seed: 7 },
      { place: 'lessons', lesson: 'replay', seed: 'own' },
      { place: 'lessons', lesson: 'class' },
      { place: 'open', link: 'aXyz_-1' },
    ] as const;
    for (const route of routes) expect(parseRoute(routeHash(route))).toEqual(route);
    expect(parseRoute('#/lessons/re%20play')).toEqual({ place: 'lessons' });
    expect(parseRoute('#/lessons/replay/seed-x')).toEqual({ place: 'lessons', lesson: 'replay' });
  });
});
