/**
 * Every module with texts imports this one in the built page (`plugin.mjs` sees to it), and so runs once the texts
 * of the page's language are there.
 */
import catalogues from 'virtual:catalogues';
import toRuntime from 'wuchale/runtime';
import { language } from './language';

const runtime = toRuntime(await catalogues[language]?.(), language);

export const getRuntime = () => runtime;
export const getRuntimeRx = getRuntime;
