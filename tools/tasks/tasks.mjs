/** The list of sample tasks, in the order in which the page shows them: a new one is a maker and a line here. */
import { commands } from './makers/commands.mjs';
import { follows } from './makers/follows.mjs';
import { polite } from './makers/polite.mjs';
import { reviews } from './makers/reviews.mjs';
import { tickets } from './makers/tickets.mjs';
import { topics } from './makers/topics.mjs';

export const TASKS = [tickets, reviews, topics, commands, polite, follows];
