// 405 instead of 404, for a URL that is there with other methods (RFC 9110 section 15.5.6).

import type { FastifyInstance } from 'fastify';

/** Watches the routes that come after it. @returns the methods of a path, sorted; empty: there is no such path */
export function collectMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const pattern = new RegExp(`^${url.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
    const route = routes.get(url) ?? { pattern, methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  return path => {
    const found = [...routes.values()].filter(route => route.pattern.test(path));
    return [...new Set(found.flatMap(route => [...route.methods]))].sort();
  };
}
