/** Evaluates inside workers, nested ones too, which the drivers' own page objects do not list. */
import type { Browser, CDPSession } from 'playwright-core';

interface Target {
  targetId: string;
  type: string;
  title: string;
  url: string;
}

export async function workerTargets(browser: Browser): Promise<{ session: CDPSession; workers: Target[] }> {
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = (await session.send('Target.getTargets', { filter: [{}] })) as {
    targetInfos: Target[];
  };
  return { session, workers: targetInfos.filter(({ type }) => type === 'worker') };
}

/** @returns what the expression, a promise, comes to, by value */
export async function evaluateIn(
  session: CDPSession,
  targetId: string,
  expression: string,
): Promise<unknown> {
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
  return await new Promise((resolve, reject) => {
    const hear = ({ sessionId: from, message }: { sessionId: string; message: string }) => {
      if (from !== sessionId) return;
      const { id, result } = JSON.parse(message) as {
        id?: number;
        result?: { result: { value?: unknown }; exceptionDetails?: { text: string } };
      };
      if (id !== 1) return;
      session.off('Target.receivedMessageFromTarget', hear);
      if (result?.exceptionDetails) reject(new Error(result.exceptionDetails.text));
      else resolve(result?.result.value);
    };
    session.on('Target.receivedMessageFromTarget', hear);
    const message = JSON.stringify({
      id: 1,
      method: 'Runtime.evaluate',
      params: { expression, awaitPromise: true, returnByValue: true },
    });
    session.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
  });
}
