import { ownScript } from './trusted';

/** Blobs by the script that they start; a browser may read one again, so they stay. */
const starters = new Map<string, string>();

/**
 * Starts a module worker from a script of ours so that it is bound by the page's policy. A worker loaded from the
 * network takes its policy from its own response, which a plain static host sends without one; a worker loaded
 * from a blob takes over its maker's (HTML standard, "initialize worker global scope's policy container"). So the
 * worker is a blob that imports the script.
 * @param url address of the script, as the bundler gives it (`?worker&url`)
 * @throws TypeError for a script of another origin
 */
export function ownWorker(url: string, name: string): Worker {
  const script = new URL(url, import.meta.url).href;
  ownScript(script);
  let starter = starters.get(script);
  if (starter === undefined) {
    starter = URL.createObjectURL(
      new Blob([`import ${JSON.stringify(script)};`], { type: 'text/javascript' }),
    );
    starters.set(script, starter);
  }
  return new Worker(ownScript(starter), { type: 'module', name });
}
