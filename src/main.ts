import { mount } from 'svelte';
import './app.css';
import Page from './ui/App.svelte';
import { installAutomation } from './ui/automation';
import { services } from './ui/services';
import { learnToSpeak } from './ui/spoken.svelte';
import { App } from './ui/state/app.svelte';
import { markLanguage } from './words/language';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
markLanguage(document.documentElement);
const app = new App(services);
installAutomation(app);
mount(Page, { target, props: { app } });
void app.open();
void learnToSpeak();
// The dev server sends every file anew and with its own headers.
if (import.meta.env.PROD) void app.offline.open(new URL('./serviceWorker.js', document.baseURI).href);
